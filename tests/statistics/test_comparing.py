"""Statistics against SciPy, statsmodels, tables and brute force."""

from __future__ import annotations

import math
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar as reference_mcnemar

from harness.errors import UserError
from harness.statistics import compare, mcnemar, paired_interval, permutation, wilson


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(max_examples=50)
def test_wilson_is_that_of_scipy(counts: tuple[int, int]) -> None:
    right, problems = counts
    expected = binomtest(right, problems).proportion_ci(method="wilson")
    assert wilson(right, problems) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_takes_fractional_credit() -> None:
    low, high = wilson(3.5, 10)
    assert wilson(3, 10)[0] < low < 0.35 < high < wilson(4, 10)[1]
    assert wilson(0, 20)[0] == 0
    assert wilson(20, 20)[1] == 1


def test_wilson_refuses_what_has_no_interval() -> None:
    for credit, problems in [(0, 0), (-1, 5), (6, 5)]:
        with pytest.raises(ValueError, match="no interval"):
            wilson(credit, problems)


@given(st.integers(0, 60), st.integers(0, 60))
@settings(max_examples=50)
def test_mcnemar_is_that_of_statsmodels(wins: int, losses: int) -> None:
    if wins + losses == 0:
        assert mcnemar(wins, losses) == 1
        return
    expected = reference_mcnemar([[0, wins], [losses, 0]], exact=True).pvalue
    assert mcnemar(wins, losses) == pytest.approx(min(expected, 1), abs=1e-12)


@pytest.mark.parametrize("differences", [[0.5, 1, 1, 0.25, -0.5, 0, 1], [1, -1], [0.5] * 10])
def test_permutation_is_exact_for_few_problems(differences: list[float]) -> None:
    observed = abs(sum(differences))
    flips = list(product([1, -1], repeat=len(differences)))
    sums = [sum(s * d for s, d in zip(signs, differences, strict=True)) for signs in flips]
    expected = sum(abs(total) >= observed - 1e-9 for total in sums) / len(flips)
    assert permutation(differences) == pytest.approx(expected)


def test_permutation_of_nothing_shows_nothing() -> None:
    assert permutation([]) == permutation([0, 0]) == permutation([0, 0.5]) == 1


def test_permutation_is_seeded() -> None:
    random = Random(1)
    differences = [random.choice([-1, -0.5, 0, 0.5, 1, 1]) for _ in range(60)]
    assert permutation(differences, seed=3) == permutation(differences, seed=3)
    assert permutation(differences, seed=3) == pytest.approx(
        permutation(differences, seed=4), abs=0.02
    )


def test_permutation_agrees_with_mcnemar_where_both_apply() -> None:
    differences = [1.0] * 9 + [-1.0] * 3
    assert permutation(differences) == pytest.approx(mcnemar(9, 3))


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
