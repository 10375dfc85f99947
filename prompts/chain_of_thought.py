"""Chain-of-thought prompting (Wei et al., 2022, arXiv:2201.11903).

The worked examples show their reasoning before their answers. One greedy reply.

Family: prompting.
Cost: 1 call, 50 to 200 tokens.
Helps: arithmetic, symbols and logic, with models that are large enough.
"""

from harness import Chain, Model, Problem, chain, reasoned, shown, strategy


@strategy
async def chain_of_thought(
    problem: Problem,
    model: Model,
    *,
    shots: int | None = None,
    order: int | None = None,
    max_tokens: int = 256,
) -> list[Chain]:
    """Worked examples with their reasoning; one greedy chain."""
    prompt = reasoned(problem, shown(problem, shots, order))
    replies = await model.sample(prompt, max_tokens=max_tokens)
    return [chain(problem, *replies)]
