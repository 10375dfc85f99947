"""Zero-shot prompting, the baseline of Kojima et al. (2022, arXiv:2205.11916).

The answer trigger of the kind follows "A:" at once. One greedy reply of a few tokens: the cheapest of all.

Family: prompting.
Cost: one call of a few tokens on a short prompt, about 5 a problem.
Helps: where there are no worked examples and the answer needs no steps in between.
"""

from harness import Chain, Model, Problem, chain, direct, strategy

from .languages import asking


@strategy
async def zero_shot(problem: Problem, model: Model, *, max_tokens: int = 32) -> list[Chain]:
    """The question alone, answered at once."""
    trigger = asking(problem)
    asked = trigger[0].upper() + trigger[1:]
    replies = await model.sample(direct(problem, lead_in=asked), max_tokens=max_tokens)
    return [chain(problem, *replies, asked=asked)]
