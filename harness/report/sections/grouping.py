"""Groups the problems of every column by their tags, with an accuracy and an interval for each group."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import UserError, nearest
from harness.records.loading import Score
from harness.statistics import accuracy_interval, clustered

DISTINCT, BINS = 8, 6
"""A number of more than so many values is put into so many bins, about equally full."""

NONE = "–"
"""The group of problems that lack a tag."""

Tag = str | int | float
By = tuple[str, ...]
"""The tags that problems are grouped by; several at once make a group of each combination."""


@dataclass(frozen=True, slots=True)
class Group:
    """Problems of one column with the same `values` of the tags `by`; fractions of 1."""

    by: By
    values: tuple[str, ...]
    problems: int
    accuracy: float
    interval: tuple[float, float]


def wanted(scores: Sequence[Score], specs: Iterable[str]) -> tuple[By, ...]:
    """Tags as they are asked for: `steps`, or `steps,in_domain` for every combination.

    Raises `UserError` for a tag that no problem has.
    """
    names = tags(scores)
    specs_read = tuple(tuple(name.strip() for name in spec.split(",")) for spec in specs)
    for name in (name for by in specs_read for name in by):
        if not names:
            raise UserError(
                f"no problem has the tag {name!r}, or any: there is nothing to group by"
            )
        if name not in names:
            raise UserError(
                f"no problem has the tag {name!r}{nearest(name, names)}: there are {', '.join(names)}"
            )
    return specs_read


def tags(scores: Sequence[Score]) -> tuple[str, ...]:
    """The names of all tags, in order of appearance; none where the samples are not there."""
    problems = (one for score in scores for one in score.get("tags", {}).values())
    return tuple(dict.fromkeys(name for one in problems for name in one))


def groups(scores: Sequence[Score], by: By) -> list[tuple[Group, ...]]:
    """For each score its groups, in order: those of one task have the same bins."""
    bins = {
        (task, name): _labels(scores, task, name)
        for task in {score["task"] for score in scores}
        for name in by
    }
    return [
        _groups(score, by, {name: bins[score["task"], name] for name in by}) for score in scores
    ]


def _groups(
    score: Score, by: By, labels: Mapping[str, Mapping[Tag | None, str]]
) -> tuple[Group, ...]:
    members: dict[tuple[str, ...], list[str]] = {}
    for problem, own in score.get("tags", {}).items():
        if problem in score["credits"]:
            values = tuple(labels[name][own.get(name)] for name in by)
            members.setdefault(values, []).append(problem)
    if set(members) == {(NONE,) * len(by)}:
        return ()  # a task whose problems have none of these tags
    places = {name: {value: n for n, value in enumerate(labels[name].values())} for name in by}
    order = sorted(
        members, key=lambda values: [places[n][v] for n, v in zip(by, values, strict=True)]
    )
    return tuple(_group(score, by, values, members[values]) for values in order)


def _group(score: Score, by: By, values: tuple[str, ...], problems: Sequence[str]) -> Group:
    credits_given = [score["credits"][problem] for problem in problems]
    shared = score["clusters"] and clustered([score["clusters"][problem] for problem in problems])
    interval = accuracy_interval(credits_given, shared)
    return Group(
        by, values, len(credits_given), math.fsum(credits_given) / len(credits_given), interval
    )


def _labels(scores: Sequence[Score], task: str, name: str) -> dict[Tag | None, str]:
    """The label of each value of a tag, in the order in which groups are shown.

    Numbers come first and in order, then texts by the alphabet, then None, for problems without.
    """
    problems: dict[str, Mapping[str, Any]] = {}
    for score in scores:
        if score["task"] == task:
            problems.update(score.get("tags", {}))
    counts = Counter(own.get(name) for own in problems.values())
    numbers = sorted(value for value in counts if isinstance(value, (int, float)))
    texts = sorted(value for value in counts if isinstance(value, str))
    shown: dict[Tag | None, str] = dict(zip(numbers, map(str, numbers), strict=True))
    if len(numbers) > DISTINCT:
        shown = dict(_binned(numbers, [counts[value] for value in numbers]))
    return shown | {value: value for value in texts} | ({None: NONE} if None in counts else {})


def _binned(values: Sequence[Tag], counts: Sequence[int]) -> Iterable[tuple[Tag, str]]:
    """Each value with the label of its bin, as in `10–19`: the least and the largest value in it."""
    total, before, bins = sum(counts), 0.0, []
    for count in counts:
        # where the middle of a value's problems stands among all
        bins.append(min(BINS - 1, int((before + count / 2) / total * BINS)))
        before += count
    for value, own in zip(values, bins, strict=True):
        first, last = values[bisect_left(bins, own)], values[bisect_left(bins, own + 1) - 1]
        yield value, f"{first}–{last}" if first != last else str(first)
