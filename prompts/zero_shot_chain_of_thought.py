"""Zero-shot chain of thought (Kojima et al., 2022, arXiv:2205.11916).

Two stages: the model reasons after "Let's think step by step.", then the whole text, followed by the answer trigger of
the kind, is put to it again. Both are greedy. The paper ends the first after 128 tokens, here it is 256. What is asked
in another language (MGSM) has both triggers in that language.

Family: prompting.
Cost: two calls, one of the length of a solution: about 100 tokens a problem.
Helps: problems of several steps where there are no worked examples, with models that follow the trigger.
"""

from harness import Chain, Model, Problem, direct, strategy

from .languages import STEPS, steps
from .stages import concluded


@strategy
async def zero_shot_chain_of_thought(
    problem: Problem,
    model: Model,
    *,
    trigger: str = STEPS,
    max_tokens: int = 256,
    answer_tokens: int = 32,
) -> list[Chain]:
    """No examples: first "Let's think step by step.", then the answer is asked for."""
    prompt = direct(problem, lead_in=steps(problem, trigger))
    limits = {"max_tokens": max_tokens, "answer_tokens": answer_tokens}
    return [await concluded(problem, model, prompt, **limits)]
