"""What a picture is: a name, a caption, and a Vega-Lite specification of one or more panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.report.reading import Score
from harness.report.table import row_names

Spec = Mapping[str, Any]
"""Vega-Lite, as JSON has it. Names from runs stand in data, titles and domains alone: no expression
ever holds one, so that they stay text."""

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
WIDTH, GAP = 340, 28
"""Of a panel and between panels, in pixels: two abreast on a page, one on a telephone."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One chart. `caption` says what is shown and how it is read; the data are inside `spec`."""

    name: str
    title: str
    caption: str
    spec: Spec


@dataclass(frozen=True, slots=True)
class Row:
    """A score with the name of its row: unique on its task."""

    name: str
    score: Score


def rows(scores: Sequence[Score]) -> tuple[Row, ...]:
    """Scores by the names that the table gives them, the model before it where there are several."""
    several = len({score["model"] for score in scores}) > 1
    return tuple(
        Row(f"{score['model']}, {name}" if several else name, score)
        for score, name in zip(scores, row_names(scores), strict=True)
    )


def tasks(found: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each task, in the order in which they were run."""
    groups: dict[str, list[Row]] = {}
    for row in found:
        groups.setdefault(row.score["task"], []).append(row)
    return groups


def panels(made: Sequence[Spec], *, margin: int = 0) -> Spec:
    """Panels side by side. `margin` is what the axes take beside each, in pixels.

    Two abreast as they are here; on a page `draw` gives them as many columns as its width has room
    for.
    """
    return {
        "$schema": SCHEMA,
        "concat": list(made),
        "columns": min(2, len(made)),
        "spacing": GAP,
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
        "usermeta": {"margin": margin},
    }


def panel(
    title: str, data: Sequence[Mapping[str, Any]], layers: Sequence[Spec], **more: Any
) -> Spec:
    """One panel: a title, its own data, and the marks that are laid over each other."""
    return {
        "title": {"text": title, "anchor": "start", "frame": "group"},
        "width": WIDTH,
        "data": {"values": list(data)},
        "layer": list(layers),
        **more,
    }


def tooltip(**fields: str) -> list[dict[str, str]]:
    """What is said of a mark: the title of each line, and the field that it shows as text."""
    return [{"field": field, "title": title.replace("_", " ")} for title, field in fields.items()]
