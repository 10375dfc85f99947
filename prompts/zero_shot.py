"""Zero-shot prompting, the baseline of Kojima et al. (2022, arXiv:2205.11916).

The answer trigger of the kind follows "A:" at once. One greedy reply of a few tokens: the cheapest of all.

Family: prompting.
Cost: 1 call, 5 to 10 tokens.
Helps: the cheapest of all; the baseline without examples.
"""

from harness import KINDS, Chain, Model, Problem, chain, direct, strategy


@strategy
async def zero_shot(problem: Problem, model: Model, *, max_tokens: int = 32) -> list[Chain]:
    """The question alone, answered at once."""
    trigger = KINDS[problem.kind].trigger(problem.choices)
    asking = trigger[0].upper() + trigger[1:]
    replies = await model.sample(direct(problem, lead_in=asking), max_tokens=max_tokens)
    return [chain(problem, *replies, asked=asking)]
