"""Compares two columns on the same problems: the difference, how sure it is, and what would be."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING, Literal

from harness.errors import UserError
from harness.statistics.intervals import CONFIDENCE, grouped, standard_errors
from harness.statistics.power import detectable_difference, problems_needed
from harness.statistics.significance import ROUNDING, mcnemar, permutation

if TYPE_CHECKING:
    from harness.statistics.intervals import Floats


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two columns on the same problems: `difference` is the second's accuracy minus the first's.

    `wins` counts the problems on which the second has more credit, `losses` those on which it has
    less; `both` and `neither` those where the two are equal, with credit and without. `error` is
    the standard error of the difference, None for one problem. `clusters` is their number, None
    where every problem stands for itself.

    At a power of 0.8 and a level of 0.05: `detectable` is the smallest true difference that this
    comparison finds, and `needed` the number of such problems that would show a true difference
    as large as the one seen, None where that is 0.
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
    error: float | None
    detectable: float
    needed: int | None
    clusters: int | None


def compare(
    first: Mapping[str, float],
    second: Mapping[str, float],
    *,
    clusters: Mapping[str, Hashable] | None = None,
    seed: int = 0,
) -> Comparison:
    """Compare two columns of credits (0 to 1) by problem id, two-sided.

    McNemar's exact test where every credit is 0 or 1, else a paired permutation test that flips the
    signs of the differences (see `permutation`, which takes the `seed`). With `clusters`, a label
    for each problem, the problems of a label vary together: interval and error know it, and the
    test flips the signs of whole clusters.

    Raises `UserError` where the two do not hold the same problems (an intersection taken in silence
    would compare something that nobody asked for), where a problem has no label, and where all have
    the same.
    """
    _same_problems(first, second)
    differences = [second[problem] - first[problem] for problem in first]
    labels = None if clusters is None else _labels(clusters, first)
    whole = all(credit in (0, 1) for column in (first, second) for credit in column.values())
    wins = sum(d > ROUNDING for d in differences)
    losses = sum(d < -ROUNDING for d in differences)
    both = sum(
        first[problem] > 0
        for problem, d in zip(first, differences, strict=True)
        if abs(d) <= ROUNDING
    )
    exact = whole and labels is None
    error, detectable, needed = _power(differences, labels, whole)
    return Comparison(
        problems=len(differences),
        difference=sum(differences) / len(differences),
        interval=paired_interval(differences, labels),
        p=mcnemar(wins, losses) if exact else permutation(_summed(differences, labels), seed=seed),
        method="mcnemar" if exact else "permutation",
        wins=wins,
        losses=losses,
        both=both,
        neither=len(differences) - wins - losses - both,
        error=error,
        detectable=detectable,
        needed=needed,
        clusters=None if labels is None else len(set(labels)),
    )


def paired_interval(
    differences: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    confidence: float = CONFIDENCE,
) -> tuple[float, float]:
    """An interval for the mean of paired differences between -1 and 1.

    Bonett and Price's adjusted Wald interval (2012): one win and one loss are added before mean and
    variance are taken. For 0/1 credits that is their formula, and for fractional credits its
    natural extension. The plain interval of the mean has no width at all where no problem differs.
    With `clusters`, a label for each difference, the variance is that of the clusters' sums, the
    win and the loss added being clusters of their own, and Student's t of one degree of freedom
    less than there are clusters stands for the normal quantile.
    """
    from scipy.stats import norm, t

    n = len(differences) + 2
    mean = sum(differences) / n
    quantile = (1 + confidence) / 2
    if clusters is None:
        # Σ (d - mean)²
        squares = sum(d * d for d in differences) + 2 - n * mean * mean
        factor = float(norm.ppf(quantile))
    else:
        sums = _summed([d - mean for d in differences], clusters)
        squares = sum(d * d for d in sums) + (1 - mean) ** 2 + (-1 - mean) ** 2
        factor = float(t.ppf(quantile, len(sums) - 1)) if len(sums) > 1 else float("inf")
    margin = factor * sqrt(squares) / n
    return max(-1.0, mean - margin), min(1.0, mean + margin)


def _power(
    differences: Sequence[float], labels: Sequence[Hashable] | None, whole: bool
) -> tuple[float | None, float, int | None]:
    """The error of the mean difference, the difference detectable, and the problems needed."""
    import numpy

    problems = len(differences)
    column: Floats = numpy.array(differences)
    errors = [standard_errors(column.reshape(-1, 1), one) for one in (None, labels)]
    plain, clustered = (None if error is None else float(error[0]) for error in errors)
    # how many problems in clusters say as much as one that stands for itself (Kish, 1965)
    design = (clustered / plain) ** 2 if plain and clustered else 1.0
    square, mean = float((column**2).mean()), float(column.mean())
    # as in the interval, one win and one loss more: no difference seen is not none possible
    adjusted = (square * problems + 2) / (problems + 2)
    detectable = detectable_difference(problems / design, discordance=adjusted, whole=whole)
    if abs(mean) <= ROUNDING:
        return clustered, detectable, None
    needed = problems_needed(mean, discordance=max(square, mean**2))
    return clustered, detectable, ceil(round(needed * design, 6))


def _summed(values: Sequence[float], clusters: Sequence[Hashable] | None) -> Sequence[float]:
    """The sum of each cluster's values; the values themselves where there are no clusters."""
    if clusters is None:
        return values
    sums: dict[Hashable, float] = {}
    for label, value in zip(clusters, values, strict=True):
        sums[label] = sums.get(label, 0.0) + value
    return list(sums.values())


def _labels(clusters: Mapping[str, Hashable], problems: Mapping[str, float]) -> list[Hashable]:
    missing = problems.keys() - clusters.keys()
    if missing:
        raise UserError(
            f"{len(missing)} of {len(problems)} problems have no cluster, as {min(missing)!r}: "
            "cluster by a tag that all problems have"
        )
    labels = [clusters[problem] for problem in problems]
    grouped(labels, len(labels))  # raises where all are the same
    return labels


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
