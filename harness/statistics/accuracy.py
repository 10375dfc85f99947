"""An accuracy over questions, with the error of the questions and that of generation kept apart."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from harness.statistics.counts import Counts
from harness.statistics.intervals import accuracy_interval, estimate
from harness.statistics.winning import Profiles, batches, rivals, shared

if TYPE_CHECKING:
    from harness.statistics.intervals import Floats, Matrix

LIKELY = 1e-12
"""Numbers of right chains that are less likely are left out of a sum of probabilities."""

MOST_PATHS = 128
"""The most chains per question for which the generation error of a vote is worked out: the work
grows with their third power or so (25,000 questions of 40 chains take 3 s, 1,000 of 128 chains 6 s)."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """A mean credit over questions, as a fraction of 1, with its 95 % interval and its errors.

    `error` is what other questions *and* other chains would change (the standard error over
    questions, clustered where clusters are given). `generation_error` is the part of it that
    remains if the questions are kept and only the chains are drawn anew, and `question_error` the
    part that remains if each question had endless chains: error² = generation² + question², unless
    chance makes the generation error the larger, and then `question_error` is 0.

    An error that the chains cannot tell is None: `error` of a single question, the parts where a
    question has fewer than two chains.
    """

    mean: float
    interval: tuple[float, float]
    error: float | None
    question_error: float | None
    generation_error: float | None


def single_path(
    questions: Sequence[Counts], clusters: Sequence[Hashable] | None = None
) -> Accuracy:
    """The accuracy of one chain: the mean over questions of the part of their chains that is right.

    The generation error is that of this mean, unbiased: each question adds p (1 - p) / (n - 1) to
    the sum of the variances. The credit of a question without chains is 0.
    """
    column = [one.gold / one.paths if one.paths else 0.0 for one in questions]
    if min((one.paths for one in questions), default=0) < 2:
        return _accuracy(column, clusters, None)
    variances = [p * (1 - p) / (one.paths - 1) for p, one in zip(column, questions, strict=True)]
    return _accuracy(column, clusters, variances)


def majority_vote(
    questions: Sequence[Counts], clusters: Sequence[Hashable] | None = None
) -> Accuracy:
    """The accuracy of the majority vote among all chains of each question.

    The generation error is the exact bootstrap: `vote_variances`. It is None where a question has
    more than `MOST_PATHS` chains.
    """
    column = [one.credit for one in questions]
    chains = [one.paths for one in questions]
    if not chains or min(chains) < 2 or max(chains) > MOST_PATHS:
        return _accuracy(column, clusters, None)
    return _accuracy(column, clusters, vote_variances(questions))


def vote_variances(questions: Sequence[Counts]) -> list[float]:
    """For each question, the variance of its vote's credit if its n > 1 chains were drawn anew.

    The bootstrap (Efron, 1979) without its simulation: the exact variance of the credit of n chains
    drawn with replacement from those at hand, times n / (n - 1) as for a sample variance. A single
    question's is a rough guess, and their mean a good one: over questions of two answers that are
    right with every probability alike, it is 12 % too large with 3 chains, 4 % with 5, 1 % with 10.
    A jackknife is not: what deleting single chains says is three times too large with 10 chains.
    Raises `ValueError` for a question with fewer than two.
    """
    if min((one.paths for one in questions), default=2) < 2:
        raise ValueError("one chain does not tell how much another would differ")
    computed: dict[Counts, float] = {}
    for profiles in batches(questions):
        first, second = _moments(profiles)
        variances = (second - first**2).clip(0) * profiles.chains / (profiles.chains - 1)
        computed.update(zip(profiles.counts, map(float, variances), strict=True))
    return [computed[question] for question in questions]


def _moments(profiles: Profiles) -> tuple[Floats, Floats]:
    """The mean of the credit and of its square, over draws of all chains with replacement.

    Independent Poisson numbers of each answer's chains are, given their sum, such a draw.
    """
    import numpy
    from scipy.stats import poisson

    chains = profiles.chains
    had, drawn = numpy.arange(chains + 1)[:, None], numpy.arange(chains + 1)
    chance: Matrix = poisson.pmf(drawn, had)
    moments = numpy.zeros((2, len(profiles.gold)))
    for t in range(1, chains + 1):
        able = numpy.flatnonzero(chance[profiles.gold, t] > LIKELY)
        for rows, nodes, ways in rivals(profiles.others[able], t, chance):
            questions = able[rows]
            right, silent = profiles.gold[questions], profiles.silent[questions]
            for power in (1, 2):
                credit = shared(ways, t, chains, power=power)[nodes]
                rest = chance[silent][:, chains - t - numpy.arange(credit.shape[1])]
                moments[power - 1, questions] += chance[right, t] * (credit * rest).sum(axis=1)
    first, second = moments / chance[chains, chains]
    return first, second


def _accuracy(
    column: Sequence[float],
    clusters: Sequence[Hashable] | None,
    variances: Sequence[float] | None,
) -> Accuracy:
    mean = estimate(column, clusters)
    interval = accuracy_interval(column, clusters)
    generation = None if variances is None else sqrt(sum(variances)) / len(column)
    questions = None
    if generation is not None and mean.error is not None:
        questions = sqrt(max(0.0, mean.error**2 - generation**2))
    return Accuracy(mean.mean, interval, mean.error, questions, generation)
