"""Is a mean of paired differences above a value? Bets that stay valid however often one looks.

A gambler who holds "the mean is at most m" for wrong bets a part of their wealth on each difference
before it is seen. If it is right, no bet is favourable, and the chance that the wealth ever reaches c
times what it was at the start is at most 1 / c (Ville, 1939). So the wealth is an e-value at every look, and
the values m that it leaves standing are a confidence sequence (Waudby-Smith and Ramdas, 2024,
arXiv:2010.09686). Where the problems are drawn without replacement from a set of known size, those
that were seen say what is left: the bet is against the mean of the rest, and once all are seen the
mean is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.float64]]

BETS = (0.02, 0.04, 0.08, 0.15, 0.3, 0.5, 0.7, 0.9)
"""The parts of the wealth that are bet, an eighth of it each way ("grid Kelly" in the paper): the best
of them is about the mean over the mean square of the differences, and nobody knows it beforehand."""

MOST = 0.95
"""No bet loses more than this part of its wealth on one difference: one flip must not end it."""

ROUNDING = 1e-9
HALVINGS = 40


class Bets:
    """The wealth of those who bet against "the mean is at most `mean`", for several means at once.

    `mean` has the shape (m,). With `population` the differences are drawn from so many without
    replacement, in random order, and the mean is that of them all; without, each is drawn anew.
    """

    def __init__(self, mean: Array, *, population: int | None = None) -> None:
        import numpy

        self._mean, self._population = mean, population
        self._sums, self._counts = numpy.zeros(len(mean)), numpy.zeros(len(mean), dtype=int)
        self._wealth = numpy.ones((len(BETS), len(mean)))
        self._impossible = numpy.zeros(len(mean), dtype=bool)

    def add(self, differences: Array, which: Any = slice(None)) -> Array:
        """The natural logarithm of the wealth after each of the next differences: shape (p, n).

        `differences`, of the shape (p, n), lie between -1 and 1 and are those of the means `which`
        (p indices; all). One that is missing (nan) counts as the mean that is bet against: so
        the others alone say whether theirs is larger. Wealth begins at 1, and is infinite where the
        mean cannot be so low.
        """
        import numpy

        number = differences.shape[1]
        mean = self._mean[which, None]
        differences = numpy.where(numpy.isnan(differences), mean, differences)
        if self._population is None:
            expected, impossible = mean, numpy.zeros(differences.shape, dtype=bool)
        else:
            sums = self._sums[which, None] + differences.cumsum(axis=1)
            after = self._population - self._counts[which, None] - numpy.arange(1, number + 1)
            # what those not yet seen would have to sum up to
            rest = self._population * mean - sums
            impossible = numpy.maximum.accumulate(rest < -after - ROUNDING, axis=1)
            impossible |= self._impossible[which, None]
            # above 1 all that is left cannot make the mean larger, and whoever bets loses
            expected = numpy.maximum((rest + differences) / (after + 1), -1)
            self._sums[which], self._impossible[which] = sums[:, -1], impossible[:, -1]
        self._counts[which] += number
        total = numpy.zeros(differences.shape)
        gain, room = differences - expected, (1 + expected) / MOST
        # beyond what a float holds, all is decided
        with numpy.errstate(over="ignore", under="ignore", divide="ignore"):
            for place, bet in enumerate(BETS):
                factors = 1 + bet / numpy.maximum(1, bet * room) * gain
                wealth = factors.cumprod(axis=1) * self._wealth[place, which, None]
                self._wealth[place, which] = wealth[:, -1]
                total += wealth
            return numpy.where(impossible, numpy.inf, numpy.log(total / len(BETS)))


def log_e_value(
    differences: Sequence[float], mean: float, *, population: int | None = None
) -> float:
    """The largest logarithm of the wealth that has been reached against "the mean is at most `mean`".

    It begins at 0. At log(1 / alpha) and above the mean is larger, with an error of at most alpha
    over all looks together. `differences` and `population` as in `Bets`.
    """
    import numpy

    column = numpy.array([differences], dtype=float)
    if not column.size:
        return 0.0
    return max(0.0, float(Bets(numpy.array([mean]), population=population).add(column).max()))


def confidence_sequence(
    differences: Array, *, alpha: float, population: int | None = None
) -> tuple[Array, Array]:
    """Lower and upper bounds of means, that hold at every look with probability 1 - `alpha`.

    `differences` have the shape (p, n), as in `Bets`; the bounds, of shape (p,), are the
    narrowest of all looks up to the last. Each side has half of `alpha`.
    """
    import numpy

    high = -_lower(-differences, alpha, population)
    return numpy.minimum(_lower(differences, alpha, population), high), high


def _lower(differences: Array, alpha: float, population: int | None) -> Array:
    """The largest mean that is ruled out, by halving: wealth falls as the mean grows."""
    import numpy

    out, within = numpy.full(len(differences), -1.0), numpy.ones(len(differences))
    for _ in range(HALVINGS if differences.size else 0):
        middle = (out + within) / 2
        most = Bets(middle, population=population).add(differences).max(axis=1)
        ruled_out = most >= log(2 / alpha)
        out, within = numpy.where(ruled_out, middle, out), numpy.where(ruled_out, within, middle)
    return out
