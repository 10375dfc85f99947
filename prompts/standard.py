"""Standard few-shot prompting, the baseline of Wei et al. (2022, arXiv:2201.11903).

The worked examples show their answers without the reasoning. One greedy reply.

Family: prompting.
Cost: 1 call, 10 tokens.
Helps: nothing to reason about; the baseline.
"""

from harness import Chain, Model, Problem, chain, direct, shown, strategy


@strategy
async def standard(
    problem: Problem,
    model: Model,
    *,
    shots: int | None = None,
    order: int | None = None,
    max_tokens: int = 32,
) -> list[Chain]:
    """Worked examples with their answers only."""
    prompt = direct(problem, shown(problem, shots, order))
    replies = await model.sample(prompt, max_tokens=max_tokens)
    return [chain(problem, *replies)]
