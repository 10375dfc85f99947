"""How many things of one sort are in a list (this project), generated.

In the manner of BIG-bench's object counting (Srivastava et al., 2022, arXiv:2206.04615). A level is one kind
of thing more to count, and one more to leave out: level 1 has two and one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from harness import Problem, task

from .names import GIVEN
from .streams import fresh, lengths

SORTS = {
    "fruits": "apple banana cherry fig grape lemon mango melon orange peach pear plum",
    "animals": "cat cow dog duck goat hen horse pig rabbit snail snake swan",
    "musical instruments": "cello clarinet drum flute guitar harp oboe piano trombone trumpet viola violin",
    "pieces of furniture": "armchair bed bench chair couch cupboard desk dresser sofa stool table wardrobe",
    "tools": "axe chisel crowbar drill hammer rake saw screwdriver shovel spade trowel wrench",
    "vehicles": "airplane bicycle bus car ferry motorcycle sailboat scooter taxi tractor truck van",
}
NUMBERS = "one two three four five six seven eight nine".split()
VERBS = ("has", "counts", "sees", "draws", "finds")


@task(
    exemplars="counting",
    unlimited=True,
    area="endless",
    kind="number",
    rows="endless",
    licence="Apache-2.0",
)
def counting(*, level: str = "2", seed: int = 0, split: str = "test") -> Iterator[Problem]:
    """How many things of one sort are in a list."""
    low, high = lengths("counting", "level", level, 1, 10)
    return fresh("counting", lambda rng: draw(rng, low, high), name=split, seed=seed)


def draw(rng: random.Random, low: int, high: int) -> Problem:
    """A list of things, of which one more kind counts than a level of `low` to `high`."""
    level = rng.randint(low, high)
    sort = rng.choice(list(SORTS))
    others = [word for other, words in SORTS.items() if other != sort for word in words.split()]
    counted = rng.sample(SORTS[sort].split(), level + 1)
    things = [*counted, *rng.sample(others, level)]
    rng.shuffle(things)
    numbers = {thing: rng.randint(1, len(NUMBERS)) for thing in things}
    said = {thing: _said(thing, numbers[thing]) for thing in things}
    name, verb = rng.choice(GIVEN), rng.choice(VERBS)
    asked = f"How many {sort} are these?"
    meant = [thing for thing in things if thing in counted]
    total = sum(numbers[thing] for thing in meant)
    which = f"The {sort} are {_listed([f'{said[t]} ({numbers[t]})' for t in meant])}."
    sum_told = f"{' + '.join(str(numbers[thing]) for thing in meant)} = {total}"
    return Problem(
        id="",
        question=f"{name} {verb} {_listed(list(said.values()))}. {asked}",
        answer=str(total),
        kind="number",
        rationales=(f"{which} {sum_told}.",),
        equation=sum_told,
        program="\n".join(
            [*(f"{thing} = {numbers[thing]}" for thing in meant), f"answer = {' + '.join(meant)}"]
        ),
        parts=((f"Which of these are {sort}?", which), (asked, f"{sum_told} {sort}.")),
        tags={"level": level, "sort": sort},
    )


def _said(thing: str, number: int) -> str:
    """ "a pear", "an apple", "three pears"."""
    if number == 1:
        return f"{'an' if thing[0] in 'aeio' else 'a'} {thing}"
    return f"{NUMBERS[number - 1]} {_plural(thing)}"


def _plural(thing: str) -> str:
    if thing.endswith("y"):
        return f"{thing[:-1]}ies"
    return f"{thing}es" if thing.endswith(("ch", "s", "x", "go")) else f"{thing}s"


def _listed(items: Sequence[str]) -> str:
    return f"{', '.join(items[:-1])} and {items[-1]}"
