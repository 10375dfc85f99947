"""The chance that gold wins a vote for which every chain is drawn by chance, for many questions.

Let the number of chains that are drawn of each answer be independent of the others. P(gold wins, k
drawn) is then a sum over t, the chains drawn that are right, of products over the other answers.
Those that can have no t chains, and silence, cannot stand in the way. Of every other answer, a
*rival*, at most t may be drawn, and where J rivals have exactly t, gold wins 1 / (1 + J). All terms
are positive, so nothing cancels. The rivals of all questions are multiplied in together, the most
frequent first, and beginnings that questions have in common once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from harness.statistics.counts import Counts

if TYPE_CHECKING:
    import numpy

    from harness.statistics.intervals import Matrix, Whole

    Wholes = numpy.ndarray[tuple[int, int], numpy.dtype[numpy.int64]]
    Ways = numpy.ndarray[tuple[int, int, int], numpy.dtype[numpy.float64]]

MEMORY = 4_000_000
"""Numbers that an array of ways holds at most, for as many questions as that allows: 32 MB."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """Different counts of equally many chains, and the same as arrays.

    `others` has a row for each question, most votes first, filled up with zeros.
    """

    counts: tuple[Counts, ...]
    chains: int
    gold: Whole
    others: Wholes
    silent: Whole


def batches(questions: Sequence[Counts], paths: int | None = None) -> Iterator[Profiles]:
    """All different counts, by their number of chains, as many at a time as there is memory for.

    `paths` is the most chains that a vote draws, None for all of them. Questions whose `others`
    begin alike stand together.
    """
    import numpy

    groups: dict[int, list[Counts]] = {}
    for profile in sorted(set(questions), key=lambda one: one.others):
        groups.setdefault(profile.paths, []).append(profile)
    for chains, group in groups.items():
        size = max(1, MEMORY // ((chains if paths is None else paths) + 1) ** 2)
        for start in range(0, len(group), size):
            part = tuple(group[start : start + size])
            others = numpy.zeros((len(part), max(len(one.others) for one in part)), numpy.int64)
            for row, profile in enumerate(part):
                others[row, : len(profile.others)] = profile.others
            gold = numpy.array([profile.gold for profile in part])
            silent = numpy.array([profile.silent for profile in part])
            yield Profiles(part, chains, gold, others, silent)


def rivals(sizes: Wholes, t: int, drawn: Matrix) -> Iterator[tuple[Whole, Whole, Ways]]:
    """Yield rows of `sizes`, the node of each, and the ways in which no rival passes t.

    `sizes` holds the chains of each row's rivals, most first, then zeros; `drawn[a, i]` is the
    chance that i chains are drawn of an answer that has a. Rows with the same rivals share a node;
    `ways` is (nodes, J, r): the chance that J rivals have t chains and the others have r in all.
    """
    import numpy

    base = len(drawn)
    rows = numpy.arange(len(sizes))
    node = numpy.zeros(len(sizes), dtype=int)
    ways = numpy.ones((1, 1, 1))
    for level in count():
        size = sizes[rows, level] if level < sizes.shape[1] else numpy.zeros(len(rows), dtype=int)
        ended = size == 0
        if ended.any():
            needed, place = numpy.unique(node[ended], return_inverse=True)
            yield rows[ended], place, ways[needed]
        rows, node, size = rows[~ended], node[~ended], size[~ended]
        if not len(rows):
            return
        begun, node = numpy.unique(node * base + size, return_inverse=True)
        ways = _extended(ways[begun // base], drawn[begun % base], t)


def shared(ways: Ways, t: int, paths: int, *, power: int = 1) -> Matrix:
    """The expected `power` of the credit, by node and by the chains that all rivals have together.

    The credit is 1 / (1 + J); no column is for more than `paths - t` chains.
    """
    import numpy

    nodes, ties, others = ways.shape
    credit = numpy.zeros((nodes, min((ties - 1) * t + others - 1, paths - t) + 1))
    for tied in range(ties):
        kept = min(others, credit.shape[1] - tied * t)
        credit[:, tied * t : tied * t + kept] += ways[:, tied, :kept] / (1 + tied) ** power
    return credit


def _extended(ways: Ways, drawn: Matrix, t: int) -> Ways:
    """The ways with one more rival, of whose chains i are drawn with the chance `drawn[node, i]`."""
    import numpy

    room = drawn.shape[1] - 1 - t
    nodes, ties, others = ways.shape
    shape = nodes, min(ties, room // t) + 1, min(others - 1 + t - 1, room) + 1
    more = numpy.zeros(shape)
    for i in range(min(t, shape[2])):
        kept = min(others, shape[2] - i)
        more[:, :ties, i : i + kept] += ways[:, :, :kept] * drawn[:, i, None, None]
    tied = shape[1] - 1
    more[:, 1:, :others] += ways[:, :tied] * drawn[:, t, None, None]
    return more
