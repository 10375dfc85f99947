"""McNemar, sign flips and Holm against SciPy, statsmodels and brute force."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test
from statsmodels.stats.contingency_tables import mcnemar as reference_mcnemar
from statsmodels.stats.multitest import multipletests

from harness.statistics import holm, mcnemar, permutation

shares = st.sampled_from([Fraction(1, n) for n in (1, 2, 3, 4, 5, 7)] + [Fraction(0)])


def scipy_permutation(differences: list[float]) -> float:
    result = permutation_test(
        (differences,),
        numpy.sum,
        permutation_type="samples",
        n_resamples=9_999,
        rng=numpy.random.default_rng(0),
    )
    return float(result.pvalue)


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


@given(st.lists(st.tuples(shares, shares), min_size=1, max_size=10))
@settings(max_examples=100)
def test_permutation_counts_all_flips(pairs: list[tuple[Fraction, Fraction]]) -> None:
    exact = [one - other for one, other in pairs]
    observed = abs(sum(exact, Fraction(0)))
    sums = [
        abs(sum((sign * d for sign, d in zip(signs, exact, strict=True)), Fraction(0)))
        for signs in product([1, -1], repeat=len(exact))
    ]
    expected = sum(one >= observed for one in sums) / len(sums)
    # as credits come: floats, whose differences are not quite those of the fractions
    assert permutation([float(a) - float(b) for a, b in pairs]) == pytest.approx(expected)


@pytest.mark.parametrize("parts", [40, 60, 7])
def test_permutation_of_many_problems_agrees_with_scipy(parts: int) -> None:
    random = numpy.random.default_rng(parts)
    differences = (random.binomial(parts, 0.5, 300) - random.binomial(parts, 0.52, 300)) / parts
    # four standard deviations of 9,999 random flips
    assert permutation(list(differences)) == pytest.approx(
        scipy_permutation(list(differences)), abs=0.02
    )


def test_permutation_of_differences_without_a_common_fraction_agrees_with_scipy() -> None:
    random = numpy.random.default_rng(1)
    few, many = random.normal(0.2, 0.3, 12), random.normal(0.04, 0.3, 300)
    assert permutation(list(few)) == pytest.approx(scipy_permutation(list(few)))  # both are exact
    found = permutation(list(many))
    assert found == pytest.approx(scipy_permutation(list(many)), abs=0.02)
    assert found == permutation(list(many), seed=0)
    assert found == pytest.approx(permutation(list(many), seed=1), abs=0.02)


def test_permutation_is_mcnemar_for_thousands_of_problems() -> None:
    for wins, losses in [(2500, 2400), (4000, 3700), (600, 600), (70, 20)]:
        differences = [0.5] * wins + [-0.5] * losses
        assert permutation(differences) == pytest.approx(mcnemar(wins, losses), abs=1e-11)


def test_permutation_never_says_impossible() -> None:
    assert 0 < permutation([1.0] * 5000) <= 1e-12


@given(st.lists(st.floats(-1, 1), max_size=30))
def test_permutation_is_a_probability_for_any_differences(differences: list[float]) -> None:
    assert 0 < permutation(differences) <= 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
@settings(max_examples=10, deadline=None)  # statsmodels collects all garbage in every call
def test_holm_is_that_of_statsmodels(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert adjusted == pytest.approx(multipletests(p_values, method="holm")[1])
    assert all(p <= more <= 1 for p, more in zip(p_values, adjusted, strict=True))


def test_holm_by_hand() -> None:
    # the smallest of four times 4, the next times 3, ..., never less than one before it
    assert holm([0.04, 0.01, 0.03, 0.005]) == pytest.approx([0.06, 0.03, 0.06, 0.02])
    assert holm([]) == ()
    assert holm([0.2]) == (0.2,)
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.5, float("nan")])
