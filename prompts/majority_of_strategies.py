"""Majority of strategies: several methods answer, and all their chains vote together.

Wang et al. (2022, arXiv:2203.11171; 2207.00747) let chains of several prompts vote. `of` joins strategies by `+`, as
`-s` takes them, in parentheses where they have several options:
`of=chain_of_thought+(self_consistency:paths=5,temperature=0.5)+./mine.py@mine`. Every chain has one vote, or with
`each=strategy` every strategy. A strategy that weighs its chains divides its votes by these weights.

Family: sampling and voting.
Cost: the sum of its members'; what two members ask alike is asked once.
Helps: members that fail on different problems.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from harness import Chain, Model, Problem, UserError, find, members, require_served, strategy

OF = "zero_shot_chain_of_thought+chain_of_thought+plan_and_solve"


@strategy(pool=True)
async def majority_of_strategies(
    problem: Problem,
    model: Model,
    *,
    of: str = OF,
    each: Literal["chain", "strategy"] = "chain",
) -> list[Chain]:
    """The chains of several strategies in one vote."""
    voters = [find(spec, "strategy") for spec in members(of)]
    if len(voters) < 2:
        raise UserError(f"of={of!r} names fewer than two strategies: join them by +, as in {OF}")
    for voter in voters:
        require_served(voter.function, problem)
    groups = await asyncio.gather(
        *(voter.function(problem, model, **voter.options) for voter in voters)
    )
    return [
        replace(one, weight=weight, note=f"{voter.label}{one.note and ': '}{one.note}")
        for voter, chains in zip(voters, groups, strict=True)
        for one, weight in zip(chains, _weights(chains, each), strict=True)
    ]


def _weights(chains: Sequence[Chain], each: str) -> list[float]:
    """What each chain of a member counts: its part of the member's votes."""
    if each == "chain" and all(one.weight == 1 for one in chains):
        return [1] * len(chains)
    own = [0 if one.answer is None else one.weight for one in chains]
    votes = 1 if each == "strategy" else sum(one.answer is not None for one in chains)
    whole = sum(own)
    return [votes * weight / whole if whole else 0 for weight in own]
