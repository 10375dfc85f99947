"""Who holds what after some swaps (this project), generated.

In the manner of BIG-bench's tracking of shuffled objects (Srivastava et al., 2022, arXiv:2206.04615). A
level is one swap more: level 1 has two.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from harness import Problem, choice_letters, task

from .names import GIVEN
from .streams import fresh, lengths

THINGS = (
    "ball", "book", "cup", "hat", "key", "lamp", "coin", "pen", "ring", "scarf", "spoon", "ticket", "torch",
    "watch", "whistle", "basket", "drum", "fan", "glove", "map",
)  # fmt: skip


@task(
    exemplars="tracking",
    unlimited=True,
    area="endless",
    kind="choice",
    rows="endless",
    licence="Apache-2.0",
)
def tracking(
    *, level: str = "2", people: str = "3", seed: int = 0, split: str = "test"
) -> Iterator[Problem]:
    """Who holds what after some swaps."""
    low, high = lengths("tracking", "level", level, 1, 12)
    few, many = lengths("tracking", "people", people, 3, 10)
    return fresh("tracking", lambda rng: draw(rng, low, high, few, many), name=split, seed=seed)


def draw(rng: random.Random, low: int, high: int, few: int = 3, many: int = 3) -> Problem:
    """`few` to `many` people, each with a thing, and one swap more than a level of `low` to `high`."""
    level, count = rng.randint(low, high), rng.randint(few, many)
    people, things = rng.sample(GIVEN, count), rng.sample(THINGS, count)
    holds = dict(zip(people, things, strict=True))
    begin = f"At first {_listed(holds)}."
    sentences, steps, parts = [], [begin], []
    program = [f"holds = {holds!r}"]
    one = other = ""
    for number in range(1, level + 2):
        before = {one, other}
        while {one, other} == before or not other:  # the same swap again would only undo the last
            one, other = rng.sample(people, 2)
        sentences.append(
            f"{'First' if number == 1 else 'Then'} {one} and {other} swap what they hold."
        )
        holds[one], holds[other] = holds[other], holds[one]
        program.append(f'holds["{one}"], holds["{other}"] = holds["{other}"], holds["{one}"]')
        step = f"{one} now has the {holds[one]} and {other} the {holds[other]}."
        steps.append(step)
        parts.append((f"Who holds what after swap {number}?", f"{step} So {_listed(holds)}."))
    last = rng.choice(people)
    asked = f"What does {last} hold at the end?"
    end = f"At the end {last} has the {holds[last]}."
    options = tuple(rng.sample(things, count))
    return Problem(
        id="",
        question=f"{begin} {' '.join(sentences)} {asked}",
        answer=choice_letters(count)[options.index(holds[last])],
        kind="choice",
        choices=options,
        rationales=(" ".join([*steps, end]),),
        program="\n".join([*program, f'answer = holds["{last}"]']),
        parts=(*parts, (asked, end)),
        tags={"level": level, "people": count},
    )


def _listed(holds: Mapping[str, str]) -> str:
    """ "Ann has the ball, Ben the cup and Cal the hat"."""
    (first, thing), *rest = holds.items()
    others = [f"{person} the {held}" for person, held in rest]
    return f"{', '.join([f'{first} has the {thing}', *others[:-1]])} and {others[-1]}"
