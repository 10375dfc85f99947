"""A strategy a line, its name above what is shown of it: names may be long and pages narrow."""

from __future__ import annotations

from typing import Any

from harness.report.pictures.picture import WIDTH, Spec

STEP, MARGIN = 34, 52
"""The height of a row, in pixels: a line of text and a line of marks; the room for figures at the right."""

Y: Spec = {"field": "name", "type": "nominal", "sort": None, "axis": None}


def below(mark: str, x: Spec, *, style: str, **encoding: Any) -> Spec:
    """A mark in the lower half of a row."""
    return {
        "mark": {"type": mark, "style": style, "yOffset": 7},
        "encoding": {"y": Y, "x": x, **encoding},
    }


def labels(left: str, right: str) -> list[Spec]:
    """Two fields as text: a name above the marks, a figure to the right of them."""
    return [
        {
            # as long as there is room for it; the tooltip has all of it
            "mark": {"type": "text", "style": "name", "yOffset": -8, "limit": WIDTH},
            "encoding": {"y": Y, "x": {"value": 0}, "text": {"field": left}},
        },
        {
            "mark": {"type": "text", "style": "figure", "yOffset": 7, "dx": MARGIN},
            "encoding": {"y": Y, "x": {"value": "width"}, "text": {"field": right}},
        },
    ]
