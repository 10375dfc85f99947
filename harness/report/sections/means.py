"""Means over sets that papers report as one figure: MAWPS over its four, BIG-Bench Hard over its 27 tasks."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from harness.records.loading import Score
from harness.report.section import Section, between, percent
from harness.report.sections.grouping import groups
from harness.statistics import clustered, estimate

MAWPS = ("singleop", "singleeq", "addsub", "multiarith")
"""The four parts of MAWPS that Wei et al. (2022, arXiv:2201.11903) report, and whose mean is its column."""

BBH = 27
"""Tasks of BIG-Bench Hard (Suzgun et al., 2022, arXiv:2210.09261), each of which weighs the same."""

NORMAL = 1.96
_NAME = re.compile(r"[:,]name=([^,]+)")


@dataclass(frozen=True, slots=True)
class _Part:
    """One set that goes into a mean: its accuracy, and the standard error of that."""

    accuracy: float
    error: float | None
    problems: int


def means(scores: Sequence[Score], names: Sequence[str]) -> Section | None:
    """The means that the columns of a report allow; None where there is none."""
    rows = []
    columns = [
        (one, name)
        for one, name in zip(scores, names, strict=True)
        if one.get("accuracy") is not None
    ]
    for model, name in dict.fromkeys((one["model"], name) for one, name in columns):
        own = [one for one, other in columns if (one["model"], other) == (model, name)]
        for title, whole, parts in (
            ("MAWPS", len(MAWPS), _mawps(own)),
            ("BIG-Bench Hard", BBH, _bbh(own)),
        ):
            if len(parts) > 1:
                rows.append((title, name, *_figures(list(parts.values()), whole)))
    if not rows:
        return None
    return Section(
        title="Means over sets",
        columns=("sets", "strategy", "of them", "problems", "mean", "95 %"),
        rows=tuple(rows),
        caption=(
            "Accuracy in %, each set weighing the same, however many problems it has, as the papers report "
            "it; its interval is that of independent sets (normal approximation). A mean over some of the "
            "sets is none of the paper's."
        ),
        names=2,
    )


def _mawps(own: Sequence[Score]) -> Mapping[str, _Part]:
    return {task: _part(one) for one in own if (task := one["task"].partition(":")[0]) in MAWPS}


def _bbh(own: Sequence[Score]) -> Mapping[str, _Part]:
    """By task: from the columns of single tasks, or from the one of all by the tag of each problem."""
    parts: dict[str, _Part] = {}
    for one in own:
        if one["task"].partition(":")[0] != "bbh":
            continue
        if named := _NAME.search(one["task"]):
            parts[named[1]] = _part(one)
            continue
        for group in groups([one], ("task",))[0]:
            members = [
                problem
                for problem, tags in one["tags"].items()
                if str(tags.get("task")) == group.values[0] and problem in one["credits"]
            ]
            shared = one["clusters"] and clustered(
                [one["clusters"][problem] for problem in members]
            )
            error = estimate([one["credits"][problem] for problem in members], shared).error
            parts[group.values[0]] = _Part(group.accuracy, error, group.problems)
    return parts


def _part(score: Score) -> _Part:
    error = (score.get("standard_errors") or {}).get("questions")
    return _Part(score["accuracy"], error, score["problems"])


def _figures(parts: Sequence[_Part], whole: int) -> tuple[str, ...]:
    mean = fmean(part.accuracy for part in parts)
    errors = [part.error for part in parts if part.error is not None]
    interval = ""
    if len(errors) == len(parts):
        half = NORMAL * math.hypot(*errors) / len(parts)
        interval = between((max(0.0, mean - half), min(1.0, mean + half)))
    problems = sum(part.problems for part in parts)
    return f"{len(parts)} of {whole}", f"{problems:,}", percent(mean), interval
