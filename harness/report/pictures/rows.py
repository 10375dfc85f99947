"""A strategy a line, its name above what is shown of it: names may be long and pages narrow."""

from __future__ import annotations

from typing import Any

from harness.report.pictures.picture import WIDTH, Spec

STEP, MARGIN = 34, 44
"""The height of a row, in pixels: a line of text and a line of marks; the room for figures at the right."""

Y: Spec = {"field": "name", "type": "nominal", "sort": None, "axis": None}


def below(mark: str, x: Spec, *, style: str, **encoding: Any) -> Spec:
    """A mark in the lower half of a row."""
    return {
        "mark": {"type": mark, "style": style, "yOffset": 7},
        "encoding": {"y": Y, "x": x, **encoding},
    }


def name() -> Spec:
    """The row's name, above what is shown of it; cut where a panel ends, and whole in tooltips."""
    return {
        "mark": {"type": "text", "style": "name", "yOffset": -8, "limit": WIDTH},
        "encoding": {"y": Y, "x": {"value": 0}, "text": {"field": "name"}},
    }


def figure(field: str) -> Spec:
    """A field as text, to the right of what is shown."""
    return {
        "mark": {"type": "text", "style": "figure", "yOffset": 7, "dx": MARGIN},
        "encoding": {"y": Y, "x": {"value": "width"}, "text": {"field": field}},
    }
