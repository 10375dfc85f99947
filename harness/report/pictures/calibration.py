"""The winner's share of the votes against its accuracy: whether agreement can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.report.pictures.picture import ACCURACY, Picture, Row, Spec, panel, panels, tooltip
from harness.report.section import between, percent

CAPTION = (
    "Problems by the share of the chains that gave the winning answer; a dot is as large as its "
    "problems are many, and shows how often that answer was right, with its 95 % interval (Wilson). On "
    "the dashed line the share is the accuracy; above it, the vote is better than it looks. ECE is the "
    "mean distance from the line, over the n problems."
)
HEIGHT = 220


def picture(rows: Sequence[Row]) -> Picture | None:
    """None where no problem has several chains."""
    specs = [_panel(row) for row in rows if row.score.get("calibration") and "of" not in row.score]
    if not specs:
        return None
    return Picture("calibration", "Vote share and accuracy", CAPTION, panels(specs, margin=52))


def _panel(row: Row) -> Spec:
    calibration = row.score["calibration"]
    data = [_datum(one) for one in calibration["reliability"]]
    n = row.score["problems"]
    under = f"{row.name}: ECE {calibration['ece']:.3f}, n = {n:,}"
    return panel(row.score["task"], data, _layers(), under=under, height=HEIGHT)


def _layers() -> list[Spec]:
    whole = {"scale": {"domain": [0, 1]}}
    x = {
        "field": "share",
        "type": "quantitative",
        "title": "share of the votes",
        "axis": {"format": "%", "tickCount": 5, "grid": False},
        **whole,
    }
    y = {**ACCURACY, **whole}
    size = {
        "field": "problems",
        "type": "quantitative",
        "legend": None,
        "scale": {"type": "sqrt", "domainMin": 0, "range": [20, 320]},
    }
    tip = tooltip(shares="shares", mean="mean", accuracy="shown", interval="between", n="problems")
    return [
        {
            "data": {"values": [{"share": 0, "accuracy": 0}, {"share": 1, "accuracy": 1}]},
            "mark": {"type": "line", "style": "reference"},
            "encoding": {"x": x, "y": y},
        },
        {
            "mark": {"type": "rule", "style": "interval"},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
        },
        {
            "mark": {"type": "point", "style": "dot"},
            "encoding": {"x": x, "y": y, "size": size, "tooltip": tip},
        },
    ]


def _datum(one: dict[str, Any]) -> dict[str, Any]:
    low, high = one["interval"]
    return {
        "share": one["share"],
        "accuracy": one["accuracy"],
        "low": low,
        "high": high,
        "problems": one["problems"],
        "shares": between((one["low"], one["high"])),
        "mean": f"{percent(one['share'])} %",
        "shown": f"{percent(one['accuracy'])} %",
        "between": between(one["interval"]),
    }
