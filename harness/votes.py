"""Decides between the answers of several chains: the majority, ties and abstention."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Same = Callable[[str, str], bool]
"""Whether two answers in normal form are one answer: a kind's `same`."""


@dataclass(frozen=True, slots=True)
class Vote:
    """How a vote went.

    `votes` maps every answer that was given to its votes, most votes first and, among equals, in
    the order in which they were first given; `winners` are those with the most. Both are empty when
    every chain abstained.
    """

    winners: tuple[str, ...]
    votes: Mapping[str, float]

    @property
    def answer(self) -> str | None:
        """The answer to show: in a tie the one that an earlier chain gave, None when all abstained.

        Chains are ordered by path, which no batch and no resumption changes, so this is stable;
        what a tie is *worth* does not depend on it (see `share`).
        """
        return self.winners[0] if self.winners else None

    @property
    def tied(self) -> bool:
        """Whether several answers have the most votes."""
        return len(self.winners) > 1

    def share(self, gold: str, same: Same) -> float:
        """The credit for this vote: 1, 0, or 1/n where the gold is one of n tied answers.

        That is the chance of being right if the tie were broken by an even draw.
        """
        hit = any(same(winner, gold) for winner in self.winners)
        return 1 / len(self.winners) if hit else 0.0


def majority(answers: Sequence[str | None], same: Same) -> Vote:
    """The answer that most chains gave (Wang et al., 2022, arXiv:2203.11171, "unweighted sum").

    `answers` are in normal form, one per chain; None abstains: it has no vote and cannot win.
    Answers that `same` holds to be one are counted together, under the form that was given first.
    """
    return tally([(answer, 1) for answer in answers], same)


def tally(ballots: Sequence[tuple[str | None, float]], same: Same) -> Vote:
    """Count (answer, weight) ballots; an answer of None is no ballot, whatever its weight."""
    votes: dict[str, float] = {}
    names: dict[str, str] = {}
    for answer, weight in ballots:
        if answer is None:
            continue
        if answer not in names:
            names[answer] = next((known for known in votes if same(known, answer)), answer)
        name = names[answer]
        votes[name] = votes.get(name, 0) + weight
    # sorted() is stable, so equals stay in the order in which they were first given
    ranked = dict(sorted(votes.items(), key=lambda item: -item[1]))
    most = max(ranked.values(), default=0)
    return Vote(tuple(answer for answer, count in ranked.items() if count == most), ranked)
