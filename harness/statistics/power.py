"""How many problems a paired comparison needs, and how small a difference it can find.

Both are by the normal approximation, two-sided, for a difference between the accuracies of two
columns on the same problems. How much the problems vary is given in one of two ways.

`discordance` is the mean square of the paired differences: with credits of 0 and 1, the share of
problems on which one column is right and the other wrong. This is the variance under the null, and
less the squared difference the variance under the alternative: McNemar's test (Connor, 1987).
`deviation` is the standard deviation of the paired differences (Miller, 2024, arXiv:2411.00640).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt

from harness.statistics.counts import Counts

POWER = 0.8
ALPHA = 0.05


def problems_needed(
    difference: float,
    *,
    discordance: float | None = None,
    deviation: float | None = None,
    power: float = POWER,
    alpha: float = ALPHA,
) -> int:
    """The problems with which a true `difference` is found significant with probability `power`.

    (z_(1 - alpha / 2) √discordance + z_power √(discordance - difference²))² / difference², or
    (z_(1 - alpha / 2) + z_power)² deviation² / difference². Raises `ValueError` unless exactly one
    of the two is given, for a difference of 0, and for a discordance below its square.
    """
    from statsmodels.stats.power import normal_sample_size_one_tail

    null, alternative = _deviations(difference, discordance, deviation)
    if difference == 0:
        raise ValueError("no number of problems shows a difference of 0")
    size = normal_sample_size_one_tail(
        abs(difference), power, alpha / 2, std_null=null, std_alternative=alternative
    )
    return max(1, ceil(float(size)))


def detectable_difference(
    problems: float,
    *,
    discordance: float | None = None,
    deviation: float | None = None,
    whole: bool = False,
    power: float = POWER,
    alpha: float = ALPHA,
) -> float:
    """The smallest true difference that `problems` show with probability `power`; at most 1.

    The inverse of `problems_needed`. `whole` says that credits are 0 or 1: a difference then takes
    at least as large a discordance, which grows with it where that given is less. `problems` need
    not be whole (a number divided by a design effect). Raises `ValueError` for no problems and
    unless exactly one of the two is given.
    """
    from scipy.stats import norm

    if problems <= 0:
        raise ValueError(f"{problems} problems show no difference")
    null, _ = _deviations(0.0, discordance, deviation)
    z, z_power = float(norm.ppf(1 - alpha / 2)), float(norm.ppf(power))
    if discordance is None:
        return min(1.0, (z + z_power) * null / sqrt(problems))
    if problems <= z**2:
        return 1.0
    # either way the formula above solved for the difference, a quadratic equation
    a, b = problems + z_power**2, z * sqrt(problems) * null
    difference = (b + sqrt(b**2 - a * (z**2 - z_power**2) * null**2)) / a
    if whole and difference > discordance:
        b = z * z_power
        difference = 1 - ((sqrt(b**2 - a * (z**2 - problems)) - b) / a) ** 2
    return min(1.0, difference)


def _deviations(
    difference: float, discordance: float | None, deviation: float | None
) -> tuple[float, float]:
    """The standard deviation of a paired difference under the null and under the alternative."""
    if (discordance is None) == (deviation is None):
        raise ValueError("give the discordance or the deviation of the differences, one of the two")
    if discordance is None:
        assert deviation is not None
        return deviation, deviation
    if discordance < difference**2:
        raise ValueError(
            f"a mean square of {discordance} is too little for differences of mean {difference}"
        )
    return sqrt(discordance), sqrt(discordance - difference**2)


def paths_deviation(first: Sequence[Counts], second: Sequence[Counts], paths: int) -> float:
    """The deviation of a problem's difference where each column draws so many paths, for their mean.

    `first` and `second` are the chains of the same problems, each with two or more. What they vary
    by is parted into that of the problems, and that of generation (Miller, 2024, arXiv:2411.00640), of which
    only the second falls with the number of paths. Raises `ValueError` for fewer than two problems
    or chains.
    """
    import numpy

    if len(first) < 2 or min((one.paths for one in (*first, *second)), default=0) < 2:
        raise ValueError("two problems with two chains each are the least that say how they vary")
    parts = [[one.gold / one.paths for one in column] for column in (first, second)]
    # p (1 - p) / (n - 1) is without bias the variance of a mean of n chains, n times that of one chain's
    means = [
        p * (1 - p) / (one.paths - 1)
        for column, shares in zip((first, second), parts, strict=True)
        for p, one in zip(shares, column, strict=True)
    ]
    single = [mean * one.paths for mean, one in zip(means, (*first, *second), strict=True)]
    ours, theirs = map(numpy.array, parts)
    seen = float(numpy.var(ours - theirs, ddof=1))
    questions = max(0.0, seen - sum(means) / len(first))
    return sqrt(questions + sum(single) / len(first) / paths)
