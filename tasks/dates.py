"""Dates that follow one another by days, weeks, months and years (this project), generated.

In the manner of BIG-bench's date understanding (Srivastava et al., 2022, arXiv:2206.04615). A level is how
many events follow the first. Months are counted from days that every month has, so that each date is one.
"""

from __future__ import annotations

import random
from calendar import month_name, monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from harness import Problem, task

from .names import GIVEN
from .streams import fresh, lengths

BEGINNINGS = (
    "{n} ordered a desk on {d}.",
    "{n} planted beans on {d}.",
    "{n} moved house on {d}.",
    "{n} lost a ring on {d}.",
    "{n} began a diary on {d}.",
    "{n} entered a contest on {d}.",
)
EVENTS = (
    "bill", "call", "letter", "photo", "package", "reply", "notice", "guest", "receipt", "poster", "cousin",
    "plumber",
)  # fmt: skip
PROGRAM = {
    "days": ["day = day {sign} timedelta(days={number})"],
    "weeks": ["day = day {sign} timedelta(weeks={number})"],
    "months": [
        "months = day.year * 12 + day.month - 1 {sign} {number}",
        "day = date(months // 12, months % 12 + 1, day.day)",
    ],
    "years": ["day = date(day.year {sign} {number}, day.month, day.day)"],
}


@dataclass(frozen=True)
class Gap:
    """So many days, weeks, months or years, after (1) or before (-1)."""

    number: int
    unit: str
    sign: int

    def __str__(self) -> str:
        unit = self.unit if self.number > 1 else self.unit[:-1]
        return f"{self.number} {unit} {'after' if self.sign > 0 else 'before'}"


@task(
    exemplars="dates",
    unlimited=True,
    area="endless",
    kind="date",
    rows="endless",
    licence="Apache-2.0",
)
def dates(*, level: str = "2", seed: int = 0, split: str = "test") -> Iterator[Problem]:
    """A date that follows from others by days, weeks, months and years."""
    low, high = lengths("dates", "level", level, 1, 8)
    return fresh("dates", lambda rng: draw(rng, low, high), name=split, seed=seed)


def draw(rng: random.Random, low: int, high: int) -> Problem:
    """A first event and `low` to `high` that follow one another."""
    level = rng.randint(low, high)
    day = date(1950, 1, 1) + timedelta(days=rng.randrange(36_500))
    opening = rng.choice(BEGINNINGS).format(n=rng.choice(GIVEN), d=written(day))
    sentences, steps, parts, before = [opening], [], [], "that day"
    program = [
        "from datetime import date, timedelta",
        f"day = date({day.year}, {day.month}, {day.day})",
    ]
    for event in rng.sample(EVENTS, level):
        gap = _gap(rng, day)
        sentences.append(f"A {event} came {gap} {before}.")
        program += [
            line.format(sign="+" if gap.sign > 0 else "-", number=gap.number)
            for line in PROGRAM[gap.unit]
        ]
        after, step = moved(day, gap)
        steps.append(step)
        parts.append((f"On which date did the {event} come?", step))
        day, before = after, f"the {event}"
    asked = f"On which date did {before} come, in MM/DD/YYYY?"
    return Problem(
        id="",
        question=f"{' '.join(sentences)} {asked}",
        answer=written(day),
        kind="date",
        rationales=(" ".join(steps),),
        program="\n".join([*program, "answer = day"]),
        parts=(*parts[:-1], (asked, steps[-1])),
        tags={"level": level},
    )


def written(day: date) -> str:
    """MM/DD/YYYY."""
    return f"{day:%m/%d/%Y}"


def _gap(rng: random.Random, day: date) -> Gap:
    # a day beyond the 28th has no counterpart in each month: from there only days and weeks count
    units = ("days", "weeks", "months", "years") if day.day <= 28 else ("days", "weeks")
    unit = rng.choice(units)
    most = {"days": 27, "weeks": 3, "months": 11, "years": 9}[unit]
    return Gap(rng.randint(1, most), unit, rng.choice((1, 1, -1)))


def moved(day: date, gap: Gap) -> tuple[date, str]:
    """The day that a gap leads to, and how it is reckoned."""
    said = f"{gap} {written(day)}"
    if gap.unit in ("months", "years"):
        months = day.year * 12 + day.month - 1
        months += gap.sign * gap.number * (12 if gap.unit == "years" else 1)
        after = date(months // 12, months % 12 + 1, day.day)
        return after, f"{said} is {written(after)}."
    number = gap.number * (7 if gap.unit == "weeks" else 1)
    after = day + timedelta(days=gap.sign * number)
    length_said = str(gap).rpartition(" ")[0]
    weeks = f"{length_said} {'is' if gap.number == 1 else 'are'} {number} days. "
    how = _reckoned(day, after, number)
    return after, f"{weeks if gap.unit == 'weeks' else ''}{how}, so {said} is {written(after)}."


def _reckoned(day: date, after: date, number: int) -> str:
    """How the day of the month changes when `number` days, fewer than a month has, pass."""
    if after.month == day.month:
        return f"{day.day} {'+' if after > day else '-'} {number} = {after.day}"
    if after > day:
        length, total = monthrange(day.year, day.month)[1], day.day + number
        return (
            f"{day.day} + {number} = {total}, {month_name[day.month]} {day.year} has {length} days, "
            f"and {total} - {length} = {after.day}"
        )
    length = monthrange(after.year, after.month)[1]
    return (
        f"{month_name[after.month]} {after.year} has {length} days, "
        f"and {length} + {day.day} - {number} = {after.day}"
    )
