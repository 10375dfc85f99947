"""What qualifies the accuracies: problems unread, truncated, tied, or never run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.report.pictures.picture import Picture, Row, Spec, panel, panels, tasks, tooltip
from harness.report.pictures.rows import STEP, Y, name
from harness.report.section import percent
from harness.report.table import DOUBTS

CAPTION = (
    "Problems on which no chain could be read, a chain was cut off at the token limit, answers tied for "
    "the most votes, or the strategy raised an error and did not run; the shade is their part of all problems. "
    "A dash: not known. Strategies with none of them are left out."
)

KINDS = [more for _, more in DOUBTS.values()]


def picture(all_rows: Sequence[Row]) -> Picture | None:
    """None where there is nothing to doubt."""
    doubtful = [row for row in all_rows if any(row.score.get(field) for field in DOUBTS)]
    if not doubtful:
        return None
    specs = [_panel(task, rows) for task, rows in tasks(doubtful).items()]
    return Picture("doubts", "Unread, truncated, tied", CAPTION, panels(specs, margin=8))


def _panel(task: str, rows: Sequence[Row]) -> Spec:
    data = [_datum(row, field) for row in rows for field in DOUBTS]
    x = {
        "field": "what",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelAngle": 0, "orient": "top", "grid": False},
        "scale": {"domain": KINDS, "paddingInner": 0.06, "paddingOuter": 0},
    }
    shade = {
        "field": "part",
        "type": "quantitative",
        "legend": None,
        "scale": {"domain": [0, 1], "range": [0.15, 0.9]},
    }
    tip = tooltip(strategy="name", what="what", problems="count", part="shown", n="problems")
    layers: list[Spec] = [
        {
            "transform": [{"filter": "datum.part > 0"}],
            "mark": {"type": "rect", "style": "cell", "height": {"band": 0.5}, "yOffset": 7},
            "encoding": {"y": Y, "x": x, "opacity": shade, "tooltip": tip},
        },
        {
            "mark": {"type": "text", "style": "count", "yOffset": 7},
            "encoding": {"y": Y, "x": x, "text": {"field": "count"}},
        },
        # once in a row, which has a mark for each count
        {"transform": [{"filter": {"field": "what", "equal": KINDS[0]}}], **name()},
    ]
    return panel(task, data, layers, height={"step": STEP})


def _datum(row: Row, field: str) -> dict[str, Any]:
    count = row.score.get(field)
    ran, failed = row.score["problems"], row.score.get("errors") or 0
    every = ran + failed if field == "errors" else ran
    part = count / every if count and every else 0.0
    return {
        "name": row.name,
        "what": DOUBTS[field][1],
        "count": "–" if count is None else f"{count:,}",
        "part": part,
        "shown": "" if count is None else f"{percent(part)} %",
        "problems": every,
    }
