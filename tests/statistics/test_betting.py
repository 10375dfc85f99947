"""Bets: their wealth is a fair game where the mean is as it is said, and what they rule out is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import permutations, product

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.statistics.betting import BETS, Bets, confidence_sequence, log_e_value

CREDITS = st.sampled_from([-1.0, -0.5, 0.0, 1 / 3, 1.0])
SMALL = st.lists(CREDITS, min_size=2, max_size=5)


def wealth(rows: Iterable[Sequence[float]], mean: float, population: int | None) -> numpy.ndarray:
    """The wealth after each difference, of many sequences that bet against the same mean."""
    column = numpy.array(list(rows), dtype=numpy.float64)
    bets = Bets(numpy.full(len(column), mean), population=population)
    return numpy.exp(bets.add(column))


@given(SMALL)
@settings(max_examples=40, deadline=None)
def test_without_replacement_the_wealth_is_on_average_what_it_was(values: list[float]) -> None:
    every = wealth(permutations(values), sum(values) / len(values), len(values))
    assert every.mean(axis=0) == pytest.approx(1)


@given(st.lists(CREDITS, min_size=2, max_size=3))
@settings(max_examples=40, deadline=None)
def test_with_replacement_the_wealth_is_on_average_what_it_was(values: list[float]) -> None:
    every = wealth(product(values, repeat=4), sum(values) / len(values), None)
    assert every.mean(axis=0) == pytest.approx(1)


@given(SMALL, st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_who_bets_against_more_than_the_mean_loses_on_average(
    values: list[float], more: float
) -> None:
    every = wealth(permutations(values), min(1, sum(values) / len(values) + more), len(values))
    assert every.mean(axis=0).max() <= 1 + 1e-9


@given(st.lists(CREDITS | st.just(math.nan), min_size=2, max_size=5))
@settings(max_examples=40, deadline=None)
def test_it_is_so_of_the_others_where_some_are_missing(values: list[float]) -> None:
    there = [one for one in values if not math.isnan(one)]
    mean = sum(there) / len(there) if there else 0.0
    assert wealth(permutations(values), mean, len(values)).mean(axis=0) == pytest.approx(1)


def test_one_win_is_worth_the_mean_bet() -> None:
    assert math.exp(log_e_value([1.0], 0.0)) == pytest.approx(1 + sum(BETS) / len(BETS))
    assert log_e_value([-1.0], 0.0) == 0  # the most that was reached is the start
    assert log_e_value([], 0.0) == 0


@given(
    st.lists(CREDITS | st.just(math.nan), min_size=1, max_size=12), st.sampled_from([None, 12, 40])
)
@settings(max_examples=40, deadline=None)
def test_wealth_falls_as_the_mean_grows(values: list[float], population: int | None) -> None:
    means = numpy.linspace(-1, 1, 41)
    rows = numpy.tile(values, (41, 1))
    grown = Bets(means, population=population).add(rows)
    # infinite where the mean is impossible, which only lower ones are
    assert (grown[:-1] >= grown[1:] - 1e-9).all()


@given(st.lists(CREDITS, min_size=2, max_size=12), st.integers(1, 11))
@settings(max_examples=40, deadline=None)
def test_in_pieces_it_is_the_same_as_at_once(values: list[float], cut: int) -> None:
    rows = numpy.array([values, values[::-1]])
    whole = Bets(numpy.zeros(2), population=20).add(rows)
    bets, cut = Bets(numpy.zeros(2), population=20), min(cut, len(values) - 1)
    parts = [bets.add(rows[:, :cut]), *(bets.add(rows[[w], cut:], [w]) for w in (0, 1))]
    assert parts[0] == pytest.approx(whole[:, :cut])
    assert numpy.vstack(parts[1:]) == pytest.approx(whole[:, cut:])


def test_once_all_are_seen_the_mean_is_known() -> None:
    values = numpy.array([[1.0, 0, 0, -1, 1, 1, 0, 0.5, 0, 0]])
    low, high = confidence_sequence(values, alpha=0.05, population=10)
    assert low[0] == pytest.approx(0.25)
    assert high[0] == pytest.approx(0.25)
    low, high = confidence_sequence(values, alpha=0.05)
    assert low[0] < -0.2 < 0.7 < high[0]


def test_what_is_left_bounds_the_mean() -> None:
    # of 10, 9 are seen: the last one changes the mean by 0.1 either way
    low, high = confidence_sequence(numpy.ones((1, 9)), alpha=1e-9, population=10)
    assert low[0] == pytest.approx(0.8)
    assert high[0] == pytest.approx(1)


def test_bounds_miss_as_seldom_as_they_say() -> None:
    random = numpy.random.default_rng(3)
    values = numpy.repeat([1.0, 0.0, -1.0], [12, 20, 8])
    rows = numpy.array([random.permutation(values)[:30] for _ in range(400)])
    low, high = confidence_sequence(rows, alpha=0.2, population=40)
    missed = ((low > values.mean()) | (high < values.mean())).sum()
    assert missed <= 80
    assert (high - low).mean() < 0.7  # nor are they without use


def test_nothing_seen_bounds_nothing() -> None:
    low, high = confidence_sequence(numpy.zeros((1, 0)), alpha=0.05, population=10)
    assert (low[0], high[0]) == (-1, 1)
