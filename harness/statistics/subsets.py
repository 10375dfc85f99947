"""Exact maj@k and pass@k from n stored chains: the mean over all subsets of k, none of them drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.statistics.counts import Counts
from harness.statistics.winning import Profiles, batches, rivals, shared

if TYPE_CHECKING:
    from harness.statistics.intervals import Floats, Matrix

LARGEST = 1000
"""The largest k: with more, the probability that k are taken may be less than a float can hold."""


def maj_at_k(questions: Sequence[Counts], *, largest: int | None = None) -> Matrix:
    """The expected credit of a majority vote among k of each question's chains: column k - 1.

    The mean over all subsets of k chains (a U-statistic, unbiased for k new chains): ties give the
    gold its share, silent chains are drawn and do not vote, a subset of them alone has credit 0.
    Returns a (questions, K) matrix, K the smallest number of chains that a question has, or
    `largest` where that is less. The chains must not have been stopped by what they said. Raises
    `ValueError` for a K above `LARGEST`.
    """
    import numpy

    paths = _paths(questions, largest)
    if paths > LARGEST:
        raise ValueError(
            f"maj@k for k up to {paths} is out of reach: give a `largest` of at most {LARGEST}"
        )
    chances: dict[Counts, Floats] = {}
    for profiles in batches(questions, paths):
        taken = _taken(profiles.chains, paths)
        votes = _wins(profiles, taken)[:, 1:] / taken[-1, 1:]
        chances.update(zip(profiles.counts, votes, strict=True))
    rows = [chances[question] for question in questions]
    return numpy.minimum(numpy.array(rows).reshape(len(rows), paths), 1)


def pass_at_k(questions: Sequence[Counts], *, largest: int | None = None) -> Matrix:
    """The chance that at least one of k chains is right: 1 - C(n - c, k) / C(n, k), in column k - 1.

    n chains of which c are right; unbiased (Chen et al., 2021, arXiv:2107.03374). The shape is that
    of `maj_at_k`.
    """
    import numpy

    paths = _paths(questions, largest)
    chains = numpy.array([[question.paths] for question in questions]).reshape(-1, 1)
    wrong = chains - numpy.array([[question.gold] for question in questions]).reshape(-1, 1)
    drawn = numpy.arange(paths)
    # C(w, k) / C(n, k) is the chance that chain after chain is a wrong one
    missed = numpy.cumprod(numpy.maximum(wrong - drawn, 0) / (chains - drawn), axis=1)
    chances: Matrix = 1 - missed
    return chances


def _paths(questions: Sequence[Counts], largest: int | None) -> int:
    fewest = min((question.paths for question in questions), default=0)
    if largest is not None and largest < 1:
        raise ValueError(f"the largest k is at least 1, not {largest}")
    return fewest if largest is None else min(fewest, largest)


def _taken(chains: int, paths: int) -> Matrix:
    """Row a, column i: the chance that i of a chains are taken, for a up to `chains`, i to `paths`.

    Every chain is taken with one probability, each on its own, so that given that k were taken, all
    subsets of k are equally likely, and maj@k is P(gold wins, k taken) / P(k taken). With half as
    many expected as `paths`, no P(k taken) is too small for a float.
    """
    import numpy

    chance = paths / (2 * chains) if chains else 0.0
    table = numpy.zeros((chains + 1, paths + 1))
    table[0, 0] = 1
    for a in range(chains):
        table[a + 1] = table[a] * (1 - chance)
        table[a + 1, 1:] += table[a, :-1] * chance
    return table


def _wins(profiles: Profiles, taken: Matrix) -> Matrix:
    """P(gold wins, k taken) for every profile and k from 0; all have as many chains."""
    import numpy

    paths = taken.shape[1] - 1
    gold, others, silent = profiles.gold, profiles.others, profiles.silent
    won = numpy.zeros((len(gold), paths + 1))
    for t in range(1, min(int(gold.max()), paths) + 1):
        able = numpy.flatnonzero(gold >= t)
        able_rivals = numpy.where(others[able] >= t, others[able], 0)
        harmless = silent[able] + (others[able] - able_rivals).sum(axis=1)
        for rows, nodes, ways in rivals(able_rivals, t, taken):
            credit = shared(ways, t, paths)[nodes]
            rest = taken[harmless[rows], : paths - t + 1]
            total = numpy.zeros_like(rest)
            for r in range(credit.shape[1]):
                total[:, r:] += credit[:, r, None] * rest[:, : rest.shape[1] - r]
            won[able[rows], t:] += taken[gold[able[rows]], t, None] * total
    return won
