"""The rules of voting by name: "weighted_sum:normalised=no" -> a function of ballots."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from harness.catalogue.specs import Specified, specified
from harness.voting import votes
from harness.voting.votes import Ballot, Same, Vote


def majority(ballots: Sequence[Ballot], same: Same) -> Vote:
    """As `harness.voting.votes.majority`, of ballots."""
    return votes.majority([one.answer for one in ballots], same)


Rule = Callable[..., Vote]
"""A function `(ballots, same, *, options) -> Vote`; its ballots are in the order of the paths."""

_RULES: tuple[Rule, ...] = (
    majority,
    votes.first,
    votes.complexity,
    votes.weighted_sum,
    votes.weighted_average,
    votes.sample_and_rank,
    votes.confidence,
    votes.borda,
    votes.filtered,
    votes.recorded,
)

RULES: Mapping[str, Rule] = MappingProxyType({rule.__name__: rule for rule in _RULES})
"""Every rule by its name."""


def rule(spec: str) -> Specified[Vote]:
    """The rule that `spec` names, to be called with `(ballots, same)`; it has a `label`.

    Raises `UserError` with the nearest name for an unknown rule or option, and for a value that the
    rule cannot use.
    """
    specified_rule = specified(spec, RULES, "voting rule")
    specified_rule(
        (), operator.eq
    )  # a rule refuses values that it cannot use before it looks at ballots
    return specified_rule
