"""A race: how far each strategy was ahead of the one to take, with its interval, look after look."""

from __future__ import annotations

from typing import Any

from harness.records.racing import RaceRecord
from harness.report.pictures.picture import Picture, Spec, panel, panels, tooltip
from harness.report.section import between, signed
from harness.report.sections.race import points

CAPTION = (
    "Points of accuracy ahead of {named}, with the interval that holds in all pairs and at every look at once "
    "with {sure} %: a strategy whose interval lies below the line at 0 is surely worse. A curve ends where its "
    "strategy left, or where the race did.{margin}"
)
MARGIN = " Below the dashed line it is surely less than {points} better."
HEIGHT = 160


def picture(race: RaceRecord) -> Picture | None:
    """None where nothing was asked."""
    named = race["named"]
    specs = [
        _panel(race, who, one["label"])
        for who, one in enumerate(race["contestants"])
        if who != named and any(str(who) in look["ahead"] for look in race["looks"])
    ]
    if not specs:
        return None
    caption = CAPTION.format(
        named=race["contestants"][named]["label"],
        sure=f"{100 * (1 - race['alpha']):g}",
        margin=MARGIN.format(points=points(race["margin"])) if race["margin"] else "",
    )
    return Picture("race", "The race", caption, panels(specs, margin=52))


def _panel(race: RaceRecord, who: int, label: str) -> Spec:
    data = [
        _datum(look["problems"], *look["ahead"][str(who)])
        for look in race["looks"]
        if str(who) in look["ahead"]
    ]
    left = [one for one in race["departures"] if one["who"] == who]
    under = "in the race to its end"
    if left:
        [one] = left
        why = "worse than" if one["reason"] == "worse" else "not worth more than"
        other = race["contestants"][one["other"]]["label"]
        under = f"out after {one['problems']:,}: {why} {other}"
    return panel(label, data, _layers(race), under=under, height=HEIGHT)


def _datum(problems: int, mean: float, low: float, high: float) -> dict[str, Any]:
    return {
        "problems": problems,
        "mean": mean,
        "low": low,
        "high": high,
        "shown": signed(mean),
        "between": between((low, high), sign=True),
    }


def _layers(race: RaceRecord) -> list[Spec]:
    x = {
        "field": "problems",
        "type": "quantitative",
        "title": "problems seen",
        "scale": {"domain": [0, race["asked"]], "nice": False},
        "axis": {"grid": False, "tickCount": 5, "format": "d"},
    }
    y = {
        "field": "mean",
        "type": "quantitative",
        "title": None,
        # in points, as the caption says: a difference of two shares in % is not one in %
        "axis": {"labelExpr": "format(100 * datum.value, '+.0f')", "tickCount": 5, "minExtent": 34},
    }
    told = tooltip(problems="problems", ahead="shown", interval="between")
    lines = [0.0, *([race["margin"]] if race["margin"] else [])]
    return [
        {
            "mark": {"type": "area", "style": "band"},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
        },
        # one problem seen is a look, too: an area of a single look is not to be seen
        {
            "mark": {"type": "rule", "style": "interval"},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
        },
        {"mark": {"type": "line", "style": "curve"}, "encoding": {"x": x, "y": y}},
        *(
            {
                "data": {"values": [{"mean": value}]},
                "mark": {"type": "rule", "style": "reference"},
                "encoding": {"y": y},
            }
            for value in lines
        ),
        {
            "mark": {"type": "point", "style": "dot", "size": 30},
            "encoding": {"x": x, "y": y, "tooltip": told},
        },
    ]
