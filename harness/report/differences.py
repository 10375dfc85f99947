"""Says which differences between strategies are real: every row of a report against its baseline."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.errors import UserError, nearest
from harness.records.loading import Score
from harness.report.section import Section, between, percent, probability, signed
from harness.statistics import Comparison, compare, holm

BASELINE = "chain_of_thought"
"""The row that others are held against where it is there and nobody names another; else the first."""

MARK = " *"
BETTER, WORSE = "↑", "↓"
LEVEL = 0.05

CAPTION = (
    "Against {against}, on the same problems: points of accuracy with their paired 95 % interval; p is "
    "McNemar's exact test, or a paired permutation test where ties share credit; Holm's correction is "
    "over the rows of a task, and * marks what stays below 0.05. Detectable: the smallest difference, in "
    "points, that this many problems would show four times in five; needed: problems to show the one seen."
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One row held against its baseline on one task; `comparison` is None where problems differ.

    Problems that failed in one of the two are left out of the comparison: `left_out` is their number,
    and `pessimistic` the difference, as a fraction of 1, where they count as wrong. `place` and
    `against` are where the two scores stand among those of the report; `counts` the problems of
    the baseline and of the row; `adjusted` is p after Holm's correction over the rows of the task.
    """

    task: str
    row: str
    baseline: str
    place: int
    against: int
    counts: tuple[int, int]
    comparison: Comparison | None
    left_out: int = 0
    pessimistic: float | None = None
    adjusted: float | None = None

    @property
    def real(self) -> bool:
        """Whether it is more than chance brings."""
        return self.adjusted is not None and self.adjusted < LEVEL

    @property
    def mark(self) -> str:
        """An arrow where the row is really better or worse than its baseline, else nothing."""
        if self.comparison is None or not self.real:
            return ""
        return BETTER if self.comparison.difference > 0 else WORSE


def section(rows: Sequence[Difference], several: bool) -> Section | None:
    """The differences of a report; None where there are no two rows on one task to compare.

    `several` says that the rows are of several models.
    """
    if not rows:
        return None
    return Section(
        title="Differences",
        columns=(
            "task",
            "strategy",
            *(["against"] if several else []),
            "points",
            "95 %",
            "p",
            "p (Holm)",
            "wins",
            "losses",
            "both",
            "neither",
            "detectable",
            "needed",
        ),
        rows=tuple(_row(one, several) for one in rows),
        caption=" ".join([CAPTION.format(against=baselines(rows)), *map(_left_out, rows)]).strip(),
        names=3 if several else 2,
    )


def differences(
    scores: Sequence[Score], names: Sequence[str], baseline: str | None = None
) -> tuple[Difference, ...]:
    """Every row against the baseline of its own model, and a baseline against the first one.

    `names` are the rows that the scores belong to, one for each. Raises `UserError` where `baseline`
    names no row.
    """
    if not scores:
        return ()
    chosen = baseline_of(names, baseline)
    return tuple(
        one
        for task in dict.fromkeys(score["task"] for score in scores)
        for one in _adjusted(list(_of_task(task, scores, names, chosen)))
    )


def baselines(rows: Sequence[Difference]) -> str:
    """The rows that others are held against, as a sentence names them."""
    return " or ".join(dict.fromkeys(one.baseline for one in rows))


def _of_task(
    task: str, scores: Sequence[Score], names: Sequence[str], baseline: str
) -> Iterator[Difference]:
    several = len({score["model"] for score in scores}) > 1
    titles = [
        f"{score['model']}, {name}" if several else name
        for score, name in zip(scores, names, strict=True)
    ]
    here = [n for n, one in enumerate(scores) if one["task"] == task and "credits" in one]
    bases = [place for place in here if names[place] == baseline]
    for place in here:
        model = scores[place]["model"]
        own = [base for base in bases if scores[base]["model"] == model and place not in bases]
        for base in [*own, *bases][:1]:
            if base != place:
                yield _difference(task, titles, scores, place, base)


def _difference(
    task: str, titles: Sequence[str], scores: Sequence[Score], place: int, base: int
) -> Difference:
    first, second = scores[base], scores[place]
    comparison = compared(first, second)
    failed = {*first.get("failed", ()), *second.get("failed", ())} if comparison else set()
    return Difference(
        task=task,
        row=titles[place],
        baseline=titles[base],
        place=place,
        against=base,
        counts=(len(first["credits"]), len(second["credits"])),
        comparison=comparison,
        left_out=len(failed),
        pessimistic=_mean(second) - _mean(first) if failed else None,
    )


def _mean(score: Score) -> float:
    """The accuracy where every problem that failed counts as wrong."""
    return math.fsum(score["credits"].values()) / (
        len(score["credits"]) + len(score.get("failed", ()))
    )


def compared(first: Score, second: Score) -> Comparison | None:
    """Two columns compared on the problems that ran in both; None where they hold different ones.

    A problem that failed in one of them is held by both all the same: one failure of a thousand must
    not take the comparison away.
    """
    own, other = first.get("credits"), second.get("credits")
    if not own or not other:
        return None
    if {*own, *first.get("failed", ())} != {*other, *second.get("failed", ())}:
        return None
    both = [problem for problem in own if problem in other]
    clusters = second["clusters"]
    return (
        compare(
            {problem: own[problem] for problem in both},
            {problem: other[problem] for problem in both},
            clusters=clusters and {problem: clusters[problem] for problem in both},
        )
        if both
        else None
    )


def _left_out(one: Difference) -> str:
    """What a difference leaves out, as a sentence; nothing where that is nothing."""
    if not one.left_out or one.pessimistic is None:
        return ""
    ran = one.comparison.problems if one.comparison else 0
    return (
        f"{one.row} on {one.task}: {ran:,} of {ran + one.left_out:,} problems ran in both columns; "
        f"where those that failed count as wrong, the difference is {signed(one.pessimistic)} points."
    )


def _adjusted(rows: Sequence[Difference]) -> Iterator[Difference]:
    """The differences of a task with their p-values after Holm's correction."""
    adjusted = iter(holm([one.comparison.p for one in rows if one.comparison]))
    for one in rows:
        yield replace(one, adjusted=next(adjusted)) if one.comparison else one


def baseline_of(names: Sequence[str], name: str | None) -> str:
    """The row that others are held against. Raises `UserError` where `wanted` names none."""
    if name is None:
        return BASELINE if BASELINE in names else names[0]
    if name not in names:
        raise UserError(
            f"no row is called {name!r}{nearest(name, names)}: the baseline is one of "
            f"{', '.join(dict.fromkeys(names))}"
        )
    return name


def _row(one: Difference, several: bool) -> tuple[str, ...]:
    names = (one.task, one.row, *([one.baseline] if several else []))
    if one.comparison is None:
        return (*names, f"other problems: {one.counts[0]:,} and {one.counts[1]:,}", *[""] * 9)
    assert one.adjusted is not None
    return (*names, *_figures(one.comparison, one.adjusted))


def _figures(comparison: Comparison, adjusted: float) -> tuple[str, ...]:
    return (
        f"{signed(comparison.difference)}{MARK if adjusted < LEVEL else ''}",
        between(comparison.interval, sign=True),
        probability(comparison.p),
        probability(adjusted),
        f"{comparison.wins:,}",
        f"{comparison.losses:,}",
        f"{comparison.both:,}",
        f"{comparison.neither:,}",
        percent(comparison.detectable),
        "–" if comparison.needed is None else f"{comparison.needed:,}",
    )
