"""How the chains of one question voted: all that the statistics of majority votes need to know."""

from __future__ import annotations

from collections.abc import Mapping
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

    @classmethod
    def of(cls, votes: Mapping[str, float], gold: str | None, paths: int) -> Counts:
        """The counts of a majority vote among `paths` chains.

        `votes` holds the votes of each answer, as a stored sample does; `gold` is the name among
        them of the right answer, or None where nobody gave it. Raises `ValueError` for votes that
        are not whole (weighted votes have no counts) or are more than there are chains.
        """
        silent = paths - sum(votes.values())
        if silent < 0 or any(count != int(count) for count in votes.values()):
            raise ValueError(f"{dict(votes)} are not the votes of {paths} chains, one each")
        others = tuple(int(count) for answer, count in votes.items() if answer != gold)
        return cls(int(votes.get(gold, 0)) if gold is not None else 0, others, int(silent))

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
