"""P-values of paired comparisons: McNemar's test, the sign-flip test, and Holm over many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.statistics.intervals import Floats, Whole

RESAMPLES = 9_999
"""Random sign flips where all cannot be counted; the smallest p-value is then 1 in 10,000."""

MEMORY = 4_000_000
"""Numbers that random sign flips hold at a time: 32 MB."""

ROUNDING = 1e-12
"""Credits that are less apart are equal, and a smaller p-value is given as this."""

FINEST = 5_040
"""The largest denominator that is looked for: credits shared among 2 to 10 answers have 2,520."""

LONGEST = 2**22
"""The most values that the sum of differences may take if all are to be counted: 64 MB."""


def mcnemar(wins: int, losses: int) -> float:
    """The exact two-sided p-value of McNemar (1947): how odd this split of discordant pairs is."""
    from scipy.stats import binomtest

    if wins + losses == 0:
        return 1.0
    return float(binomtest(wins, wins + losses, 0.5).pvalue)


def permutation(differences: Sequence[float], *, seed: int = 0) -> float:
    """The two-sided p-value of a sign-flip test: would the sum be as far from 0 by chance?

    Exact over all 2^n flips where the differences are multiples of one fraction, as differences of
    shared credit and of means over equal numbers of chains are, unless their sum in it could reach
    `LONGEST`. Otherwise exact for up to 13 differences, else from `RESAMPLES` random flips drawn
    from `seed`.
    """
    import numpy

    # Problems without a difference add 0 under every flip: without them the test is the same.
    some: Floats = numpy.array([d for d in differences if abs(d) > ROUNDING])
    if len(some) < 2:
        return 1.0  # both signs are equally far from 0
    units = _units(some)
    return _flipped(some, seed) if units is None else _counted(units)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """The p-values adjusted for being several, by Holm (1979), in the same order.

    Rejecting those of at most alpha keeps the chance of any false rejection at most alpha, however
    the tests depend on each other. Raises `ValueError` for what is no p-value.
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError(f"p-values lie between 0 and 1: {list(p_values)}")
    # statsmodels has it, too, and collects all garbage at every call: a fifth of a second, in a
    # report that asks for it dozens of times
    adjusted = [0.0] * len(p_values)
    least, left = 0.0, len(p_values)
    for index in sorted(range(left), key=p_values.__getitem__):
        least = max(least, min(1.0, left * p_values[index]))
        adjusted[index] = least
        left -= 1
    return tuple(adjusted)


def _units(differences: Floats) -> Whole | None:
    """The differences as whole numbers of the largest fraction that divides them all, if any."""
    import numpy

    sizes = numpy.unique(numpy.abs(differences).round(12))
    relative = sizes / sizes[0]
    whole = numpy.arange(1, FINEST + 1)
    for size in relative:
        multiples = size * whole
        whole = whole[numpy.abs(multiples - numpy.rint(multiples)) < 1e-7]
        if not len(whole):
            return None
    units = numpy.rint(differences / sizes[0] * whole[0]).astype(numpy.int64)
    return units if numpy.abs(units).sum() < LONGEST else None


def _counted(units: Whole) -> float:
    """The p-value from the distribution of the sum over all flips, by its Fourier transform.

    Of S, the sum of all sizes u, the flips take T away twice, T a sum of independent numbers that
    are 0 or u. At frequency q of N, T has the characteristic function
    exp(-i pi S q / N) Π cos(pi u q / N).
    """
    import numpy
    from scipy.fft import irfft, next_fast_len

    observed, total = abs(int(units.sum())), int(numpy.abs(units).sum())
    if observed == 0:
        return 1.0
    length = next_fast_len(total + 1, real=True)
    spectrum = numpy.zeros(length // 2 + 1, dtype=complex)
    # Factors soon leave next to nothing of most frequencies, and the rest of the work with them:
    # the largest exponents go first.
    alive, left = numpy.arange(len(spectrum)), numpy.ones(len(spectrum))
    sizes, numbers = numpy.unique(numpy.abs(units), return_counts=True)
    for place in numpy.argsort(-numbers):
        # in whole numbers as long as possible: cos(pi x) repeats after 2
        angle = numpy.pi * (sizes[place] * alive % (2 * length) / length)
        left = left * numpy.cos(angle) ** numbers[place]
        kept = numpy.abs(left) > ROUNDING / length
        alive, left = alive[kept], left[kept]
    spectrum[alive] = left * numpy.exp(-1j * numpy.pi * (total * alive % (2 * length) / length))
    chances = irfft(spectrum, length)
    tail = float(chances[: (total - observed) // 2 + 1].sum())
    return min(1.0, max(2 * tail, ROUNDING))


def _flipped(differences: Floats, seed: int) -> float:
    """The p-value from all flips of few differences, else from random ones, the observed included.

    SciPy's `permutation_test` does the same: 25,000 differences take it 14 s, and this 1 s.
    """
    import numpy

    number, sizes = len(differences), numpy.abs(differences)
    # what differs by rounding alone is as far from 0
    far = abs(differences.sum()) - ROUNDING * sizes.sum()
    if 2**number <= RESAMPLES:
        flips = numpy.arange(2**number)[:, None] >> numpy.arange(number) & 1
        return float((numpy.abs(sizes.sum() - 2 * flips @ sizes) >= far).mean())
    random, batch, as_far = numpy.random.default_rng(seed), max(1, MEMORY // number), 0
    for start in range(0, RESAMPLES, batch):
        shape = min(batch, RESAMPLES - start), number
        signed = sizes.sum() - 2 * random.integers(0, 2, shape, dtype=bool) @ sizes
        as_far += int((numpy.abs(signed) >= far).sum())
    return (as_far + 1) / (RESAMPLES + 1)
