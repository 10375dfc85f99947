"""Accuracy by the problems' tags: a section for every task, and lines for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from harness.records.loading import Score
from harness.report.section import Section, between, percent
from harness.report.sections.grouping import DISTINCT, By, Group, groups
from harness.report.table import full_names

COLUMNS = (
    "run", "model", "task", "strategy", "label", "options",
    "by", "group", "problems", "accuracy", "low", "high",
)  # fmt: skip

CAPTION = (
    "Accuracy in % with its 95 % interval (Wilson) for problems with the same tags; many different "
    "numbers are put into bins of about as many problems each."
)


def sections(scores: Sequence[Score], groupings: Sequence[By]) -> Iterator[Section]:
    """A section for every task, and everything that it is asked to be grouped by.

    One row per strategy and one column per group, the other way about where groups are many.
    """
    names = full_names(scores)
    for by in groupings:
        grouped = groups(scores, by)
        for task in dict.fromkeys(score["task"] for score in scores):
            here = [
                (name, column)
                for name, score, column in zip(names, scores, grouped, strict=True)
                if score["task"] == task and column
            ]
            if here:
                yield _section(f"{task} by {' and '.join(by)}", by, here)


def _section(title: str, by: By, columns: Sequence[tuple[str, tuple[Group, ...]]]) -> Section:
    cells = {(name, group.values): group for name, column in columns for group in column}
    sizes: dict[tuple[str, ...], set[int]] = {}
    for (_, values), group in cells.items():
        sizes.setdefault(values, set()).add(group.problems)
    shown = {
        values: ", ".join(values) + (f", n = {min(size):,}" if len(size) == 1 else "")
        for values, size in sizes.items()
    }
    rows = [
        (name, *(_cell(cells.get((name, values)), len(sizes[values]) > 1) for values in shown))
        for name, _ in columns
    ]
    grid = [("strategy", *shown.values()), *rows]
    if len(shown) > DISTINCT:
        grid = list(zip(*grid, strict=True))
        grid[0] = (", ".join(by), *grid[0][1:])
    return Section(title, grid[0], tuple(grid[1:]), CAPTION, names=1)


def _cell(group: Group | None, sized: bool) -> str:
    if group is None:
        return ""
    size = f" n = {group.problems:,}" if sized else ""
    return f"{percent(group.accuracy)} {between(group.interval)}{size}"


def as_csv(scores: Sequence[Score], groupings: Sequence[By]) -> str:
    """One line per group of a score. Accuracies are fractions of 1; options are JSON."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for by in groupings:
        for score, column in zip(scores, groups(scores, by), strict=True):
            fields = {**score, "options": json.dumps(score["options"]), "by": ",".join(by)}
            for group in column:
                low, high = group.interval
                own = {"group": ",".join(group.values), "problems": group.problems}
                own |= {"accuracy": group.accuracy, "low": low, "high": high}
                writer.writerow((fields | own)[name] for name in COLUMNS)
    return text.getvalue()


def with_groups(scores: Sequence[Score], groupings: Sequence[By]) -> list[dict[str, Any]]:
    """Scores with `groups`, a list of what is known of each."""
    grouped = [groups(scores, by) for by in groupings]
    return [
        {**score, "groups": [asdict(group) for column in grouped for group in column[place]]}
        for place, score in enumerate(scores)
    ]
