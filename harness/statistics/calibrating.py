"""Calibration of the vote share: whether answers that more chains agree on are more often right.

The share of the winning answer is taken as the probability that it is right. A tie's credit, the
gold's share in it, counts as that chance of being right; all measures are expected values over such
draws, so that nothing here is random and 0/1 credits give the usual definitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.statistics.intervals import wilson

if TYPE_CHECKING:
    from harness.statistics.intervals import Floats

BINS = 10
COVERAGES = (0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Bin:
    """The problems whose share is above `low` and at most `high` (or 0, in the first bin).

    Their number, mean share, accuracy, and its 95 % interval (Wilson).
    """

    low: float
    high: float
    problems: int
    share: float
    accuracy: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well vote shares tell right from wrong; all are fractions of 1.

    `ece`: expected calibration error over equally wide bins (Guo et al., 2017, arXiv:1706.04599),
    whose number is `bins`; `reliability` holds those that are not empty. `adaptive_ece`: the same over as
    many bins that are equally full (Nixon et al., 2019, arXiv:1904.01685). Both are at least 0 and
    above it by chance alone in small samples. `brier`: mean squared distance (Brier, 1950). `auroc`:
    the chance that a right answer has the larger share of a right and a wrong one, equal shares
    counting half; None where all are right or all wrong. `coverage`: pairs of a part of the
    problems and the accuracy on that part of them with the largest shares.
    """

    problems: int
    bins: int
    ece: float
    adaptive_ece: float
    brier: float
    auroc: float | None
    coverage: tuple[tuple[float, float], ...]
    reliability: tuple[Bin, ...]


def calibration(
    shares: Sequence[float], correct: Sequence[float], *, bins: int = BINS
) -> Calibration:
    """The calibration of winners' shares (0 to 1), given the credit of each (`correct`, 0 to 1).

    Raises `ValueError` for no problems, unequal numbers, or values outside 0..1.
    """
    import numpy

    share: Floats = numpy.array(shares, dtype=float)
    credit: Floats = numpy.array(correct, dtype=float)
    if not len(share) or share.shape != credit.shape:
        raise ValueError(f"{len(share)} shares and {len(credit)} credits have no calibration")
    if not ((share >= 0) & (share <= 1) & (credit >= 0) & (credit <= 1)).all():
        raise ValueError("shares and credits lie between 0 and 1")
    filled = _bins(share, credit, bins)
    ece = sum(one.problems * abs(one.accuracy - one.share) for one in filled) / len(share)
    return Calibration(
        problems=len(share),
        bins=bins,
        ece=ece,
        adaptive_ece=_adaptive(share, credit, bins),
        brier=float((credit * (1 - share) ** 2 + (1 - credit) * share**2).mean()),
        auroc=auroc(shares, correct),
        coverage=accuracy_at_coverage(shares, correct),
        reliability=filled,
    )


def auroc(shares: Sequence[float], correct: Sequence[float]) -> float | None:
    """The area under the ROC curve of telling right from wrong by the share: see `Calibration`.

    For credits of 0 and 1 it is the Mann-Whitney U statistic divided by its largest value.
    """
    import numpy

    levels, place = numpy.unique(numpy.asarray(shares, dtype=float), return_inverse=True)
    right = numpy.bincount(place, weights=correct, minlength=len(levels))
    wrong = numpy.bincount(place, minlength=len(levels)) - right
    pairs = right.sum() * wrong.sum()
    if pairs <= 0:
        return None
    below = wrong.cumsum() - wrong
    return float((right * (below + wrong / 2)).sum() / pairs)


def accuracy_at_coverage(
    shares: Sequence[float],
    correct: Sequence[float],
    coverages: Sequence[float] = COVERAGES,
) -> tuple[tuple[float, float], ...]:
    """The accuracy on the part of the problems with the largest shares, for each part (above 0).

    Problems of equal share come in random order, of which this is the expected value; a part of
    10.5 problems holds half of the eleventh.
    """
    import numpy

    share: Floats = numpy.asarray(shares, dtype=float)
    counts = numpy.array(coverages) * len(share)
    reached = numpy.interp(counts, *_cumulated(-share, numpy.asarray(correct, dtype=float)))
    return tuple(
        (float(part), float(right / problems))
        for part, right, problems in zip(coverages, reached, counts, strict=True)
    )


def _cumulated(order: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Numbers of problems, lowest `order` first, and the sum of their values.

    Within equal orders the sum grows evenly: only the ends of those are given.
    """
    import numpy

    _, place, numbers = numpy.unique(order, return_inverse=True, return_counts=True)
    sums = numpy.bincount(place, weights=values)
    return numpy.append(0.0, numbers.cumsum()), numpy.append(0.0, sums.cumsum())


def _bins(share: Floats, credit: Floats, bins: int) -> tuple[Bin, ...]:
    import numpy

    # a share of 3/10 belongs below the bound at 0.3, whatever its last binary digit says
    place = numpy.ceil(share * bins - 1e-9).astype(int).clip(1, bins) - 1
    filled = []
    for number in numpy.unique(place):
        inside = place == number
        problems, right = int(inside.sum()), float(credit[inside].sum())
        filled.append(
            Bin(
                low=float(number / bins),
                high=float((number + 1) / bins),
                problems=problems,
                share=float(share[inside].mean()),
                accuracy=right / problems,
                interval=wilson(right, problems),
            )
        )
    return tuple(filled)


def _adaptive(share: Floats, credit: Floats, bins: int) -> float:
    """The calibration error over equally full bins; problems of equal share are divided evenly."""
    import numpy

    edges = numpy.linspace(0, len(share), bins + 1)
    numbers, distance = _cumulated(share, credit - share)
    sums = numpy.diff(numpy.interp(edges, numbers, distance))
    return float(numpy.abs(sums).sum() / len(share))
