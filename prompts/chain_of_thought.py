"""Chain-of-thought prompting (Wei et al., 2022, arXiv:2201.11903).

The worked examples show their reasoning before their answers. One greedy reply. The paper's ablations are options:
`rationale` shows the equation alone, as many dots as it has characters, or the reasoning behind the answer;
`annotator` takes the rationales of another writer; `order` shuffles the examples, and `orders=5` runs five such
columns, of which the report gives mean and standard deviation; `calculator` computes equations again after the fact.

Family: prompting.
Cost: one call of the length of a solution, about 100 tokens a problem.
Helps: problems of several steps, with models that write coherent steps; little or nothing with very small ones.
"""

from dataclasses import replace

from harness import Chain, Model, Problem, Rationale, chain, reasoned, shown, strategy

from .calculator import corrected


@strategy
async def chain_of_thought(
    problem: Problem,
    model: Model,
    *,
    shots: int | None = None,
    order: int | None = None,
    rationale: Rationale = "full",
    annotator: str = "A",
    calculator: bool = False,
    max_tokens: int = 256,
) -> list[Chain]:
    """Worked examples with their reasoning; one greedy chain."""
    exemplars = shown(problem, shots, order)
    prompt = reasoned(problem, exemplars, rationale=rationale, annotator=annotator)
    [reply] = await model.sample(prompt, max_tokens=max_tokens)
    if calculator:
        reply = replace(reply, text=corrected(reply.text))
    return [chain(problem, reply)]
