"""Before a run: how many problems, or paths, show a difference of so many points, and what that costs.

It is told from a pilot: how often two strategies differ on the same problem decides it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from harness.errors import UserError, nearest
from harness.records.loading import Score, column_key, tried
from harness.records.measuring import measure
from harness.records.record import stored
from harness.report.section import Section, percent
from harness.report.table import full_names
from harness.statistics import Counts, paths_deviation, problems_needed, wilson

PATHS = (1, 5, 10, 20, 40)
"""Numbers of paths of which a plan tells what they bring."""

CAPTION = (
    "Pilot: problems that both were asked. Flips: on how many of them (the mean square of the paired "
    "differences, in %) the two differ, with its 95 % interval. Problems: with so many, a true difference of "
    "{points:g} points is found {power:g} % of the time, at a level of {alpha:g} (McNemar; Connor, 1987), and between "
    "which numbers that lies for the flips' interval. Tokens and hours are of both strategies on so many, at what "
    "one cost in the pilot; {machine}."
)
PATHS_CAPTION = (
    "Where chains are sampled, their mean accuracy is compared, and more paths of each problem stand for "
    "more problems: only the part of the variation that is of generation falls with them (Miller, 2024). "
    "Tokens are of both strategies."
)


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be seen: a `difference` (a fraction of 1), how often, and at what level."""

    difference: float
    power: float = 0.8
    alpha: float = 0.05


@dataclass(frozen=True, slots=True)
class Pair:
    """Two strategies on one task, and how they flipped in the pilot."""

    task: str
    names: tuple[str, str]
    scores: tuple[Score, Score]
    differences: tuple[float, ...]

    @property
    def flips(self) -> float:
        """The mean square of the differences."""
        return sum(d * d for d in self.differences) / len(self.differences)

    def problems(self, goal: Goal) -> tuple[int, int, int]:
        """The problems needed, and the fewest and most that the flips' interval allows."""
        number = len(self.differences)
        low, high = wilson(self.flips * number, number)
        least, middle, most = (
            problems_needed(
                goal.difference,
                # what differs by d points on average differs on d % of the problems at least
                discordance=max(flips, goal.difference),
                power=goal.power,
                alpha=goal.alpha,
            )
            for flips in (low, self.flips, high)
        )
        return middle, least, most

    def each(self, field: str) -> float:
        """What a problem of both costs."""
        return sum((one[field] or 0) / max(1, tried(one)) for one in self.scores)


def pairs(scores: Sequence[Score], strategies: Sequence[str] = ()) -> list[Pair]:
    """All pairs of a task's rows, or of those among `strategies`. Raises `UserError`."""
    names = full_names(scores)
    for one in strategies:
        if one not in names:
            raise UserError(
                f"no row of the pilot is called {one!r}{nearest(one, names)}: one of "
                f"{', '.join(dict.fromkeys(names))}"
            )
    rows = [
        (name, score)
        for name, score in zip(names, scores, strict=True)
        if score.get("credits") and (not strategies or name in strategies)
    ]
    found = [pair for one, other in combinations(rows, 2) if (pair := _pair(one, other))]
    if not found:
        raise UserError(
            "the pilot has no two strategies on the same problems: name the folder of a run of two or more, "
            "such as harness run -s A -s B --limit 50"
        )
    return found


def _pair(one: tuple[str, Score], other: tuple[str, Score]) -> Pair | None:
    (name, first), (other_name, second) = one, other
    both = [problem for problem in first["credits"] if problem in second["credits"]]
    if first["task"] != second["task"] or len(both) < 2:
        return None
    differences = tuple(second["credits"][p] - first["credits"][p] for p in both)
    return Pair(first["task"], (name, other_name), (first, second), differences)


def widest(found: Sequence[Pair], goal: Goal) -> Pair:
    """The pair that takes the most problems: with as many, all are seen."""
    return max(found, key=lambda pair: pair.problems(goal)[0])


def sentence(pair: Pair, goal: Goal, machine: str) -> str:
    """The answer for one pair."""
    number, least, most = pair.problems(goal)
    tokens, hours = (number * pair.each(f) for f in ("generated_tokens", "seconds"))
    return (
        f"{pair.task}: to see {100 * goal.difference:g} points between {pair.names[0]} and {pair.names[1]} "
        f"takes {number:,} problems (between {least:,} and {most:,}), {tokens:,.0f} tokens and "
        f"{hours / 3600:.2g} hours {machine}."
    )


def section(found: Sequence[Pair], goal: Goal, machine: str) -> Section:
    """Every pair with what it takes."""
    return Section(
        title="Problems",
        columns=(
            "task",
            "one",
            "other",
            "pilot",
            "flips",
            "95 %",
            "problems",
            "range",
            "tokens",
            "hours",
        ),
        rows=tuple(_row(pair, goal) for pair in found),
        caption=CAPTION.format(
            points=100 * goal.difference,
            power=100 * goal.power,
            alpha=goal.alpha,
            machine=f"hours are those {machine}",
        ),
        names=3,
    )


def _row(pair: Pair, goal: Goal) -> tuple[str, ...]:
    number, least, most = pair.problems(goal)
    size = len(pair.differences)
    low, high = wilson(pair.flips * size, size)
    return (
        pair.task,
        *pair.names,
        f"{size:,}",
        percent(pair.flips),
        f"[{percent(low)}–{percent(high)}]",
        f"{number:,}",
        f"{least:,}–{most:,}",
        f"{number * pair.each('generated_tokens'):,.0f}",
        f"{number * pair.each('seconds') / 3600:.2g}",
    )


def paths(found: Sequence[Pair], goal: Goal) -> Section | None:
    """What more paths bring where both sampled several; None where no two did."""
    rows = [row for pair in found for row in _paths(pair, goal)]
    if not rows:
        return None
    return Section(
        title="Paths",
        columns=("task", "one", "other", *(f"{k} paths" for k in PATHS)),
        rows=tuple(rows),
        caption=f"Problems, and tokens in thousands. {PATHS_CAPTION}",
        names=3,
    )


def _paths(pair: Pair, goal: Goal) -> Iterator[tuple[str, ...]]:
    columns = [_counts(score) for score in pair.scores]
    both = [problem for problem in columns[0] if problem in columns[1]]
    first, second = ([column[problem] for problem in both] for column in columns)
    if len(both) < 2 or min(one.paths for one in (*first, *second)) < 2:
        return
    tokens = sum(
        score["generated_tokens"] / max(1, score["paths"]["chains"]) for score in pair.scores
    )
    cells = []
    for k in PATHS:
        number = problems_needed(
            goal.difference,
            deviation=paths_deviation(first, second, k),
            power=goal.power,
            alpha=goal.alpha,
        )
        cells.append(f"{number:,} ({number * k * tokens / 1000:,.0f}k)")
    yield (pair.task, *pair.names, *cells)


def _counts(score: Score) -> Mapping[str, Counts]:
    """The chains of a column by problem; none of a run without samples."""
    key = column_key(score)
    return {
        one["problem"]: measure(one).counts
        for one in stored(Path(str(score["run"])))
        if column_key(one) == key and one["correct"] is not None
    }
