"""How pictures look on light and on dark ground: colours that the colour-blind tell apart, and styles."""

from __future__ import annotations

from typing import Any

LIGHT = ("#0072b2", "#d55e00", "#008060", "#b5548f", "#b27d00", "#2a93cf", "#6b6b6b")
DARK = ("#56b4e9", "#ff8a3d", "#2fc39a", "#e59ac8", "#e6b422", "#8fd0ff", "#a8a8a8")
"""The hues of Okabe and Ito (2008) without black and yellow, each set dark or light enough for its
ground (a contrast of 3 at least)."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
"""One fewer than there are colours, so that a colour and a shape together tell 42 rows apart."""


def theme(*, dark: bool) -> dict[str, Any]:
    """Vega-Lite's `config`; the ground is that of the page."""
    colours = DARK if dark else LIGHT
    text, dim, line = (
        ("#e8e8e8", "#a8a8a8", "#3a3a3a") if dark else ("#1c1c1c", "#666666", "#e2e2e2")
    )
    accent = colours[0]
    return {
        "background": "transparent",
        "font": "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif",
        "view": {"stroke": None},
        "range": {"category": list(colours), "symbol": list(SHAPES)},
        "title": {
            "color": text,
            "fontSize": 13,
            "fontWeight": "bold",
            "subtitleColor": text,
            "subtitleFontSize": 12,
            "subtitlePadding": 4,
            "offset": 10,
        },
        "axis": {
            "labelColor": dim,
            "titleColor": dim,
            "titleFontWeight": "normal",
            "labelFontSize": 11,
            "titleFontSize": 11,
            "gridColor": line,
            "domain": False,
            "ticks": False,
            "labelPadding": 6,
        },
        "legend": {
            "labelColor": text,
            "titleColor": dim,
            "titleFontWeight": "normal",
            "labelFontSize": 11,
            "labelLimit": 320,
            "orient": "bottom",
            "direction": "vertical",
        },
        "header": {"labelColor": text, "labelFontSize": 12, "labelPadding": 4},
        "text": {"color": text},
        "style": {
            "dot": {"filled": True, "size": 70, "color": accent, "opacity": 1},
            "interval": {"strokeWidth": 2, "color": accent, "strokeCap": "round"},
            "way": {"size": 70, "strokeWidth": 1.8, "opacity": 1},
            "faint": {"strokeWidth": 1.5, "opacity": 0.45},
            "front": {"strokeWidth": 1.5, "color": dim, "opacity": 0.7},
            "band": {"opacity": 0.18},
            "curve": {"strokeWidth": 2.5, "color": accent},
            "second": {"strokeWidth": 2, "color": colours[1], "strokeDash": [6, 3]},
            "stop": {"shape": "diamond", "size": 130, "filled": True, "opacity": 1},
            # what the mouse finds: a line alone is hard to hit
            "hidden": {"size": 120, "opacity": 0, "filled": True},
            "reference": {"strokeWidth": 1, "strokeDash": [4, 3], "color": dim},
            "cell": {"color": colours[1]},
            "aside": {
                "align": "right",
                "baseline": "bottom",
                "dy": -3,
                "fontSize": 10,
                "fill": dim,
            },
            "beside": {
                "align": "left",
                "baseline": "middle",
                "dx": 8,
                "fontSize": 11,
                "fill": text,
            },
            "count": {"align": "center", "baseline": "middle", "fontSize": 12, "fill": text},
            "name": {"align": "left", "baseline": "middle", "fontSize": 12, "fill": text},
            "figure": {"align": "right", "baseline": "middle", "fontSize": 12, "fill": text},
        },
    }
