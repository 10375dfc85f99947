"""What a picture is: a name, a caption, and a Vega-Lite specification of one or more panels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.records.loading import Score
from harness.report.table import full_names, row_names

Spec = Mapping[str, Any]
"""Vega-Lite, as JSON has it. Names from runs stand in data, titles and domains alone: no expression
ever holds one, so that they stay text."""

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
WIDTH, GAP = 340, 28
"""Of a panel and between panels, in pixels: two abreast on a page, one on a telephone."""


ACCURACY: Spec = {
    "field": "accuracy",
    "type": "quantitative",
    "title": None,
    "axis": {"format": "%", "tickCount": 5, "minExtent": 34},
}
"""An accuracy on the y axis."""

GRAIN, LEAST = 20, 4
"""Ends of an axis are twentieths, at least four of them apart."""


def around(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """`ACCURACY` with an axis just around rows that have one, and intervals (`low`, `high`) or None.

    What is looked at are differences; and so a task has the same axis in all of its panels.
    """
    ends = [row[end] for row in rows for end in ("accuracy", "low", "high") if row[end] is not None]
    low, high = math.floor(min(ends) * GRAIN), math.ceil(max(ends) * GRAIN)
    high = min(max(high, low + LEAST), GRAIN)
    domain = [min(low, high - LEAST) / GRAIN, high / GRAIN]
    return {**ACCURACY, "scale": {"domain": domain, "nice": False}}


@dataclass(frozen=True, slots=True)
class Picture:
    """One chart. `caption` says what is shown and how it is read; the data are inside `spec`."""

    name: str
    title: str
    caption: str
    spec: Spec


@dataclass(frozen=True, slots=True)
class Row:
    """A score with the name of its row, unique on its task; `short` is that without the model."""

    name: str
    short: str
    score: Score


def rows(scores: Sequence[Score]) -> tuple[Row, ...]:
    """Scores by their full names in the table."""
    return tuple(map(Row, full_names(scores), row_names(scores), scores))


def tasks(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each task, in the order in which they were run."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.score["task"], []).append(row)
    return groups


def panels(specs: Sequence[Spec], *, margin: int = 0) -> Spec:
    """Panels side by side. `margin` is what the axes take beside each, in pixels.

    Two abreast as they are here; on a page `draw` gives them as many columns as its width has room
    for.
    """
    return {
        "$schema": SCHEMA,
        "concat": list(specs),
        "columns": min(2, len(specs)),
        "spacing": GAP,
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
        "usermeta": {"margin": margin},
    }


def panel(
    title: str,
    data: Sequence[Mapping[str, Any]],
    layers: Sequence[Spec],
    *,
    under: str = "",
    height: int | Spec,
) -> Spec:
    """One panel: a title and a line under it, its own data, and marks laid over each other."""
    return {
        "title": {"text": title, **({"subtitle": under} if under else {}), "anchor": "start"},
        "width": WIDTH,
        "height": height,
        "data": {"values": list(data)},
        "layer": list(layers),
    }


def tooltip(**fields: str) -> list[dict[str, str]]:
    """What is said of a mark: the title of each line, and the field that it shows as text."""
    return [{"field": field, "title": title} for title, field in fields.items()]
