"""Accuracy with its interval: a dot for every strategy, a panel for every task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.report.pictures.picture import Picture, Row, Spec, panel, panels, tasks, tooltip
from harness.report.pictures.rows import MARGIN, STEP, below, figure, name
from harness.report.section import between, percent

CAPTION = (
    "A dot is the accuracy of a strategy on all n problems of a task, the line through it its 95 % "
    "interval (Wilson). The dashed line is {baseline}. Whether two strategies differ is not seen from "
    "their intervals, which overlap even where a difference is real: the problems are the same, which "
    "only a test of pairs knows."
)


def picture(shown_rows: Sequence[Row], baseline: str) -> Picture | None:
    """None where no problem ran."""
    shown = [row for row in shown_rows if row.score["accuracy"] is not None]
    if not shown:
        return None
    panels_made = [_panel(task, rows, baseline) for task, rows in tasks(shown).items()]
    return Picture(
        "accuracy",
        "Accuracy",
        CAPTION.format(baseline=baseline),
        panels(panels_made, margin=MARGIN),
    )


def _panel(task: str, rows: Sequence[Row], baseline: str) -> Spec:
    data = [_datum(row, baseline) for row in rows]
    x = {
        "field": "accuracy",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, 1]},
        "axis": {"format": "%", "tickCount": 5},
    }
    tip = tooltip(strategy="name", accuracy="shown", interval="between", n="problems")
    based = [{"filter": "datum.baseline"}]
    layers: list[Spec] = [
        {"transform": based, "mark": {"type": "rule", "style": "reference"}, "encoding": {"x": x}},
        below("rule", x | {"field": "low"}, x2={"field": "high"}, style="interval"),
        below("point", x, style="dot", tooltip=tip),
        name(),
        figure("figure"),
    ]
    return panel(task, data, layers, height={"step": STEP})


def _datum(row: Row, baseline: str) -> dict[str, Any]:
    score = row.score
    low, high = score["interval"]
    return {
        "name": row.name,
        "accuracy": score["accuracy"],
        "low": low,
        "high": high,
        "problems": score["problems"],
        "shown": f"{percent(score['accuracy'])} %",
        "figure": percent(score["accuracy"]),
        "between": between(score["interval"]),
        "baseline": row.short == baseline,
    }
