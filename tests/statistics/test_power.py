"""How many problems are needed: against a table, statsmodels, and the tests themselves."""

from __future__ import annotations

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower

from harness.statistics import (
    Counts,
    detectable_difference,
    mcnemar,
    paths_deviation,
    problems_needed,
)


@pytest.mark.parametrize(
    ("difference", "discordance", "expected"),
    # by Connor's formula (1987), as computed elsewhere
    [
        (0.01, 0.1, 7847),
        (0.02, 0.1, 1960),
        (0.02, 0.2, 3923),
        (0.03, 0.2, 1742),
        (0.05, 0.25, 783),
    ],
)
def test_problems_needed_by_mcnemar(difference: float, discordance: float, expected: int) -> None:
    assert problems_needed(difference, discordance=discordance) == expected
    assert problems_needed(-difference, discordance=discordance) == expected


def test_problems_needed_by_the_deviation_are_those_of_statsmodels() -> None:
    for difference, deviation in [(0.02, 0.3), (0.1, 0.6), (0.01, 0.1)]:
        expected = NormalIndPower().solve_power(
            effect_size=difference / deviation, power=0.8, alpha=0.05, ratio=0
        )
        assert problems_needed(difference, deviation=deviation) == pytest.approx(expected, abs=1)


def test_that_many_problems_do_find_the_difference() -> None:
    wins, losses = 0.15, 0.07
    problems = problems_needed(wins - losses, discordance=wins + losses)
    draws = numpy.random.default_rng(0).multinomial(
        problems, [wins, losses, 1 - wins - losses], size=1000
    )
    found = sum(mcnemar(int(b), int(c)) < 0.05 for b, c, _ in draws) / 1000
    assert 0.73 < found < 0.84  # the exact test is a little on the safe side


@given(st.floats(0.001, 1), st.integers(5, 100_000))
def test_the_detectable_difference_is_the_inverse(spread: float, problems: int) -> None:
    by_deviation = detectable_difference(problems, deviation=spread)
    if by_deviation < 1:
        assert problems_needed(by_deviation, deviation=spread) in (problems, problems + 1)
    by_square = detectable_difference(problems, discordance=spread)
    assert problems_needed(by_square, discordance=spread) in (problems, problems + 1)
    whole = detectable_difference(problems, discordance=spread, whole=True)
    assert whole >= by_square
    assert problems_needed(whole, discordance=max(spread, whole)) in (problems, problems + 1)


def test_more_problems_find_smaller_differences() -> None:
    found = [detectable_difference(n, discordance=0.2) for n in (1, 4, 50, 500, 5000)]
    assert found == sorted(found, reverse=True)
    assert found[0] == 1
    # 1,319 problems, half of them right, two columns correlated by 1/2: 2 · 0.25 · (1 - 0.5)
    assert detectable_difference(1319, deviation=0.5) == pytest.approx(0.0386, abs=1e-4)


def test_power_refuses_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="one of the two"):
        problems_needed(0.1)
    with pytest.raises(ValueError, match="one of the two"):
        detectable_difference(100, discordance=0.1, deviation=0.3)
    with pytest.raises(ValueError, match="difference of 0"):
        problems_needed(0, discordance=0.1)
    with pytest.raises(ValueError, match="too little"):
        problems_needed(0.5, discordance=0.1)
    with pytest.raises(ValueError, match="0 problems"):
        detectable_difference(0, discordance=0.1)


def test_paths_take_the_part_of_generation_out_and_leave_that_of_the_problems() -> None:
    random = numpy.random.default_rng(2)
    # the difference of a problem is 0.4 or 0, and its chains come by chance
    chances = [numpy.array([0.3, 0.5] * 2000), numpy.array([0.7, 0.5] * 2000)]
    columns = [
        [Counts(int(gold), (8 - int(gold),)) for gold in random.binomial(8, one)] for one in chances
    ]
    for paths in (1, 4, 100):
        within = sum((one * (1 - one)).mean() for one in chances) / paths
        assert paths_deviation(columns[0], columns[1], paths) ** 2 == pytest.approx(
            0.04 + within, rel=0.06
        )


def test_one_chain_does_not_tell_what_more_would_bring() -> None:
    with pytest.raises(ValueError, match="two chains"):
        paths_deviation([Counts(1)] * 5, [Counts(1)] * 5, 2)
