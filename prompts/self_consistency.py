"""Self-consistency (Wang et al., 2022, arXiv:2203.11171).

Sample many chains of thought from one prompt and let their answers vote. The defaults are the paper's for its
largest model: 40 paths at temperature 0.7 from the 40 likeliest tokens (0.5 for UL2 and LaMDA).

`base` is the strategy whose chains are sampled, with options or without: `base=zero_shot_chain_of_thought`,
`base=(chain_of_thought:rationale=equation,annotator=B)`, `base=./mine.py@name`. Path i of it has all its greedy
replies, of whatever stage, sampled as path i. `shots`, `order` and `max_tokens` are options of the base.

With `stop` the paths are drawn `per_round` at a time, until Adaptive-Consistency (`adaptive`; Aggarwal et al., 2023,
arXiv:2305.11860) or a window of chains that agree (`window`; Li et al., 2024, arXiv:2401.10480) has seen enough, or
the vote cannot change any more (`decided`). `stop=adaptive:threshold=0.9` sets an option of the rule.

With `beams` nothing is sampled: the chains are the likeliest that one beam search with so many beams finds, at most
`paths` of them, the likeliest first. Their vote is the paper's "self-consistency with beams", and on the same run
`harness report --vote first:k=1` is beam search itself. They are ranked by their whole log-probability, without a
reward for length. With a base in several stages, the first is searched for that many texts, and each later one for
the likeliest that follows.

Family: sampling and voting.
Cost: one call a path on one shared prompt, about 40 times 100 tokens a problem; a stop saves most of them.
Helps: almost wherever chains of thought help; most where chains differ and right ones agree.
"""

import asyncio

from harness import KINDS, Chain, Model, Problem, Sampled, paths_to_draw, single_chain, strategy

from .ensemble import require, require_search


@strategy
async def self_consistency(
    problem: Problem,
    model: Model,
    *,
    paths: int = 40,
    base: str = "chain_of_thought",
    temperature: float = 0.7,
    top_k: int = 40,
    top_p: float = 1.0,
    shots: int | None = None,
    order: int | None = None,
    max_tokens: int | None = None,
    stop: str | None = None,
    per_round: int = 5,
    beams: int = 0,
) -> list[Chain]:
    """Many sampled chains of thought; the most common answer wins."""
    require(paths, stop, per_round, temperature)
    if beams:
        require_search(beams, stop, changed=(temperature, top_k, top_p) != (0.7, 40, 1.0))
        paths = min(paths, beams)
    solve = single_chain(base, shots=shots, order=order, max_tokens=max_tokens)
    same = KINDS[problem.kind].same
    chains: list[Chain] = []
    while more := paths_to_draw([c.answer for c in chains], same, paths, stop, per_round):
        drawn = range(len(chains), len(chains) + more)
        views = [Sampled(model, path, temperature, top_k, top_p, beams) for path in drawn]
        chains += await asyncio.gather(*(solve(problem, view) for view in views))
    return chains
