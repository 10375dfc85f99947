"""The front holds every way that no other is better than."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics import pareto_front


def test_what_costs_more_for_less_is_not_on_the_front() -> None:
    assert pareto_front([1, 2, 3, 4], [0.1, 0.5, 0.4, 0.9]) == [True, True, False, True]


def test_equals_are_both_on_it_and_the_dearer_of_two_as_good_is_not() -> None:
    assert pareto_front([1, 1], [0.5, 0.5]) == [True, True]
    assert pareto_front([1, 2], [0.5, 0.5]) == [True, False]
    assert pareto_front([1, 1], [0.5, 0.6]) == [False, True]
    assert pareto_front([], []) == []


def test_unequal_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        pareto_front([1, 2], [0.5])


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1))
def test_everything_off_the_front_is_beaten_by_something_on_it(ways: list[tuple[int, int]]) -> None:
    front = pareto_front([cost for cost, _ in ways], [reached for _, reached in ways])
    on = [way for way, kept in zip(ways, front, strict=True) if kept]
    assert on
    for cost, reached in (way for way, kept in zip(ways, front, strict=True) if not kept):
        assert any(c <= cost and a >= reached for c, a in on)
