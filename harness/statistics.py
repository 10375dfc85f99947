"""Says how sure a number is, and whether two numbers differ. Every accuracy here has its n."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Literal

from harness.errors import UserError

if TYPE_CHECKING:
    import numpy

    Floats = numpy.ndarray[tuple[int], numpy.dtype[numpy.float64]]

# SciPy and statsmodels take a second to import, so each function imports what it needs.

CONFIDENCE = 0.95
RESAMPLES = 9_999
"""Random sign flips of a permutation test; the smallest p-value is then 1 in 10,000."""

MEMORY = 4_000_000
"""Numbers that a permutation test holds at a time: 32 MB."""


def wilson(credit: float, problems: int, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson's interval (1927) for an accuracy of `credit` right answers of `problems`.

    `credit` may be fractional, as ties share: a mean of credits between 0 and 1 varies at most as
    much as one of 0 and 1 with the same mean, so the interval is then on the wide side. Raises
    `ValueError` for no problems or a credit outside 0..problems.
    """
    from statsmodels.stats.proportion import proportion_confint

    if problems < 1 or not 0 <= credit <= problems:
        raise ValueError(f"a credit of {credit} for {problems} problems has no interval")
    low, high = proportion_confint(credit, problems, alpha=1 - confidence, method="wilson")
    # 0 and 1 are reached exactly in theory, and missed by 1e-17 in floating point
    return (float(low) if credit > 0 else 0.0, float(high) if credit < problems else 1.0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two columns on the same problems: `difference` is the second's accuracy minus the first's.

    `wins` counts the problems on which the second has more credit, `losses` those on which it has
    less; `both` and `neither` those where the two are equal, with credit and without.
    """

    problems: int
    difference: float
    interval: tuple[float, float]
    p: float
    method: Literal["mcnemar", "permutation"]
    wins: int
    losses: int
    both: int
    neither: int


def compare(
    first: Mapping[str, float], second: Mapping[str, float], *, seed: int = 0
) -> Comparison:
    """Compare two columns of credits (0 to 1) by problem id, two-sided.

    McNemar's exact test where every credit is 0 or 1, else a paired permutation test that flips the
    signs of the differences (exact up to 13 differing problems, else `RESAMPLES` draws from
    `seed`). Raises `UserError` where the two do not hold the same problems: an intersection taken
    in silence would compare something that nobody asked for.
    """
    _same_problems(first, second)
    differences = [second[problem] - first[problem] for problem in first]
    whole = all(credit in (0, 1) for column in (first, second) for credit in column.values())
    wins = sum(d > 0 for d in differences)
    losses = sum(d < 0 for d in differences)
    level = [problem for problem in first if first[problem] == second[problem]]
    both = sum(first[problem] > 0 for problem in level)
    return Comparison(
        problems=len(differences),
        difference=sum(differences) / len(differences),
        interval=paired_interval(differences),
        p=mcnemar(wins, losses) if whole else permutation(differences, seed=seed),
        method="mcnemar" if whole else "permutation",
        wins=wins,
        losses=losses,
        both=both,
        neither=len(level) - both,
    )


def mcnemar(wins: int, losses: int) -> float:
    """The exact two-sided p-value of McNemar (1947): how odd this split of discordant pairs is."""
    from scipy.stats import binomtest

    if wins + losses == 0:
        return 1.0
    return float(binomtest(wins, wins + losses, 0.5).pvalue)


def permutation(differences: Sequence[float], *, seed: int = 0) -> float:
    """The two-sided p-value of a sign-flip test: would the mean be as far from 0 by chance?"""
    import numpy
    from scipy.stats import permutation_test

    # Problems without a difference add 0 under every flip: without them the test is the same,
    # faster.
    some: Floats = numpy.array([d for d in differences if d != 0])
    if len(some) == 0:
        return 1.0
    if len(some) == 1:
        return 1.0  # both signs are equally far from 0; SciPy asks for at least two
    result = permutation_test(
        (some,),
        _sum,
        permutation_type="samples",
        n_resamples=RESAMPLES,
        batch=max(1, MEMORY // len(some)),
        vectorized=True,
        rng=numpy.random.default_rng(seed),
    )
    return float(result.pvalue)


def paired_interval(
    differences: Sequence[float], *, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """An interval for the mean of paired differences between -1 and 1.

    Bonett and Price's adjusted Wald interval (2012): one win and one loss are added before mean and
    variance are taken. For 0/1 credits that is their formula, and for fractional credits its
    natural extension. The plain interval of the mean has no width at all where no problem differs.
    """
    from scipy.stats import norm

    n = len(differences) + 2
    mean = sum(differences) / n
    square = (sum(d * d for d in differences) + 2) / n
    margin = float(norm.ppf((1 + confidence) / 2)) * sqrt((square - mean * mean) / n)
    return max(-1.0, mean - margin), min(1.0, mean + margin)


def _sum(values: Floats, axis: int) -> Floats:
    total: Floats = values.sum(axis=axis)
    return total


def _same_problems(first: Mapping[str, float], second: Mapping[str, float]) -> None:
    missing, extra = first.keys() - second.keys(), second.keys() - first.keys()
    if missing or extra:
        example = min(missing or extra)
        raise UserError(
            f"the two columns hold different problems ({len(first)} and {len(second)}; only in the "
            f"first are {len(missing)}, only in the second {len(extra)}, as {example!r}): "
            "compare runs of the same problems"
        )
    if not first:
        raise UserError("two columns without problems cannot be compared")
