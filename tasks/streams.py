"""Seeded, endless, disjoint streams of generated problems.

The same (task, stream, seed, index) gives the same problem for ever. A question belongs to exactly one of
the streams train, exemplar and test, by a hash of its text, so no seed can leak one stream into another.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from harness import Problem, UserError

SHARES = {"train": range(7), "exemplar": range(7, 8), "test": range(8, 10)}
"""Which tenths of the hash space belong to which stream."""

Draw = Callable[[random.Random], Problem]


def stream(task: str, draw: Draw, *, name: str, seed: int) -> Iterator[Problem]:
    """The endless stream `name` of `task`: problem i is drawn from a generator seeded by (seed, i)."""
    if name not in SHARES:
        raise UserError(f"{task}: no stream {name!r}; choose one of {', '.join(SHARES)}")
    for index in itertools.count():
        yield replace(
            draw_one(task, draw, name, seed, index), id=f"{task}/{name}/{seed}/{index:04d}"
        )


TRIES = 2_000
"""Draws of one problem, at most, before a stream without repeats counts as used up."""


def fresh(task: str, draw: Draw, *, name: str, seed: int) -> Iterator[Problem]:
    """As `stream`, but no question comes twice: one that did is drawn anew.

    Problem i depends on those before it, so a stream is the same for ever from its beginning. Raises
    UserError where new questions have run out.
    """
    if name not in SHARES:
        raise UserError(f"{task}: no stream {name!r}; choose one of {', '.join(SHARES)}")
    seen: set[bytes] = set()
    for index in itertools.count():
        rng = random.Random(f"{task}/{name}/{seed}/{index}")
        for _ in range(TRIES):
            problem = draw(rng)
            digest = hashlib.sha256(problem.question.encode()).digest()[:12]
            if share(problem.question) == name and digest not in seen:
                break
        else:
            raise UserError(
                f"{task}: {index:,} problems, and hardly a new one is left: raise its level"
            )
        seen.add(digest)
        yield replace(problem, id=f"{task}/{name}/{seed}/{index:04d}")


def draw_one(task: str, draw: Draw, name: str, seed: int, index: int) -> Problem:
    """Problem `index` of a stream: the first draw whose question falls into the stream's share."""
    # A string seeds Python's generator through SHA-512, which is the same on every machine and version.
    rng = random.Random(f"{task}/{name}/{seed}/{index}")
    while True:
        problem = draw(rng)
        if share(problem.question) == name:
            return problem


def share(question: str) -> str:
    """The one stream that a question belongs to."""
    tenth = hashlib.sha256(question.encode()).digest()[0] % 10
    return next(name for name, tenths in SHARES.items() if tenth in tenths)


def lengths(task: str, option: str, value: int | str, low: int, high: int) -> tuple[int, int]:
    """An option such as `steps=4` or `steps=3-5` as its inclusive bounds.

    Raises UserError for anything but whole numbers between `low` and `high`.
    """
    first, _, last = str(value).partition("-")
    try:
        bounds = int(first), int(last or first)
    except ValueError:
        bounds = (0, -1)
    if not low <= bounds[0] <= bounds[1] <= high:
        raise UserError(
            f"{task}: {option}={value} is no number or range such as 3 or 3-5 between {low} and {high}"
        )
    return bounds
