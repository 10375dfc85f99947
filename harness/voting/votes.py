"""Decides between the answers of several chains, by one of the rules of the literature.

Every rule is a function of chains that are stored, so a finished run can be voted on anew. What
holds for all of them:

* An answer of None abstains. It never votes and never wins, and it is not among the N chains that
  a rule ranks; `first` alone counts it, because drawing that chain was one of the k draws.
* Answers that are the same (18 and 18.0) are brought under the form that was given first before
  anything is counted.
* Answers with the most votes tie, and share the credit. Votes that differ by less than one part in
  10**12 are equal: the same weights added in another order differ by about that.
* The order of the chains decides nothing but which of tied answers is shown, except in `first`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import UserError
from harness.problem import Chain
from harness.voting.steps import steps
from harness.voting.weighing import TOLERANCE, by_rank, descending, softmax, surest

Same = Callable[[str, str], bool]
"""Whether two answers in normal form are one answer: a kind's `same`."""


@dataclass(frozen=True, slots=True)
class Vote:
    """How a vote went.

    `votes` maps every answer that had a vote to its votes, most votes first and, among equals, in
    the order in which they were first given; `winners` are those with the most. Both are empty when
    every chain abstained. Weights are relative: the heaviest chain's is 1 (in `borda`, that of the
    first rank). So they cannot all vanish, and chains of equal weight count as in a majority.
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

    def share(self, gold: str, same: Same, also: Collection[str] = ()) -> float:
        """The credit for this vote: 1, 0, or 1/n where the gold is one of n tied answers.

        That is the chance of being right if the tie were broken by an even draw. `also` are other
        answers that are right.
        """
        golds = (gold, *also)
        hits = sum(any(same(winner, one) for one in golds) for winner in self.winners)
        return hits / len(self.winners) if hits else 0.0


@dataclass(frozen=True, slots=True)
class Ballot:
    """What a rule needs to know of a chain.

    `logprob` is the natural-log probability of its `tokens` tokens under the model itself, NaN
    where unknown; `steps` is the number of its reasoning steps (`harness.voting.steps`). `confidence` and
    `weight` are what its strategy gave it: of most, None and 1.
    """

    answer: str | None
    logprob: float = math.nan
    tokens: int = 0
    steps: int = 0
    confidence: float | None = None
    weight: float = 1


def ballot(chain: Chain | Mapping[str, Any]) -> Ballot:
    """The ballot of a chain, or of one as `samples.jsonl` holds it (a null is unknown)."""
    if isinstance(chain, Chain):
        return Ballot(
            chain.answer,
            chain.logprob,
            chain.tokens,
            steps(chain.text),
            chain.confidence,
            chain.weight,
        )
    logprob, tokens = chain.get("logprob"), chain.get("tokens")
    return Ballot(
        chain["answer"],
        math.nan if logprob is None else logprob,
        tokens or 0,
        steps(chain["text"]),
        chain.get("confidence"),
        chain.get("weight", 1),
    )


def merged(answers: Iterable[str | None], same: Same) -> list[str | None]:
    """The answers, each in the form in which one that is the same was first given."""
    texts = list(answers)
    forms: dict[str | None, str | None] = {None: None}
    distinct: list[str] = []
    for answer in dict.fromkeys(texts):
        if answer is None:
            continue
        earlier = next((form for form in distinct if same(form, answer)), None)
        if earlier is None:
            distinct.append(answer)
        forms[answer] = answer if earlier is None else earlier
    return [forms[answer] for answer in texts]


def majority(answers: Sequence[str | None], same: Same) -> Vote:
    """The answer that most chains gave (Wang et al., 2022, arXiv:2203.11171, "unweighted sum").

    `answers` are in normal form, one per chain; None abstains: it has no vote and cannot win.
    Answers that `same` holds to be one are counted together, under the form that was given first.
    """
    return tally([(answer, 1) for answer in answers], same)


def tally(ballots: Sequence[tuple[str | None, float]], same: Same) -> Vote:
    """Count (answer, weight) ballots; an answer of None is no ballot, whatever its weight."""
    return _outcome({answer: sum(weights) for answer, weights in _by_answer(ballots, same).items()})


def first(ballots: Sequence[Ballot], same: Same, *, k: int = 8) -> Vote:
    """The majority of the first k chains, abstentions included: as if no more had been drawn.

    An estimate of the majority of k chains that is unbiased but noisy; 8 is what lm-evaluation-
    harness takes of 64. `harness.statistics` has the exact one, the mean over all subsets.
    """
    _at_least_one("first", k)
    return majority([one.answer for one in ballots[:k]], same)


def complexity(ballots: Sequence[Ballot], same: Same, *, k: int = 30) -> Vote:
    """The majority of the k chains with the most reasoning steps (Fu et al., 2022, arXiv:2210.00720).

    Where the k-th longest has equals, the seats that are left are shared evenly among them, so that
    no order decides. The default is three quarters of the 40 paths of self-consistency; of no more
    than k chains it is the majority.
    """
    _at_least_one("complexity", k)
    seats = _seats(ballots, k)
    return tally([(one.answer, w) for one, w in zip(ballots, seats, strict=True) if w], same)


def longest(chains: Sequence[Chain], k: int) -> list[Chain]:
    """The chains, each with what it counts in `complexity` with this `k` as its weight."""
    _at_least_one("complexity", k)
    seats = _seats([ballot(one) for one in chains], k)
    return [replace(one, weight=seat) for one, seat in zip(chains, seats, strict=True)]


def weighted_sum(ballots: Sequence[Ballot], same: Same, *, normalised: bool = True) -> Vote:
    """The answer whose chains have the highest sum of probabilities (Wang et al., 2022, table 1).

    A chain of K tokens weighs exp(logprob / K), or its probability exp(logprob) where not
    `normalised`.
    """
    return tally(_weighted("weighted_sum", ballots, normalised), same)


def weighted_average(ballots: Sequence[Ballot], same: Same, *, normalised: bool = True) -> Vote:
    """The answer whose chains have the highest mean probability (Wang et al., 2022, table 1).

    Weights are those of `weighted_sum`; each answer's sum is divided by how many chains gave it.
    """
    weighted = _weighted("weighted_average", ballots, normalised)
    return _outcome(
        {a: sum(weights) / len(weights) for a, weights in _by_answer(weighted, same).items()}
    )


def sample_and_rank(ballots: Sequence[Ballot], same: Same, *, normalised: bool = False) -> Vote:
    """The answer of the single likeliest chain (Adiwardana et al., 2020, arXiv:2001.09977).

    Each answer has the probability of its likeliest chain, or where `normalised` that chain's
    exp(logprob / K), as its votes. Wang et al. (2022) compare self-consistency with it.
    """
    weighted = _weighted("sample_and_rank", ballots, normalised)
    return _outcome({a: max(weights) for a, weights in _by_answer(weighted, same).items()})


def confidence(ballots: Sequence[Ballot], same: Same, *, temperature: float = 1.0) -> Vote:
    """Votes weighted by a softmax of confidence within the question (CISC).

    Taubenfeld et al. (2025, arXiv:2502.06233). They tune the temperature on held-out questions: near
    0 the most confident chain decides alone, and at a high temperature the majority does.
    """
    return _by_confidence("confidence", ballots, same, lambda sure: softmax(sure, temperature))


def borda(ballots: Sequence[Ballot], same: Same, *, p: float = 0.5) -> Vote:
    """Votes weighted by rank: the r-th most confident of N chains weighs ((N - r + 1) / N) ** p.

    Kang et al. (2025, arXiv:2502.18581), who rank by self-certainty; see `harness.voting.weighing.by_rank`.
    """
    return _by_confidence("borda", ballots, same, lambda sure: by_rank(sure, p))


def filtered(ballots: Sequence[Ballot], same: Same, *, keep: float = 1.0) -> Vote:
    """Votes weighted by the confidence of the most confident part `keep` of the chains (DeepConf).

    Fu et al. (2025, arXiv:2508.15260), who keep a tenth or nine tenths. Near 0 the most confident
    chain decides alone, and with 1 confidences are added up.
    """
    return _by_confidence("filtered", ballots, same, lambda sure: surest(sure, keep))


def recorded(ballots: Sequence[Ballot], same: Same) -> Vote:
    """Votes with the weights that the strategy gave: a majority where it gave none.

    A chain of weight 0 is not counted, so where no other answered nothing wins.
    """
    return tally([(one.answer, one.weight) for one in ballots if one.weight > 0], same)


def decide(chains: Iterable[Chain], same: Same) -> Vote:
    """The vote of chains as their strategy weighed them, and what a record holds of a problem."""
    return recorded([ballot(chain) for chain in chains], same)


def tied(votes: Mapping[str, float]) -> bool:
    """Whether several answers have the most votes, in the votes of a stored sample."""
    most = max(votes.values(), default=0)
    return sum(count >= most * (1 - TOLERANCE) for count in votes.values()) > 1


def _seats(ballots: Sequence[Ballot], k: int) -> list[float]:
    """The part that each chain has of `k` seats for those with the most steps that answered."""
    parts = [0.0] * len(ballots)
    voting = [place for place, one in enumerate(ballots) if one.answer is not None]
    seats = k
    for group in descending([ballots[place].steps for place in voting]):
        for index in group:
            parts[voting[index]] = min(1.0, seats / len(group))
        seats = max(0, seats - len(group))
    return parts


def _voting(ballots: Iterable[Ballot]) -> list[Ballot]:
    return [one for one in ballots if one.answer is not None]


def _by_answer(ballots: Sequence[tuple[str | None, float]], same: Same) -> dict[str, list[float]]:
    """The weights that were given to each answer, in the order in which answers were first given."""
    weights: dict[str, list[float]] = {}
    forms = merged((answer for answer, _ in ballots), same)
    for form, (_, weight) in zip(forms, ballots, strict=True):
        if form is not None:
            weights.setdefault(form, []).append(weight)
    return weights


def _outcome(votes: Mapping[str, float]) -> Vote:
    most = max(votes.values(), default=0)
    winners = [a for a, count in votes.items() if math.isclose(count, most, rel_tol=TOLERANCE)]
    # sorted() is stable, so equals stay in the order in which they were first given
    others = sorted((a for a in votes if a not in winners), key=lambda answer: -votes[answer])
    return Vote(tuple(winners), {answer: votes[answer] for answer in winners + others})


def _weighted(
    rule: str, ballots: Sequence[Ballot], normalised: bool
) -> list[tuple[str | None, float]]:
    voting = _voting(ballots)
    weights = softmax(_logs(rule, voting, normalised))
    return [(one.answer, weight) for one, weight in zip(voting, weights, strict=True)]


def _by_confidence(
    rule: str,
    ballots: Sequence[Ballot],
    same: Same,
    weigh: Callable[[Sequence[float]], Sequence[float]],
) -> Vote:
    """A vote weighted by the confidences that the strategy recorded, or else by exp(logprob / K).

    Where a strategy recorded confidences, a chain without one does not vote.
    """
    voting = _voting(ballots)
    if any(one.confidence is not None for one in voting):
        voting = [one for one in voting if one.confidence is not None]
        confidences = [float(one.confidence or 0) for one in voting]
    else:
        confidences = [math.exp(log) for log in _logs(rule, voting, normalised=True)]
    weights = weigh(confidences)
    return tally([(one.answer, w) for one, w in zip(voting, weights, strict=True)], same)


def _logs(rule: str, ballots: Sequence[Ballot], normalised: bool) -> list[float]:
    """The logarithm of each ballot's probability, if `normalised` of its mean token's."""
    finite = [one for one in ballots if math.isfinite(one.logprob)]
    finite = [one for one in finite if one.tokens > 0 or not normalised]
    if len(finite) < len(ballots):
        raise UserError(
            f"the rule {rule} needs the log-probability and length of every chain, and "
            f"{len(ballots) - len(finite)} of {len(ballots)} lack them: vote by majority, first or "
            "complexity, which do without"
        )
    return [one.logprob / one.tokens if normalised else one.logprob for one in ballots]


def _at_least_one(rule: str, k: int) -> None:
    if k < 1:
        raise UserError(f"k={k} of the rule {rule}: at least one chain must vote")
