"""How the chains of one question voted: all that the statistics of majority votes need to know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """The chains of one question by what they answered.

    `gold` chains gave the right answer, `others` holds the votes of each wrong answer, and `silent`
    chains abstained. The votes of wrong answers are kept most first and without zeros, so that
    questions that went alike are equal. Raises `ValueError` for a number below 0.
    """

    gold: int
    others: tuple[int, ...] = ()
    silent: int = 0

    def __post_init__(self) -> None:
        if min(self.gold, self.silent, *self.others) < 0:
            raise ValueError(f"{self} counts fewer than no chains")
        ranked = tuple(sorted(filter(None, self.others), reverse=True))
        object.__setattr__(self, "others", ranked)

    @property
    def paths(self) -> int:
        """All chains of the question."""
        return self.gold + sum(self.others) + self.silent

    @property
    def credit(self) -> float:
        """The credit of the majority vote among all chains: a tie gives the gold its share."""
        if self.gold == 0 or self.gold < max(self.others, default=0):
            return 0.0
        return 1 / (1 + self.others.count(self.gold))

    @property
    def share(self) -> float:
        """The part of all chains, the silent among them, that gave the winning answer."""
        return max(self.gold, *self.others, 0) / self.paths if self.paths else 0.0
