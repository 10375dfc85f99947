"""Two ages that two sentences determine (this project), generated: systems of two equations in words.

Level 1 gives a sum and a difference, level 2 a multiple and a sum or difference, level 3 a multiple with
something added, level 4 what will be so in some years.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness import Problem, task

from .names import GIVEN
from .streams import fresh, lengths

OLDEST = 99


@dataclass(frozen=True)
class Ages:
    """Two people, their ages in years, and how much and how many times older the first is."""

    older: str
    younger: str
    old: int
    young: int

    @property
    def apart(self) -> int:
        """Years between them."""
        return self.old - self.young

    @property
    def together(self) -> int:
        """Years of both."""
        return self.old + self.young


@dataclass(frozen=True)
class Told:
    """The sentences of a problem, how the younger one's age follows, and the same in Python.

    `summed` says that the older one's age follows from the sum, and not from the difference.
    """

    sentences: str
    reckoned: str
    program: tuple[str, ...]
    summed: bool = False


@task(
    exemplars="ages",
    unlimited=True,
    area="endless",
    kind="number",
    rows="endless",
    licence="Apache-2.0",
)
def ages(*, level: str = "2", seed: int = 0, split: str = "test") -> Iterator[Problem]:
    """Two ages that two sentences determine."""
    low, high = lengths("ages", "level", level, 1, 4)
    return fresh("ages", lambda rng: draw(rng, low, high), name=split, seed=seed)


def draw(rng: random.Random, low: int, high: int) -> Problem:
    """Two people and two sentences about their ages, of a level of `low` to `high`."""
    level = rng.randint(low, high)
    older, younger = rng.sample(GIVEN, 2)
    while True:
        young = rng.randint(2, 60)
        pair = Ages(older, younger, rng.randint(young + 1, OLDEST), young)
        told = LEVELS[level - 1](rng, pair)
        if told is not None:
            break
    parts, line = [(f"How old is {younger} now?", told.reckoned)], "answer = young"
    if rng.random() < 0.5:
        parts.append((f"How old is {older} now?", _older(pair, told)))
        line = "answer = together - young" if told.summed else "answer = young + apart"
    return Problem(
        id="",
        question=f"{told.sentences} {parts[-1][0]}",
        answer=str(pair.young if len(parts) == 1 else pair.old),
        kind="number",
        rationales=(" ".join(step for _, step in parts),),
        program="\n".join([*told.program, line]),
        parts=tuple(parts),
        tags={"level": level},
    )


def _older(pair: Ages, told: Told) -> str:
    if told.summed:
        return f"{pair.older} is {pair.together} - {pair.young} = {pair.old}."
    return f"{pair.older} is {pair.young} + {pair.apart} = {pair.old}."


def _difference(pair: Ages) -> str:
    return f"{pair.older} is {_years(pair.apart)} older than {pair.younger}."


def _sum(pair: Ages) -> str:
    return f"{pair.older} and {pair.younger} are {pair.together} years old together."


def _years(number: int) -> str:
    return f"{number} year" if number == 1 else f"{number} years"


def _sum_and_difference(rng: random.Random, pair: Ages) -> Told:
    twice = pair.together - pair.apart
    return Told(
        f"{_sum(pair)} {_difference(pair)}",
        f"Without the {_years(pair.apart)} both are as old as {pair.younger}: "
        f"{pair.together} - {pair.apart} = {twice}. {pair.younger} is {twice} / 2 = {pair.young}.",
        (f"together, apart = {pair.together}, {pair.apart}", "young = (together - apart) // 2"),
    )


def _multiple(rng: random.Random, pair: Ages) -> Told | None:
    times, rest = divmod(pair.old, pair.young)
    if rest or not 2 <= times <= 9:
        return None
    first = f"{pair.older} is {times} times as old as {pair.younger}."
    if rng.random() < 0.5:
        return Told(
            f"{first} {_sum(pair)}",
            f"Together they are {times} + 1 = {times + 1} times as old as {pair.younger}. "
            f"{pair.younger} is {pair.together} / {times + 1} = {pair.young}.",
            (
                f"times, together = {times}, {pair.together}",
                "young = together // (times + 1)",
            ),
            summed=True,
        )
    return Told(
        f"{first} {_difference(pair)}",
        f"The {_years(pair.apart)} are {times} - 1 = {times - 1} times the age of {pair.younger}. "
        f"{pair.younger} is {pair.apart} / {times - 1} = {pair.young}.",
        (f"times, apart = {times}, {pair.apart}", "young = apart // (times - 1)"),
    )


def _multiple_and_more(rng: random.Random, pair: Ages) -> Told | None:
    times, more = divmod(pair.old, pair.young)
    if not more or not 2 <= times <= 9:
        return None
    left = pair.together - more
    return Told(
        f"If {more} is added to {times} times the age of {pair.younger}, the age of {pair.older} comes out. "
        f"{_sum(pair)}",
        f"Without the {more} they are {times} + 1 = {times + 1} times as old as {pair.younger}: "
        f"{pair.together} - {more} = {left}. {pair.younger} is {left} / {times + 1} = {pair.young}.",
        (
            f"times, more, together = {times}, {more}, {pair.together}",
            "young = (together - more) // (times + 1)",
        ),
        summed=True,
    )


def _in_some_years(rng: random.Random, pair: Ages) -> Told | None:
    years = rng.randint(1, 20)
    times, rest = divmod(pair.old + years, pair.young + years)
    if rest or not 2 <= times <= 9:
        return None
    then = pair.young + years
    return Told(
        f"In {_years(years)} {pair.older} will be {times} times as old as {pair.younger} then. "
        f"{_difference(pair)}",
        f"The {_years(pair.apart)} stay, and will be {times} - 1 = {times - 1} times the age of {pair.younger}. "
        f"{pair.younger} will be {pair.apart} / {times - 1} = {then} and is {then} - {years} = {pair.young}.",
        (
            f"times, years, apart = {times}, {years}, {pair.apart}",
            "young = apart // (times - 1) - years",
        ),
    )


LEVELS: tuple[Callable[[random.Random, Ages], Told | None], ...] = (
    _sum_and_difference,
    _multiple,
    _multiple_and_more,
    _in_some_years,
)
"""What a level tells of two people."""
