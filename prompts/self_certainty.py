"""Self-certainty with Borda voting (Kang et al., 2025, arXiv:2502.18581).

Chains are sampled as in self-consistency. A chain is as certain as its tokens' distributions over the whole vocabulary
are far from uniform: the mean over its tokens of KL(uniform || model). The chains are ranked by that, and the r-th of
N votes with the weight (N - r + 1) ** p. The authors' code: 64 chains, p = 0.5; p = 0 is the majority. It ranks chains
that cannot be read as well, and of equals the first is ahead; here the answered ones alone are ranked, and equals
share.

Family: sampling and voting.
Cost: as self-consistency, 40 calls by default and no further ones; certainty is read off the same steps.
Helps: free-form answers where the right one is rarer but surer.
"""

from harness import Chain, Model, Problem, by_rank, chain, reasoned, shown, strategy, weighed


@strategy
async def self_certainty(
    problem: Problem,
    model: Model,
    *,
    paths: int = 40,
    p: float = 0.5,
    temperature: float = 0.7,
    top_k: int = 40,
    top_p: float = 1.0,
    shots: int | None = None,
    order: int | None = None,
    max_tokens: int = 256,
) -> list[Chain]:
    """Many chains; votes weigh by the rank of the model's certainty."""
    by_rank([], p)  # refuses a p that is none before anything is generated
    replies = await model.sample(
        reasoned(problem, shown(problem, shots, order)),
        n=paths,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        max_tokens=max_tokens,
        certainty=True,
    )
    chains = [chain(problem, reply) for reply in replies]
    certainties = [
        reply.certainty / reply.tokens if reply.tokens and reply.certainty is not None else None
        for reply in replies
    ]
    return weighed(chains, certainties, lambda certain: by_rank(certain, p))
