"""Says how sure a mean over questions is: Wilson's interval, and errors that know of clusters."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import UserError

if TYPE_CHECKING:
    import numpy

    Floats = numpy.ndarray[tuple[int], numpy.dtype[numpy.float64]]
    Matrix = numpy.ndarray[tuple[int, int], numpy.dtype[numpy.float64]]
    Whole = numpy.ndarray[tuple[int], numpy.dtype[numpy.int64]]

# SciPy and statsmodels take a second to import, so each function of this package imports what it
# needs.

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over questions with its standard error and its 95 % interval, as fractions of 1.

    With a single question nothing is known about others: `error` is None, the interval (0, 1).
    """

    mean: float
    error: float | None
    interval: tuple[float, float]


def wilson(
    credit: float, problems: float, *, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Wilson's interval (1927) for an accuracy of `credit` right answers of `problems`.

    `credit` may be fractional, as ties share: a mean of credits between 0 and 1 varies at most as
    much as one of 0 and 1 with the same mean, so the interval is then on the wide side. `problems`
    need not be whole (a number divided by a design effect). Raises `ValueError` for less than one of
    them or a credit outside 0..problems.
    """
    from statsmodels.stats.proportion import proportion_confint

    if problems < 1 or not 0 <= credit <= problems:
        raise ValueError(f"a credit of {credit} for {problems} problems has no interval")
    low, high = proportion_confint(credit, problems, alpha=1 - confidence, method="wilson")
    # 0 and 1 are reached exactly in theory, and missed by 1e-17 in floating point
    return (float(low) if credit > 0 else 0.0, float(high) if credit < problems else 1.0)


def accuracy_interval(
    column: Sequence[float], clusters: Sequence[Hashable] | None = None
) -> tuple[float, float]:
    """Wilson's interval for the mean of credits between 0 and 1.

    With `clusters`, a label for each credit, it is that of as many problems that stand for
    themselves as say as much (Kish, 1965; Korn and Graubard, 1998): n divided by the design effect,
    the squared error that knows of clusters over the one that does not (1 where it is less), times
    (z / t)² with Student's t of one degree of freedom less than there are clusters. Where all
    credits are equal, which tells nothing of that effect, each cluster counts as one problem. So it
    keeps a width, which mean ± error does not. Raises as `estimate` does.
    """
    import numpy
    from scipy.stats import norm, t

    problems = len(column)
    mean = min(float(sum(column)) / problems, 1.0) if problems else 0.0
    if clusters is None or problems < 2:
        return wilson(mean * problems, problems)
    values = numpy.asarray(column, dtype=float).reshape(-1, 1)
    plain, clustered = (standard_errors(values, labels) for labels in (None, clusters))
    assert plain is not None
    assert clustered is not None
    groups = len(set(clusters))
    design = max(1.0, float(clustered[0] / plain[0]) ** 2) if plain[0] else problems / groups
    quantile = (1 + CONFIDENCE) / 2
    few = (float(norm.ppf(quantile)) / float(t.ppf(quantile, groups - 1))) ** 2
    effective = max(1.0, problems / design * few)
    return wilson(mean * effective, effective)


def clustered(labels: Sequence[Hashable]) -> Sequence[Hashable] | None:
    """The labels where they make clusters; None where each stands for itself, or all for one."""
    return labels if 1 < len(set(labels)) < len(labels) else None


def estimate(
    values: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """The mean of values between 0 and 1, with the error that the central limit theorem gives.

    The error is for new questions *and* new chains. Questions that share a label in `clusters` (one
    label per value: a template, a duplicate, a translated item) may go right and wrong together
    (Miller, 2024, arXiv:2411.00640; d_i is a value less the mean, n their number):

        error² = Σ d_i² / (n (n - 1)) + Σ_clusters Σ_(i≠j) d_i d_j / n²

    The interval is mean ± t error, cut to 0..1, with Student's t of one degree of freedom less than
    there are questions, or clusters. It has no width where all values are equal: Wilson's has.
    Raises `ValueError` for no values or not one label each, `UserError` for a single cluster.
    """
    import numpy

    column = numpy.asarray(values, dtype=float).reshape(-1, 1)
    return estimates(column, clusters, confidence=confidence)[0]


def estimates(
    values: Matrix,
    clusters: Sequence[Hashable] | None = None,
    *,
    confidence: float = CONFIDENCE,
) -> tuple[Estimate, ...]:
    """As `estimate`, for each column of a (questions, columns) matrix."""
    import numpy
    from scipy.stats import t

    errors = standard_errors(values, clusters)
    means = values.mean(axis=0)
    if errors is None:
        return tuple(Estimate(float(mean), None, (0.0, 1.0)) for mean in means)
    units = len(values) if clusters is None else len(set(clusters))
    margins = float(t.ppf((1 + confidence) / 2, units - 1)) * errors
    lows, highs = numpy.maximum(means - margins, 0), numpy.minimum(means + margins, 1)
    return tuple(
        Estimate(float(mean), float(error), (float(low), float(high)))
        for mean, error, low, high in zip(means, errors, lows, highs, strict=True)
    )


def standard_errors(values: Matrix, clusters: Sequence[Hashable] | None = None) -> Floats | None:
    """The error of each column's mean by the formula of `estimate`; None for a single row.

    `values` is a (questions, columns) matrix of any numbers; raises as `estimate` does.
    """
    import numpy

    questions = len(values)
    if not questions:
        raise ValueError("no questions: their mean does not exist")
    groups = None if clusters is None else grouped(clusters, questions)
    if questions == 1:
        return None
    centred = values - values.mean(axis=0)
    squares = (centred**2).sum(axis=0)
    variance = squares / questions / (questions - 1)
    if groups is not None:
        sums = numpy.zeros((groups.max() + 1, values.shape[1]))
        numpy.add.at(sums, groups, centred)
        variance = variance + ((sums**2).sum(axis=0) - squares) / questions**2
    errors: Floats = numpy.sqrt(numpy.maximum(variance, 0))  # below 0 only by rounding
    return errors


def grouped(clusters: Sequence[Hashable], questions: int) -> Whole:
    """The labels as numbers from 0, in the order in which they first appear."""
    import numpy

    if len(clusters) != questions:
        raise ValueError(f"{len(clusters)} cluster labels for {questions} questions")
    numbers: dict[Hashable, int] = {}
    groups = [numbers.setdefault(label, len(numbers)) for label in clusters]
    if len(numbers) == 1 and questions > 1:
        raise UserError(
            f"all {questions} questions are in one cluster, {next(iter(numbers))!r}, and an error "
            "needs at least two: cluster by a tag in which the questions differ"
        )
    return numpy.array(groups, dtype=numpy.int64)
