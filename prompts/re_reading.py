"""Re-reading (Xu et al., 2023, arXiv:2309.06275): the question is put twice.

A model that reads from left to right sees the whole question by the time it reads it again. Then it reasons and
concludes as in zero-shot chain of thought, greedily.

Family: prompting.
Cost: 2 calls, 100 to 300 tokens; the question is read twice.
Helps: long or tangled questions; mostly arithmetic.
"""

from dataclasses import replace

from harness import Chain, Model, Problem, direct, strategy

from .stages import concluded


@strategy
async def re_reading(
    problem: Problem,
    model: Model,
    *,
    trigger: str = "Let's think step by step.",
    max_tokens: int = 256,
    answer_tokens: int = 32,
) -> list[Chain]:
    """The question is put twice; then reasoning, and the answer is asked for."""
    once = direct(problem, lead_in=trigger)
    twice = replace(once, question=f"{once.question}\nOnce more, the question: {once.question}")
    limits = {"max_tokens": max_tokens, "answer_tokens": answer_tokens}
    return [await concluded(problem, model, twice, **limits)]
