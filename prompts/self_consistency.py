"""Self-consistency (Wang et al., 2022, arXiv:2203.11171).

Sample many chains of thought from one prompt and let their answers vote. The defaults are the paper's for its
largest model: 40 paths at temperature 0.7 from the 40 likeliest tokens.

With `stop` the paths are drawn `per_round` at a time, until Adaptive-Consistency (`adaptive`; Aggarwal et al., 2023,
arXiv:2305.11860) or a window of chains that agree (`window`; Li et al., 2024, arXiv:2401.10480) has seen enough, or
the vote cannot change any more (`decided`). `stop=adaptive:threshold=0.9` sets an option of the rule.

Family: sampling and voting.
Cost: `paths` calls from one prompt, 50 to 200 tokens each.
Helps: almost wherever chain of thought does.
"""

from harness import KINDS, Chain, Model, Problem, chain, paths_to_draw, reasoned, shown, strategy


@strategy
async def self_consistency(
    problem: Problem,
    model: Model,
    *,
    paths: int = 40,
    temperature: float = 0.7,
    top_k: int = 40,
    top_p: float = 1.0,
    shots: int | None = None,
    order: int | None = None,
    max_tokens: int = 256,
    stop: str | None = None,
    per_round: int = 5,
) -> list[Chain]:
    """Many sampled chains of thought; the most common answer wins."""
    prompt = reasoned(problem, shown(problem, shots, order))
    same = KINDS[problem.kind].same
    chains: list[Chain] = []
    while more := paths_to_draw([c.answer for c in chains], same, paths, stop, per_round):
        # Paths are numbered from 0, so the earlier ones are asked for again; the ledger has them.
        replies = await model.sample(
            prompt,
            n=len(chains) + more,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            max_tokens=max_tokens,
        )
        chains += [chain(problem, reply) for reply in replies[len(chains) :]]
    return chains
