"""Intervals and errors of means against SciPy, statsmodels and formulas written out."""

from __future__ import annotations

import math
from itertools import product

import numpy
import pytest
import statsmodels.api
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.weightstats import DescrStatsW

from harness.errors import UserError
from harness.statistics import accuracy_interval, estimate, estimates, standard_errors, wilson

credit = st.sampled_from([0, 0.25, 1 / 3, 0.5, 1])


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


@given(st.lists(credit, min_size=2, max_size=40))
@settings(max_examples=50)
def test_an_estimate_is_that_of_statsmodels(values: list[float]) -> None:
    found, expected = estimate(values), DescrStatsW(values)
    low, high = expected.tconfint_mean() if len(set(values)) > 1 else (values[0], values[0])
    assert found.mean == pytest.approx(expected.mean)
    assert found.error == pytest.approx(expected.std_mean, abs=1e-12)
    assert found.interval == pytest.approx((max(0, low), min(1, high)), abs=1e-12)


@given(st.lists(st.tuples(credit, st.sampled_from("abcd")), min_size=3, max_size=40))
@settings(max_examples=100)
def test_a_clustered_error_is_millers_formula(rows: list[tuple[float, str]]) -> None:
    values, labels = [value for value, _ in rows], [label for _, label in rows]
    if len(set(labels)) == 1:
        return
    n, mean = len(values), sum(values) / len(values)
    within = sum(
        (values[i] - mean) * (values[j] - mean)
        for i, j in product(range(n), repeat=2)
        if i != j and labels[i] == labels[j]
    )
    plain = sum((value - mean) ** 2 for value in values) / (n - 1) / n
    expected = math.sqrt(max(0, plain + within / n**2))
    assert estimate(values, labels).error == pytest.approx(expected, abs=1e-9)


def test_a_clustered_error_is_that_of_statsmodels_regression_on_a_constant() -> None:
    random = numpy.random.default_rng(2)
    labels = random.integers(0, 12, 200)
    values = (random.random(200) < 0.3 + 0.03 * labels).astype(float)
    fit = statsmodels.api.OLS(values, numpy.ones(200)).fit(
        cov_type="cluster", cov_kwds={"groups": labels, "use_correction": False}
    )
    # Miller's first term divides by n (n - 1) where the sandwich estimator divides by n²
    expected = fit.bse[0] ** 2 + values.var() / 199 - values.var() / 200
    found = standard_errors(values.reshape(-1, 1), list(labels))
    assert found is not None
    assert found[0] == pytest.approx(math.sqrt(expected))


def test_questions_that_are_asked_twice_count_once() -> None:
    values = [0.0, 1, 1, 0, 1, 0.5, 1, 0] * 10
    once, twice = estimate(values), estimate(values * 2, [*range(80), *range(80)])
    assert once.error is not None
    assert twice.error == pytest.approx(once.error, rel=0.01)
    naive = estimate(values * 2).error
    assert naive == pytest.approx(once.error / math.sqrt(2), rel=0.01)


def test_clusters_of_one_change_nothing() -> None:
    values = [0.0, 1, 1, 0, 1, 0.5]
    alone, clustered = estimate(values), estimate(values, "abcdef")
    assert clustered.error == pytest.approx(alone.error)
    assert clustered.interval == pytest.approx(alone.interval)


def test_few_clusters_make_a_wide_interval() -> None:
    values = [1.0] * 10 + [0.0] * 10 + [1.0] * 10
    clustered = estimate(values, ["a"] * 10 + ["b"] * 10 + ["c"] * 10)
    assert clustered.interval == (0, 1)  # three templates say next to nothing
    assert estimate(values).interval[0] > 0.4


def test_columns_are_estimated_one_by_one() -> None:
    matrix = numpy.array([[0, 0.5], [1, 0.5], [1, 1], [0, 0]])
    assert estimates(matrix) == (estimate([0, 1, 1, 0]), estimate([0.5, 0.5, 1, 0]))


def test_a_single_question_says_nothing_of_others() -> None:
    found = estimate([1.0])
    assert (found.mean, found.error, found.interval) == (1, None, (0, 1))


def test_estimates_refuse_what_they_cannot_do() -> None:
    with pytest.raises(ValueError, match="no questions"):
        estimate([])
    with pytest.raises(ValueError, match="1 cluster labels for 2 questions"):
        estimate([0, 1], ["a"])
    with pytest.raises(UserError, match="all 2 questions are in one cluster, 'a'"):
        estimate([0, 1], ["a", "a"])


def test_an_accuracys_interval_knows_of_clusters_and_keeps_its_width() -> None:
    column = [1.0] * 300 + [0.0] * 100
    assert accuracy_interval(column) == wilson(300, 400)
    assert accuracy_interval(column, range(400)) == pytest.approx(wilson(300, 400), abs=1e-3)
    # a hundred groups of four that go right and wrong together say as much as a hundred problems
    grouped = accuracy_interval(column, [n // 4 for n in range(400)])
    assert grouped == pytest.approx(wilson(75, 100), abs=5e-3)
    assert accuracy_interval([1.0] * 400, [n // 4 for n in range(400)]) == pytest.approx(
        wilson(100, 100), abs=1e-3
    )


def test_few_clusters_say_little() -> None:
    thirds = [1.0] * 10 + [0.0] * 10 + [1.0] * 10
    low, high = accuracy_interval(thirds, [n // 10 for n in range(30)])
    assert low < 0.1
    assert high > 0.95
    assert accuracy_interval([1.0] * 100, [n % 2 for n in range(100)]) == wilson(1, 1)
    assert accuracy_interval([0.5], ["alone"]) == wilson(0.5, 1)
