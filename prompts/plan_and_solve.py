"""Plan-and-solve prompting (Wang et al., 2023, arXiv:2305.04091).

In place of "Let's think step by step." the model is led to make a plan and to follow it; with `care` (PS+) also to
note what is given, and to mind the calculations between: the default. Then the answer is asked for. Both stages are
greedy.

Family: decomposition.
Cost: 2 calls, 150 to 400 tokens: plans are longer than plain chains.
Helps: word problems of several steps, where zero-shot chains leave steps out.
"""

from harness import Chain, Model, Problem, direct, strategy

from .stages import concluded

PLAN = (
    "I make sure that I know what is asked and write down a plan. "
    "Then I follow the plan one step after the other."
)
CAREFUL_PLAN = (
    "I make sure that I know what is asked, note each quantity that is given with its value, and write "
    "down a plan. Then I follow the plan one step after the other: I work out every result that is "
    "needed on the way, look at each calculation twice, ask whether it makes sense, and state the answer."
)


@strategy
async def plan_and_solve(
    problem: Problem,
    model: Model,
    *,
    care: bool = True,
    max_tokens: int = 384,
    answer_tokens: int = 32,
) -> list[Chain]:
    """No examples: first a plan that is carried out, then the answer is asked for."""
    # on a line of its own: behind a plan that ends in a full stop a chat model ends its turn
    prompt = direct(problem, lead_in=f"{CAREFUL_PLAN if care else PLAN}\n")
    limits = {"max_tokens": max_tokens, "answer_tokens": answer_tokens}
    return [await concluded(problem, model, prompt, **limits)]
