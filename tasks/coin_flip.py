"""Coin flips (Wei et al., 2022, arXiv:2201.11903, section 5), generated or read from a released file.

Two people are in domain, as many as the exemplars show; any other number is out of domain. Golds are
balanced for every number of people. Released file: `coin_flip.json` of Kojima et al. (2022,
arXiv:2205.11916), `{"examples": [{"question", "answer"}]}`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from harness import Problem, task

from .names import MEN, WOMEN
from .released import rows
from .streams import lengths, stream

SIDES = {True: "heads", False: "tails"}


@task(
    exemplars="coin_flip",
    unlimited=True,
    area="symbolic",
    kind="yes_no",
    rows="endless",
    licence="Apache-2.0",
)
def coin_flip(
    *, people: str = "2", seed: int = 0, split: str = "test", path: str | None = None
) -> Iterator[Problem]:
    """Whether a coin is still heads up after some people flip it and some do not."""
    if path is not None:
        return _released(path)
    low, high = lengths("coin_flip", "people", people, 1, 40)
    return stream("coin_flip", lambda rng: draw(rng, low, high), name=split, seed=seed)


def draw(rng: random.Random, low: int, high: int) -> Problem:
    """One coin and `low` to `high` people, each of whom flips it or not with equal chance."""
    people = rng.sample(WOMEN + MEN, rng.randint(low, high))
    flips = [rng.random() < 0.5 for _ in people]
    sentences, steps_told, heads = [], ["The coin starts heads up."], True
    parts = []
    for person, flipped in zip(people, flips, strict=True):
        sentences.append(f"{person} {'flips' if flipped else 'does not flip'} the coin.")
        before, heads = heads, heads ^ flipped
        side = SIDES[heads]
        steps_told.append(
            f"{person} flips it, so it is {side} up."
            if flipped
            else f"{person} does not flip it, so it stays {side} up."
        )
        whose = f"How does the coin lie after {person}'s turn?"
        parts.append((whose, f"It was {SIDES[before]} up. {steps_told[-1]}"))
    parts.append(("Is the coin still heads up?", f"After the last turn it is {SIDES[heads]} up."))
    return Problem(
        id="",
        question=f"A coin is heads up. {' '.join(sentences)} Is the coin still heads up?",
        answer="yes" if heads else "no",
        kind="yes_no",
        rationales=(" ".join(steps_told),),
        equation=" + ".join(str(int(f)) for f in flips) + f" = {sum(flips)}",
        parts=tuple(parts),
        tags={"people": len(people), "flips": sum(flips), "in_domain": int(len(people) == 2)},
    )


def _released(path: str) -> Iterator[Problem]:
    for row in rows(path, ("question", "answer")):
        question = row.text("question")
        people = question.count("flips the coin") + question.count("not flip the coin")
        yield Problem(
            id=f"coin_flip/released/{row.index:04d}",
            question=question,
            answer=row.gold(row["answer"], "yes_no"),
            kind="yes_no",
            tags={"people": people, "in_domain": int(people == 2)},
        )
