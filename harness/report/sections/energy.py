"""What a column took of energy and computation: joules where they were counted, operations by the model's shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.records.loading import Score, tried
from harness.report.section import Section

NONE = "–"


def energy(scores: Sequence[Score], names: Sequence[str]) -> Section | None:
    """Joules and carbon; None where no column has any."""
    rows = [
        _measured(one, name) for one, name in zip(scores, names, strict=True) if one.get("joules")
    ]
    if not rows:
        return None
    behind = [one["carbon"] for one in scores if one.get("joules") and one.get("carbon")]
    said = dict.fromkeys(
        f"{one['region']} at {one['intensity']:g} g a kWh ({one['source']})" for one in behind
    )
    carbon = (
        f"CO2e is that of the electricity of {' and of '.join(said)}. "
        if said
        else "Without --region nothing is said of CO2e. "
    )
    return Section(
        title="Energy",
        columns=(
            "task",
            "strategy",
            "J",
            "J a problem",
            "J a correct answer",
            "of it idle",
            "g CO2e",
        ),
        rows=tuple(rows),
        caption=(
            "What the machine's counters measured while replies were made, each charged its share; "
            f"other programs that ran meanwhile are in it. {_counted(scores)}"
            "Idle: what the machine takes when it does nothing, measured first, for as long. "
            + carbon
        ).strip(),
        names=2,
    )


def computation(scores: Sequence[Score], names: Sequence[str]) -> Section | None:
    """Floating-point operations; None where no column's are known."""
    columns = [
        (one, name)
        for one, name in zip(scores, names, strict=True)
        if one.get("flops") and one["problems"]
    ]
    if not columns:
        return None
    return Section(
        title="Computation",
        columns=("task", "strategy", "GFLOP read", "written", "without sharing", "saved"),
        rows=tuple(_computed(one, name) for one, name in columns),
        caption=(
            "Billions of floating-point operations for each problem, counted from the model's shape: two "
            "for each weight and token, and those of attention. Read: prompts, what several share once. "
            "Written: replies, token by token. Without sharing: all of it if every path read its whole "
            "prompt, and the part of that which sharing saved."
        ),
        names=2,
    )


def _measured(score: Score, name: str) -> tuple[str, ...]:
    joules, right = score["joules"], (score["accuracy"] or 0) * score["problems"]
    idle = (score.get("energy") or {}).get("idle_watts")
    behind = score.get("carbon")
    return (
        score["task"],
        name,
        f"{joules:,.1f}",
        f"{joules / tried(score):,.3g}",
        f"{joules / right:,.3g}" if right else NONE,
        NONE if idle is None else f"{min(1.0, idle * score['seconds'] / joules):.0%}",
        f"{joules / 3.6e6 * behind['intensity']:,.3g}" if behind else NONE,
    )


def _computed(score: Score, name: str) -> tuple[str, ...]:
    flops, each = score["flops"], tried(score) * 1e9
    alone = flops["prefill_alone"] + flops["decode"]
    spared = flops["prefill_alone"] - flops["prefill"]
    figure: Callable[[float], str] = lambda value: f"{value / each:,.3g}"  # noqa: E731
    return (
        score["task"],
        name,
        figure(flops["prefill"]),
        figure(flops["decode"]),
        figure(alone),
        f"{100 * spared / alone:.1f} %",
    )


def _counted(scores: Sequence[Score]) -> str:
    counters = dict.fromkeys(
        name for one in scores for name in (one.get("energy") or {}).get("counted", ())
    )
    return f"Counted: {', '.join(counters)}. " if counters else ""
