"""Accuracy against the number of paths: the vote, the best that a choice could reach, and greedy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.records.loading import Score, column_key
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

CAPTION = (
    "maj@k is the expected accuracy of a majority vote among k of the stored chains, exactly (the mean "
    "over all subsets), with its 95 % interval over the n problems (of no width where all go alike); "
    "pass@k, above it, is how often some chain of k is right: what a perfect choice among them would "
    "reach. Dashed: {baseline} on the same task. A diamond is where a stopping rule would have ended "
    "(`--stop`): accuracy against the mean "
    "number of paths drawn."
)
VOTE, BEST = "maj@k with its interval", "pass@k"
HEIGHT = 200

EDGE: Spec = {"value": "width"}
SQUARE: Spec = {"symbolType": "square", "symbolStrokeWidth": 0, "symbolOpacity": 1}
X: Spec = {"field": "k", "type": "quantitative", "title": "paths, k"}
TOLD = tooltip(what="series", paths="k_shown", accuracy="shown", interval="between", n="problems")


def picture(all_rows: Sequence[Row], baseline: str) -> Picture | None:
    """None where no column has a curve of several paths."""
    stops = [row for row in all_rows if row.score.get("by", "").startswith("stop=")]
    series = [VOTE, BEST, *dict.fromkeys(row.score["by"] for row in stops)]
    specs: list[Spec] = []
    for task, rows in tasks([row for row in all_rows if _long(row)]).items():
        columns = [_data(row, stops, _greedy(row, all_rows, baseline)) for row in rows]
        y = around([datum for column in columns for datum in column])
        for row, column in zip(rows, columns, strict=True):
            layers = _layers(series, len(row.score["curve"]["majority"]), y)
            specs.append(panel(task, column, layers, under=row.name, height=HEIGHT))
    if not specs:
        return None
    caption = CAPTION.format(baseline=baseline)
    return Picture("paths", "Accuracy and number of paths", caption, panels(specs, margin=52))


def _long(row: Row) -> bool:
    # a vote taken anew has the curve of the majority, which its own column shows already
    curve = row.score.get("curve") or {}
    return len(curve.get("majority", ())) > 1 and "of" not in row.score


def _greedy(row: Row, rows: Sequence[Row], baseline: str) -> Row | None:
    names = ("model", "task")
    for other in rows:
        same = all(other.score[name] == row.score[name] for name in names)
        if same and other.short == baseline and other is not row:
            return other
    return None


def _data(row: Row, stops: Sequence[Row], greedy: Row | None) -> list[dict[str, Any]]:
    score, curve = row.score, row.score["curve"]
    majority, interval, best = curve["majority"], curve["interval"], curve["pass"]
    data = [
        _datum("vote", VOTE, k, accuracy, score, bounds)
        for k, (accuracy, bounds) in enumerate(zip(majority, interval, strict=True), start=1)
    ]
    data += [_datum("best", BEST, k, accuracy, score) for k, accuracy in enumerate(best, start=1)]
    for stop in stops:
        if (stop.score["run"], column_key(stop.score)) == (score["run"], column_key(score)):
            drawn, one = stop.score["paths"]["chains"] / stop.score["problems"], stop.score
            data.append(_datum("stop", one["by"], drawn, one["accuracy"], one))
    if greedy and greedy.score["accuracy"] is not None:
        data.append(_datum("greedy", greedy.name, 1, greedy.score["accuracy"], greedy.score))
    return data


def _layers(series: Sequence[str], most: int, y: Spec) -> list[Spec]:
    ticks = {"tickMinStep": 1, "tickCount": min(most, 8), "grid": False, "format": "d"}
    x = {**X, "scale": {"domain": [1, most], "nice": False}, "axis": ticks}
    colour = {
        "field": "series",
        "type": "nominal",
        "title": None,
        "scale": {"domain": [*series]},
        "legend": SQUARE,
    }
    low = {**y, "field": "low"}
    return [
        _layer("vote", "area", "band", x=x, y=low, y2={"field": "high"}, color=colour),
        _layer("greedy", "rule", "reference", y=y, tooltip=TOLD),
        _layer("greedy", "text", "aside", x=EDGE, y=y, text={"field": "series"}),
        _layer("best", "line", "second", x=x, y=y),
        _layer("vote", "line", "curve", x=x, y=y),
        _layer("best", "point", "hidden", x=x, y=y, tooltip=TOLD),
        _layer("vote", "point", "hidden", x=x, y=y, tooltip=TOLD),
        _layer("stop", "point", "stop", x=x, y=y, color=colour, tooltip=TOLD),
    ]


def _layer(kind: str, mark: str, style: str, **encoding: Any) -> Spec:
    return {
        "transform": [{"filter": {"field": "kind", "equal": kind}}],
        "mark": {"type": mark, "style": style},
        "encoding": encoding,
    }


def _datum(
    kind: str,
    series: str,
    k: float,
    accuracy: float,
    score: Score,
    interval: Sequence[float] | None = None,
) -> dict[str, Any]:
    low, high = interval or (None, None)
    return {
        "kind": kind,
        "series": series,
        "k": k,
        "k_shown": f"{k:.4g}",
        "accuracy": accuracy,
        "low": low,
        "high": high,
        "shown": f"{percent(accuracy)} %",
        "between": between(interval) if interval else "",
        "problems": score["problems"],
    }
