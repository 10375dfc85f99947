"""The figures of `docs/race.md` are those that `tests/benchmarks/race.py` wrote down."""

from __future__ import annotations

import json
from typing import Any

from tests.test_documents import ROOT, table

MEASURED = json.loads((ROOT / "results/reference/race.json").read_text(encoding="utf-8"))


def share(value: float) -> str:
    """A part of 1 in %."""
    return f"{100 * value:.1f}"


def erring(one: dict[str, Any]) -> list[str]:
    """A setting of simulated races as the document's table has it."""
    counts = [one["false"][name] for name in ("race", "mcnemar", "bonferroni")]
    return [
        "none" if not one["lead"] else f"{100 * one['lead']:g} points",
        f"{100 * one['margin']:g}",
        one["drawn"].split()[0],
        f"{one['races']:,}",
        *(share(count / one["races"]) for count in counts),
        share(one["share_of_cost"]["median"]),
        share(one["share_of_cost"]["p95"]),
    ]


def saving(one: dict[str, Any]) -> list[str]:
    """A replayed run as the document's table has it."""
    return [
        one["columns"],
        f"{one['strategies']}",
        f"{one['problems']}",
        f"{100 * one['margin']:g}",
        f"{one['right']} of {one['orders']}",
        share(one["share_of_tokens"]["median"]),
        share(one["share_of_tokens"]["p95"]),
    ]


def test_errors_are_as_measured_and_no_more_than_alpha() -> None:
    assert table("docs/race.md", "### Errors") == list(map(erring, MEASURED["errors"]))
    for one in MEASURED["errors"]:
        assert one["false"]["race"] <= 0.05 * one["races"]
        # where all problems are asked, a race ends sure, and is right
        assert not one["best_left_behind"] or one["drawn"] == "with replacement"


def test_savings_are_as_measured() -> None:
    assert table("docs/race.md", "### Savings") == list(map(saving, MEASURED["savings"]))
