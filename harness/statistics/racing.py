"""A race between strategies on the same problems: who is out, and how sure that is, at every look.

Two kinds of evidence put a strategy out. It is *not the best*: the mean of its e-values against the
K - 1 others says that one of them is better. And it is *not worth its price*: the mean of its
difference from a cheaper one is surely less than the margin. With probability 1 - alpha, over all
looks together, no strategy that is best goes out for the first reason, and no best one leaves for a
cheaper one that is behind it by the margin or more.

The first kind is corrected over the strategies that are not yet out, by the closure of means (Vovk
and Wang, 2021, arXiv:1912.06116): so many best ones there may be at most. The second is corrected over
the K - 1 that the best may be held against. Where there is a margin, each kind has half of alpha.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan, log, nan
from typing import TYPE_CHECKING, Any, Literal

from harness.statistics.betting import Bets, confidence_sequence

if TYPE_CHECKING:
    from harness.statistics.betting import Array

Reason = Literal["worse", "margin"]

FIRST, GROWTH = 16, 4
"""The problems of the first round, and which part of those seen a later one has: looks cost nothing,
small batches do."""

EQUAL = 1e-9


def next_round(seen: int, problems: int) -> int:
    """How many of the `problems` that are not yet `seen` are asked in the next round."""
    return min(FIRST - seen if seen < FIRST else max(FIRST, seen // GROWTH), problems - seen)


@dataclass(frozen=True, slots=True)
class Departure:
    """A strategy that is out: after how many problems, why, and for which other one.

    `log_e` is the natural logarithm of the e-value that put it out.
    """

    who: int
    problems: int
    reason: Reason
    other: int
    log_e: float


class Race:
    """Strategies 0 to `contestants` - 1, and their credits (0 to 1) on problems in random order.

    `population` is the number of all problems, drawn without replacement, or None where every one
    is new. `margin` is a fraction of 1. `front` asks for the front of accuracy against cost: then
    only what is no dearer puts a strategy out, and one whose place is sure is asked no more.
    """

    def __init__(
        self,
        contestants: int,
        population: int | None = None,
        alpha: float = 0.05,
        margin: float = 0.0,
        front: bool = False,
    ) -> None:
        import numpy

        self.contestants, self.population = contestants, population
        self.alpha, self.margin, self.front = alpha, margin, front
        self.left = list(range(contestants))
        self._going = list(self.left)  # those that are left and have been asked every problem
        self.departures: list[Departure] = []
        self.credits: list[list[float]] = [[] for _ in self.left]
        self.costs = [0.0] * contestants
        square = (contestants, contestants)
        # [better, worse]: what was won against "better is ahead by at most 0", and by at most -margin
        self._ahead, self._near = (
            Bets(numpy.full(square, mean).ravel(), population=population) for mean in (0.0, -margin)
        )
        self._won, self._won_most, self._near_most = (numpy.zeros(square) for _ in range(3))
        self._behind = numpy.zeros(contestants)
        self._for: dict[int, set[int]] = {}  # who is in the race for which that left by the margin

    @property
    def level(self) -> float:
        """The part of alpha that each kind of evidence has."""
        return self.alpha / 2 if self.margin else self.alpha

    @property
    def problems(self) -> int:
        """How many problems those that were asked most have been asked."""
        return max(map(len, self.credits))

    @property
    def exhausted(self) -> bool:
        """Whether all problems of the population were asked: then nothing is left to chance."""
        return self.population is not None and self.problems >= self.population

    @property
    def asked(self) -> list[int]:
        """Who is asked the next problems: none once the race is over."""
        return [] if self.exhausted or len(self._going) < 2 else list(self._going)

    def mean(self, who: int) -> float:
        """The accuracy of a strategy so far, over the problems that did not fail."""
        ran = self._ran(who)
        return sum(ran) / len(ran) if ran else 0.0

    def named(self) -> int:
        """The one to take: of those left the most accurate so far, the cheapest among equals."""
        best = max(map(self.mean, self.left))
        equal = [who for who in self.left if self.mean(who) >= best - EQUAL]
        return min(equal, key=lambda who: (self.costs[who], who))

    def look(
        self, columns: Mapping[int, Sequence[float | None]], costs: Mapping[int, float]
    ) -> list[Departure]:
        """Take in the credits of the next problems, and say who is out now.

        `columns` are the credits of all that are `asked`, on the same problems; None is a problem that
        failed, which says nothing about a pair that it is part of. `costs` are means over a problem
        so far; what failed is not cheap for that.
        """
        for who, column in columns.items():
            self.credits[who] += [nan if one is None else float(one) for one in column]
        for who, cost in costs.items():
            ran = len(self._ran(who))
            self.costs[who] = cost * len(self.credits[who]) / ran if ran else inf
        self._bet(sorted(columns), len(next(iter(columns.values()))))
        before = len(self.departures)
        for who in sorted(self.left, key=lambda one: -self._behind[one]):
            self._leave_as_worse(who)
        for who in sorted(self.left, key=lambda one: (-self.costs[one], -one)):
            self._leave_by_margin(who)
        self._going = [who for who in self._going if who in self.left]
        if self.front:
            steps = [pair for pair in self._steps() if set(pair) <= set(self._going)]
            self._going = sorted(
                {who for pair in steps if not self.is_above(*pair) for who in pair}
            )
        return self.departures[before:]

    def is_above(self, one: int, other: int) -> bool:
        """Whether `one` is surely better than `other`, all pairs and looks together."""
        pairs = self.contestants * (self.contestants - 1)
        return bool(self._won_most[one, other] >= log(pairs / self.level))

    def sure_points(self) -> list[int]:
        """Those of the front that are surely on it: better than all that are cheaper."""
        unsure = {dearer for dearer, cheaper in self._steps() if not self.is_above(dearer, cheaper)}
        return [who for who in self.left if who not in unsure]

    def bounds(self, one: int, other: int, problems: int | None = None) -> tuple[float, float]:
        """The confidence sequence of how much better `one` is, after so many problems.

        Those of all pairs hold at all looks together, with probability 1 - alpha.
        """
        import numpy

        pairs = self.contestants * (self.contestants - 1) / 2
        number = min(len(self.credits[one]), len(self.credits[other]), problems or self.problems)
        ours, theirs = (numpy.array([self.credits[who][:number]]) for who in (one, other))
        low, high = confidence_sequence(
            ours - theirs, alpha=self.level / pairs, population=self.population
        )
        return float(low[0]), float(high[0])

    def _ran(self, who: int) -> list[float]:
        return [one for one in self.credits[who] if not isnan(one)]

    def _bet(self, who: Sequence[int], number: int) -> None:
        """On the last so many problems of those that were asked them."""
        import numpy

        new = numpy.array([self.credits[one][-number:] for one in who])
        ones, others = (
            axis.ravel() for axis in numpy.meshgrid(range(len(who)), range(len(who)), indexing="ij")
        )
        ones, others = ones[ones != others], others[ones != others]
        differences = new[ones] - new[others]  # of the problems on which both ran
        places = numpy.array(who)
        better, worse = places[ones], places[others]
        which = better * self.contestants + worse
        wealth = self._ahead.add(differences, which)
        self._judge(wealth, better, worse)
        self._won[better, worse] = wealth[:, -1]
        self._won_most[better, worse] = numpy.maximum(
            self._won_most[better, worse], wealth.max(axis=1)
        )
        if self.margin:
            near = self._near.add(differences, which).max(axis=1)
            self._near_most[better, worse] = numpy.maximum(self._near_most[better, worse], near)

    def _judge(self, wealth: Array, better: Any, worse: Any) -> None:
        """The means of e-values over rivals; what was won against one that is out is kept in them."""
        import numpy

        square = (self.contestants, self.contestants)
        rivals = numpy.array(
            [[self._rivals(r, one) for one in range(square[0])] for r in range(square[0])]
        )
        numpy.fill_diagonal(rivals, False)
        rows = numpy.tile(self._won[..., None], (1, 1, wealth.shape[1]))
        rows[better, worse] = wealth
        rows[~rivals] = -numpy.inf
        means = numpy.logaddexp.reduce(rows, axis=0).max(axis=1) - log(self.contestants - 1)
        asked = numpy.unique(worse)
        self._behind[asked] = numpy.maximum(self._behind[asked], means[asked])

    def _rivals(self, rival: int, one: int) -> bool:
        """Whether a strategy may put another out by being better."""
        return not self.front or self._cheaper(rival, one)

    def _steps(self) -> list[tuple[int, int]]:
        """Pairs of those left: a dearer one, and a cheaper one that it has to beat."""
        return [(a, b) for a in self.left for b in self.left if self._cheaper(b, a)]

    def _cheaper(self, one: int, other: int) -> bool:
        """Whether `one` costs less; of equals, the one that was named first counts as cheaper."""
        return (self.costs[one], one) < (self.costs[other], other)

    def _leave_as_worse(self, who: int) -> None:
        if len(self.left) < 2 or self._behind[who] < log(len(self.left) / self.level):
            return
        rivals = [one for one in self.left if one != who and self._rivals(one, who)]
        ranked = sorted(rivals, key=lambda one: -self._won_most[one, who])
        heir = next((one for one in ranked if self._takes(who, one)), None)
        if heir is not None:
            self._leave(who, heir, "worse", float(self._behind[who]))

    def _leave_by_margin(self, who: int) -> None:
        if not self.margin or len(self.left) < 2:
            return
        for heir in sorted(self.left, key=lambda one: (self.costs[one], one)):
            if self._cheaper(heir, who) and self._within(who, heir) and self._takes(who, heir):
                self._leave(who, heir, "margin", float(self._near_most[heir, who]))
                return

    def _within(self, who: int, other: int) -> bool:
        """Whether `who` is surely ahead of `other` by less than the margin, if at all."""
        return bool(self._near_most[other, who] >= log((self.contestants - 1) / self.level))

    def _takes(self, who: int, heir: int) -> bool:
        """Whether `heir` can stand for all that left for `who`: twice a margin is no margin."""
        return all(self._within(one, heir) for one in self._for.get(who, ()))

    def _leave(self, who: int, heir: int, reason: Reason, log_e: float) -> None:
        self.left.remove(who)
        self.departures.append(Departure(who, self.problems, reason, heir, log_e))
        stands_for = self._for.pop(who, set()) | ({who} if reason == "margin" else set())
        if stands_for:
            self._for.setdefault(heir, set()).update(stands_for)
