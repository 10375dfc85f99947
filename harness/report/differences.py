"""Says which differences between strategies are real: every row of a report against its baseline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.errors import UserError
from harness.nearest import nearest
from harness.report.reading import Score
from harness.report.section import Section, between, percent, probability, signed
from harness.statistics import Comparison, compare, holm

BASELINE = "chain_of_thought"
"""The row that others are held against where it is there and nobody names another; else the first."""

MARK = " *"
LEVEL = 0.05

CAPTION = (
    "Against {against}, on the same problems: points of accuracy with their paired 95 % interval; p is "
    "McNemar's exact test, or a paired permutation test where ties share credit; Holm's correction is "
    "over the rows of a task, and * marks what stays below 0.05. Detectable: the smallest difference, in "
    "points, that this many problems would show four times in five; needed: problems to show the one seen."
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One row held against its baseline on one task; `comparison` is None where problems differ."""

    task: str
    row: str
    baseline: str
    counts: tuple[int, int]
    comparison: Comparison | None


def section(scores: Sequence[Score], names: Sequence[str], baseline: str | None) -> Section | None:
    """The differences of a report; None where there are no two rows on one task to compare.

    `names` are the rows that the scores belong to, one for each. Raises `UserError` where `baseline`
    names no row.
    """
    found = list(differences(scores, names, baseline))
    if not found:
        return None
    several = len({score["model"] for score in scores}) > 1
    rows = [row for task in dict.fromkeys(one.task for one in found) for row in _rows(found, task)]
    against = " or ".join(dict.fromkeys(one.baseline for one in found))
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
        rows=tuple(row if several else (*row[:2], *row[3:]) for row in rows),
        caption=CAPTION.format(against=against),
        names=3 if several else 2,
    )


def differences(
    scores: Sequence[Score], names: Sequence[str], baseline: str | None
) -> Iterator[Difference]:
    """Every row against the baseline of its own model, and a baseline against the first one."""
    wanted = baseline_of(names, baseline)
    several = len({score["model"] for score in scores}) > 1
    for task in dict.fromkeys(score["task"] for score in scores):
        here = [
            (score, f"{score['model']}, {name}" if several else name, name == wanted)
            for score, name in zip(scores, names, strict=True)
            if score["task"] == task and "credits" in score
        ]
        bases = [(score, title) for score, title, is_base in here if is_base]
        for score, title, is_base in here:
            own = [base for base in bases if base[0]["model"] == score["model"] and not is_base]
            for base, base_title in [*own, *bases][:1]:
                if base is not score:
                    yield _difference(task, title, score, base_title, base)


def _difference(task: str, row: str, score: Score, baseline: str, base: Score) -> Difference:
    first, second = base["credits"], score["credits"]
    same = first.keys() == second.keys()
    return Difference(
        task=task,
        row=row,
        baseline=baseline,
        counts=(len(first), len(second)),
        comparison=compare(first, second, clusters=score["clusters"]) if same else None,
    )


def baseline_of(names: Sequence[str], wanted: str | None) -> str:
    """The row that others are held against. Raises `UserError` where `wanted` names none."""
    if wanted is None:
        return BASELINE if BASELINE in names else names[0]
    if wanted not in names:
        raise UserError(
            f"no row is called {wanted!r}{nearest(wanted, names)}: the baseline is one of "
            f"{', '.join(dict.fromkeys(names))}"
        )
    return wanted


def _rows(found: Sequence[Difference], task: str) -> Iterator[tuple[str, ...]]:
    here = [one for one in found if one.task == task]
    adjusted = iter(holm([one.comparison.p for one in here if one.comparison]))
    for one in here:
        names = (task, one.row, one.baseline)
        if one.comparison is None:
            yield (*names, f"other problems: {one.counts[0]:,} and {one.counts[1]:,}", *[""] * 9)
        else:
            yield (*names, *_figures(one.comparison, next(adjusted)))


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
