"""Accuracy by what problems are tagged with: steps, length, template, in or out of domain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness.report.pictures.picture import WIDTH, Picture, Row, Spec, panels, tasks, tooltip
from harness.report.section import between, percent
from harness.report.sections.grouping import DISTINCT, Group, groups
from harness.report.sections.grouping import tags as known

CAPTION = (
    "Accuracy in % with its 95 % interval (Wilson) for problems of each {tag}, every strategy on a line "
    "of its own. In brackets: n, the problems of the group."
)
HEIGHT = 64

Columns = tuple[tuple[Row, tuple[Group, ...]], ...]


def pictures(all_rows: Sequence[Row]) -> Iterator[Picture]:
    """A picture for every tag that tells the problems of some task apart, in a few groups."""
    for tag in known([row.score for row in all_rows]):
        specs = [
            _panel(task, tag, columns)
            for task, rows in tasks(all_rows).items()
            if (columns := _columns(rows, tag))
        ]
        if specs:
            name = f"by-{''.join(c if c.isalnum() else '-' for c in tag)}"
            yield Picture(
                name, f"Accuracy by {tag}", CAPTION.format(tag=tag), panels(specs, margin=52)
            )


def _columns(rows: Sequence[Row], tag: str) -> Columns:
    grouped = groups([row.score for row in rows], (tag,))
    several = 1 < len({group.values for column in grouped for group in column}) <= DISTINCT
    return tuple(
        (row, column) for row, column in zip(rows, grouped, strict=True) if several and column
    )


def _panel(task: str, tag: str, columns: Columns) -> Spec:
    sizes: dict[str, set[int]] = {}
    for group in (group for _, column in columns for group in column):
        sizes.setdefault(group.values[0], set()).add(group.problems)
    names = {
        value: f"{value} ({', '.join(map(str, sorted(size)))})" for value, size in sizes.items()
    }
    data = [
        _datum(row, group, names) | {"place": place}
        for place, (row, column) in enumerate(columns)
        for group in column
    ]
    return {
        "title": {"text": task, "subtitle": f"by {tag} (n)", "anchor": "start"},
        "data": {"values": data},
        "spacing": 8,
        "facet": {
            "row": {
                "field": "name",
                "type": "nominal",
                "sort": {"field": "place", "op": "min"},
                "title": None,
                "header": {"labelOrient": "top", "labelAnchor": "start", "labelLimit": WIDTH},
            }
        },
        "spec": {"width": WIDTH, "height": HEIGHT, "layer": _layers([*names.values()])},
    }


def _layers(order: Sequence[str]) -> list[Spec]:
    x = {
        "field": "group",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(order)},
        "axis": {"labelAngle": 0, "grid": False},
    }
    y = {
        "field": "accuracy",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, 1]},
        "axis": {"format": "%", "values": [0, 0.5, 1], "minExtent": 34},
    }
    tip = tooltip(strategy="name", accuracy="shown", interval="between", n="problems")
    return [
        {"mark": {"type": "line", "style": "front"}, "encoding": {"x": x, "y": y}},
        {
            "mark": {"type": "rule", "style": "interval"},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
        },
        {
            "mark": {"type": "point", "style": "dot"},
            "encoding": {"x": x, "y": y, "tooltip": [*tooltip(group="group"), *tip]},
        },
        *(
            {
                "transform": [{"filter": test}],
                "mark": {"type": "text", "style": "beside", "dy": shift},
                "encoding": {"x": x, "y": y, "text": {"field": "figure"}},
            }
            # off the line, towards the middle
            for test, shift in (("datum.accuracy < 0.5", -9), ("datum.accuracy >= 0.5", 10))
        ),
    ]


def _datum(row: Row, group: Group, names: dict[str, str]) -> dict[str, Any]:
    low, high = group.interval
    return {
        "name": row.name,
        "group": names[group.values[0]],
        "accuracy": group.accuracy,
        "low": low,
        "high": high,
        "problems": group.problems,
        "shown": f"{percent(group.accuracy)} %",
        "figure": percent(group.accuracy),
        "between": between(group.interval),
    }
