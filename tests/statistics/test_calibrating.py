"""Calibration of vote shares: against SciPy, brute force and figures worked out by hand."""

from __future__ import annotations

from itertools import permutations

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from harness.statistics import accuracy_at_coverage, auroc, calibration, wilson

share = st.integers(0, 8).map(lambda votes: votes / 8)
whole = st.lists(st.tuples(share, st.sampled_from([0.0, 1.0])), min_size=1, max_size=30)
shared = st.lists(st.tuples(share, st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=30)

Rows = list[tuple[float, float]]


def columns(rows: Rows) -> tuple[list[float], list[float]]:
    return [share for share, _ in rows], [correct for _, correct in rows]


def test_by_hand() -> None:
    found = calibration([0.25, 0.3, 0.7, 0.9, 0.9], [0, 1, 1, 1, 0], bins=5)
    # bins (0.2, 0.4]: 2 problems, share 0.275, accuracy 0.5; (0.6, 0.8]: 1, 0.7, 1;
    # (0.8, 1]: 2, 0.9, 0.5
    assert [(one.low, one.high, one.problems) for one in found.reliability] == [
        (0.2, 0.4, 2),
        (pytest.approx(0.6), 0.8, 1),
        (0.8, 1.0, 2),
    ]
    assert [one.share for one in found.reliability] == pytest.approx([0.275, 0.7, 0.9])
    assert [one.accuracy for one in found.reliability] == [0.5, 1, 0.5]
    assert found.reliability[0].interval == wilson(1, 2)
    assert found.ece == pytest.approx((2 * 0.225 + 0.3 + 2 * 0.4) / 5)
    # five bins of one problem each; the two of share 0.9 are each half right
    assert found.adaptive_ece == pytest.approx((0.25 + 0.7 + 0.3 + 2 * 0.4) / 5)
    assert found.brier == pytest.approx((0.0625 + 0.49 + 0.09 + 0.01 + 0.81) / 5)
    # right: 0.3, 0.7, 0.9; wrong: 0.25, 0.9: 1 + 1 + 1 and 0 + 0 + 1/2 of 6 pairs
    assert found.auroc == pytest.approx(3.5 / 6)
    assert found.problems == 5
    assert found.bins == 5


@given(whole)
@settings(max_examples=50)
def test_auroc_is_that_of_mann_and_whitney(rows: Rows) -> None:
    right = [share for share, correct in rows if correct]
    wrong = [share for share, correct in rows if not correct]
    if not right or not wrong:
        assert auroc(*columns(rows)) is None
        return
    expected = mannwhitneyu(right, wrong).statistic / len(right) / len(wrong)
    assert auroc(*columns(rows)) == pytest.approx(expected)


@given(shared)
def test_half_a_credit_counts_as_half_right_and_half_wrong(rows: Rows) -> None:
    halves = [
        (share, half)
        for share, correct in rows
        for half in {0.0: (0.0, 0.0), 0.5: (0.0, 1.0), 1.0: (1.0, 1.0)}[correct]
    ]
    one, other = calibration(*columns(rows)), calibration(*columns(halves))
    assert one.ece == pytest.approx(other.ece, abs=1e-12)
    assert one.adaptive_ece == pytest.approx(other.adaptive_ece, abs=1e-12)
    assert one.brier == pytest.approx(other.brier)
    assert one.auroc == pytest.approx(other.auroc)
    assert numpy.array(one.coverage) == pytest.approx(numpy.array(other.coverage))


@given(st.lists(st.tuples(share, st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_coverage_is_the_mean_over_all_orders_of_equal_shares(rows: Rows) -> None:
    orders = [sorted(order, key=lambda row: -row[0]) for order in permutations(rows)]
    parts = [kept / len(rows) for kept in range(1, len(rows) + 1)]
    found = accuracy_at_coverage(*columns(rows), parts)
    for kept, (part, accuracy) in enumerate(found, start=1):
        means = [sum(correct for _, correct in order[:kept]) / kept for order in orders]
        assert part == kept / len(rows)
        assert accuracy == pytest.approx(sum(means) / len(means))


def test_coverage_of_parts_of_problems() -> None:
    found = accuracy_at_coverage([1, 1, 0.5, 0.5, 0.2], [1, 1, 1, 0, 0])
    # 1.25 problems, 2.5, 3.75 and 5: of the two of share 0.5, each is half right
    expected = [(0.25, 1), (0.5, 2.25 / 2.5), (0.75, 2.875 / 3.75), (1, 0.6)]
    assert numpy.array(found) == pytest.approx(numpy.array(expected))


@given(shared)
def test_the_order_of_problems_changes_nothing(rows: Rows) -> None:
    one, other = calibration(*columns(rows)), calibration(*columns(rows[::-1]))
    assert one.ece == pytest.approx(other.ece, abs=1e-12)
    assert one.adaptive_ece == pytest.approx(other.adaptive_ece, abs=1e-12)
    assert one.auroc == pytest.approx(other.auroc)
    assert numpy.array(one.coverage) == pytest.approx(numpy.array(other.coverage))


def test_a_share_on_a_bound_belongs_below_it() -> None:
    for votes in range(1, 11):
        [only] = calibration([votes / 10], [1]).reliability
        assert only.high == pytest.approx(votes / 10)
    [lowest] = calibration([0.0], [0]).reliability
    assert (lowest.low, lowest.high) == (0, 0.1)


def test_shares_that_are_right_as_often_as_they_say() -> None:
    shares = [0.2] * 10 + [0.7] * 10 + [1.0] * 10
    correct = [1.0] * 2 + [0.0] * 8 + [1.0] * 7 + [0.0] * 3 + [1.0] * 10
    found = calibration(shares, correct)
    assert found.ece == pytest.approx(0, abs=1e-12)
    assert found.adaptive_ece == pytest.approx(0, abs=1e-12)


def test_calibration_refuses_what_has_none() -> None:
    with pytest.raises(ValueError, match="0 shares and 0 credits"):
        calibration([], [])
    with pytest.raises(ValueError, match="2 shares and 1 credits"):
        calibration([0.5, 0.5], [1])
    with pytest.raises(ValueError, match="between 0 and 1"):
        calibration([1.5], [1])
    with pytest.raises(ValueError, match="between 0 and 1"):
        calibration([0.5], [float("nan")])
