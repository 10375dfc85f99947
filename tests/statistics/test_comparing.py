"""Paired comparisons against formulas written out, and clusters against what they stand for."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm, t

from harness.errors import UserError
from harness.statistics import compare, paired_interval, permutation, problems_needed


def test_paired_interval_is_that_of_bonett_and_price() -> None:
    # by their formula: b = 10, c = 3 of n = 50: (b - c)/(n + 2) -+ z sqrt(...)
    b, c, n = 10, 3, 50
    p12, p21 = (b + 1) / (n + 2), (c + 1) / (n + 2)
    margin = 1.959963985 * math.sqrt((p12 + p21 - (p12 - p21) ** 2) / (n + 2))
    expected = (p12 - p21 - margin, p12 - p21 + margin)
    assert paired_interval([1] * b + [-1] * c + [0] * (n - b - c)) == pytest.approx(expected)


def test_paired_interval_has_width_where_nothing_differs() -> None:
    low, high = paired_interval([0] * 100)
    assert low == pytest.approx(-high)
    assert 0.01 < high < 0.05
    low, high = paired_interval([1])  # one problem shows next to nothing
    assert low < 0
    assert high == 1


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), min_size=1, max_size=50))
def test_paired_interval_lies_in_range(differences: list[float]) -> None:
    low, high = paired_interval(differences)
    assert -1 <= low <= high <= 1
    reverse = paired_interval([-d for d in differences])
    assert reverse == pytest.approx((-high, -low))


def test_compare_whole_credits() -> None:
    first = {str(i): float(i < 40) for i in range(100)}
    second = {str(i): float(5 <= i < 60) for i in range(100)}
    found = compare(first, second)
    assert (found.wins, found.losses, found.both, found.neither) == (20, 5, 35, 40)
    assert found.difference == pytest.approx(0.15)
    assert found.method == "mcnemar"
    assert found.p == pytest.approx(binomtest(5, 25).pvalue)
    assert found.interval[0] < 0.15 < found.interval[1]
    assert found.problems == 100


def test_compare_shared_credit() -> None:
    first = {"a": 1, "b": 0.5, "c": 0, "d": 0.5}
    second = {"d": 1, "c": 0, "b": 0.5, "a": 0}
    found = compare(first, second)
    assert found.method == "permutation"
    assert (found.wins, found.losses, found.both, found.neither) == (1, 1, 1, 1)
    assert found.difference == pytest.approx(-0.125)
    assert found.p == 1


def test_compare_is_symmetric() -> None:
    random = Random(5)
    first = {str(i): random.choice([0, 0.5, 1]) for i in range(80)}
    second = {str(i): random.choice([0, 1, 1]) for i in range(80)}
    there, back = compare(first, second), compare(second, first)
    assert there.difference == pytest.approx(-back.difference)
    assert (there.wins, there.losses) == (back.losses, back.wins)
    assert there.p == pytest.approx(back.p)


def test_compare_refuses_different_problems() -> None:
    with pytest.raises(
        UserError, match=r"\(3 and 2; only in the first are 2, only in the second 1"
    ):
        compare({"a": 1, "b": 0, "c": 1}, {"a": 1, "x": 0})
    with pytest.raises(UserError, match="without problems"):
        compare({}, {})


def test_compare_says_what_the_problems_can_show() -> None:
    first = {str(i): float(i < 40) for i in range(100)}
    second = {str(i): float(5 <= i < 60) for i in range(100)}
    found = compare(first, second)
    assert found.error == pytest.approx(math.sqrt((0.25 - 0.15**2) / 99))
    assert found.needed == problems_needed(0.15, discordance=0.25)
    # one win and one loss are added, as in the interval
    assert problems_needed(found.detectable, discordance=27 / 102) == pytest.approx(100, abs=1)
    assert found.clusters is None


def test_columns_without_a_difference_show_how_small_one_must_be() -> None:
    column = {str(i): float(i % 2) for i in range(200)}
    found = compare(column, column)
    assert (found.difference, found.p, found.error, found.needed) == (0, 1, 0, None)
    assert 0.02 < found.detectable < 0.06
    assert compare({"a": 1}, {"a": 0}).error is None
    assert compare({"a": 1}, {"a": 0}).detectable == 1


def test_credits_that_differ_by_rounding_alone_are_level() -> None:
    found = compare({"a": 0.1 + 0.2, "b": 0.5}, {"a": 0.3, "b": 1})
    assert (found.wins, found.losses, found.both, found.neither) == (1, 0, 1, 0)


def test_problems_that_are_there_twice_show_no_more_than_once() -> None:
    random = Random(8)
    first = {str(i): random.choice([0.0, 1.0]) for i in range(120)}
    second = {str(i): random.choice([0.0, 1.0, 1.0]) for i in range(120)}
    alone = compare(first, second)
    doubled = [
        {**column, **{f"{problem}'": value for problem, value in column.items()}}
        for column in (first, second)
    ]
    found = compare(*doubled, clusters={problem: problem.strip("'") for problem in doubled[0]})
    assert found.clusters == 120
    assert found.problems == 240
    assert found.method == "permutation"
    assert found.p == pytest.approx(alone.p)
    assert found.error == pytest.approx(alone.error, rel=0.01)
    assert found.interval == pytest.approx(alone.interval, abs=0.005)
    assert found.detectable == pytest.approx(alone.detectable, rel=0.05)
    assert found.needed == pytest.approx(2 * (alone.needed or 0), rel=0.02)
    assert compare(*doubled).p < alone.p  # what goes wrong without clusters


def test_the_clustered_test_flips_the_signs_of_whole_clusters() -> None:
    first = dict.fromkeys("abcdef", 0.0)
    second = {"a": 1.0, "b": 1.0, "c": 0.5, "d": 1.0, "e": 0.0, "f": 0.5}
    found = compare(first, second, clusters=dict(zip("abcdef", "xxyyzz", strict=True)))
    assert found.p == permutation([2, 1.5, 0.5]) == pytest.approx(2 / 8)
    assert compare(first, second).p == pytest.approx(2 / 32)


def test_a_clustered_interval_is_the_plain_one_where_clusters_hold_one_problem() -> None:
    differences = [1, 0.5, 0, 0, -1, 0.25, 0, 1]
    low, high = paired_interval(differences)
    wider = float(t.ppf(0.975, 7) / norm.ppf(0.975))
    middle, margin = (low + high) / 2, (high - low) / 2 * wider
    assert paired_interval(differences, range(8)) == pytest.approx(
        (middle - margin, middle + margin)
    )


def test_compare_refuses_problems_without_clusters() -> None:
    column = {"a": 1.0, "b": 0.0}
    with pytest.raises(UserError, match="1 of 2 problems have no cluster, as 'b'"):
        compare(column, column, clusters={"a": 1})
    with pytest.raises(UserError, match="all 2 questions are in one cluster"):
        compare(column, column, clusters={"a": 1, "b": 1})
