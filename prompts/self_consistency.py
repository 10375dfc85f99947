"""Self-consistency (Wang et al., 2022, arXiv:2203.11171).

Sample many chains of thought from one prompt and let their answers vote. The defaults are the paper's for its
largest model: 40 paths at temperature 0.7 from the 40 likeliest tokens.
"""

from harness import Chain, Model, Problem, chain, reasoned, shown, strategy


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
) -> list[Chain]:
    """Many sampled chains of thought; the most common answer wins."""
    replies = await model.sample(
        reasoned(problem, shown(problem, shots, order)),
        n=paths,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        max_tokens=max_tokens,
    )
    return [chain(problem, reply) for reply in replies]
