"""Accuracy against what a problem costs: tokens, seconds, energy, with the front marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.report.pictures.picture import (
    Picture,
    Row,
    Spec,
    around,
    panel,
    panels,
    tasks,
    tooltip,
)
from harness.report.section import between, percent
from harness.report.sections.costs import MEASURES, Cost, costs

CAPTION = (
    "Accuracy with its 95 % interval against the cost of a problem, over all its paths and stages. "
    "Filled marks on the line are the front: nothing else in the panel is as accurate for less. "
    "Up and to the left is better; the scale of costs is logarithmic. {sums}n problems as told at each mark."
)
SECONDS = "Seconds are those of generation with many problems at once. "
HEIGHT = 240


def picture(all_rows: Sequence[Row]) -> Picture | None:
    """None where no cost is known."""
    specs = [
        _panel(task, measure, here, [row.name for row in all_rows])
        for task, rows in tasks(all_rows).items()
        for measure in MEASURES
        if len(here := _known(rows, measure)) > 0
    ]
    if not specs:
        return None
    seconds = any((row.score.get("seconds") or 0) > 0 for row in all_rows)
    caption = CAPTION.format(sums=SECONDS if seconds else "")
    return Picture("cost", "Accuracy and cost", caption, panels(specs, margin=52))


def _known(rows: Sequence[Row], measure: str) -> list[tuple[str, Cost]]:
    names = {id(row.score): row.name for row in rows}
    values = costs([row.score for row in rows], measure)
    return [(names[id(one.score)], one) for one in values]


def _panel(task: str, measure: str, here: Sequence[tuple[str, Cost]], names: Sequence[str]) -> Spec:
    unit = MEASURES[measure]
    x = {
        "field": "cost",
        "type": "quantitative",
        "title": f"{unit} per problem",
        "scale": {"type": "log", "nice": False, "padding": 20},
        "axis": {"format": ",~r", "tickCount": 4, "grid": False},
    }
    strategy = {
        "field": "name",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(dict.fromkeys(names))},
    }
    tip = tooltip(strategy="name", accuracy="shown", interval="between", **{unit: "cost_shown"})
    data = [_datum(name, one) for name, one in here]
    y = around(data)
    layers: list[Spec] = [
        {
            "transform": [{"filter": "datum.front"}],
            "mark": {"type": "line", "style": "front", "interpolate": "step-after"},
            "encoding": {"x": x, "y": y},
        },
        {
            "mark": {"type": "rule", "style": "faint"},
            "encoding": {
                "x": x,
                "y": {**y, "field": "low"},
                "y2": {"field": "high"},
                "color": strategy,
            },
        },
        {
            "mark": {"type": "point", "style": "way"},
            "encoding": {
                "x": x,
                "y": y,
                "stroke": strategy,
                "fill": strategy,
                "shape": strategy,
                "fillOpacity": {
                    "condition": {"test": "datum.front", "value": 1},
                    "value": 0,
                },
                "tooltip": [*tip, *tooltip(n="problems")],
            },
        },
    ]
    return panel(task, data, layers, height=HEIGHT)


def _datum(name: str, cost: Cost) -> dict[str, Any]:
    score = cost.score
    low, high = score["interval"]
    return {
        "name": name,
        "accuracy": score["accuracy"],
        "low": low,
        "high": high,
        "problems": score["problems"],
        "shown": f"{percent(score['accuracy'])} %",
        "between": between(score["interval"]),
        "cost": cost.each,
        "cost_shown": f"{cost.each:,.3g}" if cost.each < 100 else f"{cost.each:,.0f}",
        "front": cost.front,
    }
