"""Columns that differ in the order of their worked examples are summed up together."""

from __future__ import annotations

from statistics import stdev
from typing import Any

from harness.report.section import Section
from harness.report.sections.orders import orders
from harness.statistics import wilson


def score(order: int | None, right: int, **changes: Any) -> dict[str, Any]:
    """A column of four problems of which the first `right` are right."""
    made: dict[str, Any] = {
        "model": "reference",
        "task": "arithmetic",
        "strategy": "chain_of_thought",
        "options": {"shots": 4, "order": order},
        "accuracy": right / 4,
        "credits": {f"p{n}": float(n < right) for n in range(4)},
        "clusters": None,
    }
    return made | changes


def found(*scores: dict[str, Any]) -> Section | None:
    names = [f"chain_of_thought:shots=4,order={one['options']['order']}" for one in scores]
    return orders(scores, names)


def test_mean_and_deviation_are_those_over_the_orders() -> None:
    made = found(score(0, 1), score(1, 2), score(2, 3))
    assert made is not None
    [row] = made.rows
    assert row[:4] == ("arithmetic", "chain_of_thought:shots=4", "3", "50.0")
    assert row[5:] == (f"{100 * stdev([0.25, 0.5, 0.75]):.1f}", "25.0", "75.0")


def test_the_interval_is_over_questions_not_over_chains() -> None:
    made = found(score(0, 1), score(1, 3))
    assert made is not None
    low, high = wilson(2, 4)
    assert made.rows[0][4] == f"[{100 * low:.1f}–{100 * high:.1f}]"


def test_examples_as_written_and_columns_with_other_options_are_no_orders_of_these() -> None:
    assert found(score(None, 1), score(0, 2)) is None
    other = score(1, 2, options={"shots": 2, "order": 1})
    assert found(score(0, 1), other) is None
    assert found(score(0, 1), score(0, 2)) is None


def test_a_column_in_which_nothing_ran_is_left_out() -> None:
    assert found(score(0, 1), score(1, 0, accuracy=None)) is None
