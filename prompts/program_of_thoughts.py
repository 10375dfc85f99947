"""Program of thoughts (PoT; Chen et al., 2022, arXiv:2211.12588).

The model reasons in statements of Python that bind what is known and what follows to names, the last of them `answer`;
an interpreter does the arithmetic. Of a multiple-choice question the program computes the value, and the model is then
asked which option comes closest. `shots=0` shows no examples and begins the program instead. The paper: greedy, or 40
programs at temperature 0.4 that vote (AQuA, in the authors' code: 30 at 0.3). Left out: without examples it also makes
comments unlikely, by a bias on the tokens of "#".

Of multiple choice with several paths the authors vote over the values, ask once for the closest option by worked
examples of that, and take option A where nothing ran. Here each program is asked, behind itself and its value and
without such examples; the letters vote, and a program that fails abstains.

Family: programs.
Cost: one chain of thought, written as code; for multiple choice a second question of a few tokens.
Helps: where the reasoning is right and the arithmetic is not; needs a model that has seen code.
"""

import asyncio

from harness import (
    KINDS,
    Chain,
    Model,
    Problem,
    Prompt,
    Reply,
    asked,
    chain,
    computed,
    executed,
    program_of,
    shown,
    strategy,
)

BEGUN = "# Python that binds each step to a name, and the result to `answer`:\n"


@strategy(kinds=("number", "choice", "letters", "date"))
async def program_of_thoughts(
    problem: Problem,
    model: Model,
    *,
    paths: int = 1,
    temperature: float = 0.0,
    shots: int | None = None,
    order: int | None = None,
    max_tokens: int = 512,
    answer_tokens: int = 32,
    seconds: float = 5.0,
) -> list[Chain]:
    """The model writes the steps as statements, and a sandbox runs them."""
    examples = [] if shots == 0 else shown(problem, shots, order)
    written = tuple((asked(e), BEGUN + program_of(e)) for e in examples)
    prompt = Prompt(written, asked(problem), "" if written else BEGUN)

    async def finished(reply: Reply) -> Chain:
        outcome = await executed(reply, seconds=seconds)
        if problem.kind != "choice" or outcome.value is None:
            return computed(problem, reply, outcome)
        closest = (
            f"\n# answer = {outcome.value}\nTherefore, {KINDS['choice'].trigger(problem.choices)}"
        )
        choosing = prompt.continued(reply.text, closest)
        [chosen] = await model.sample(choosing, max_tokens=answer_tokens)
        return chain(problem, reply, chosen, asked=closest)

    replies = await model.sample(prompt, n=paths, temperature=temperature, max_tokens=max_tokens)
    return list(await asyncio.gather(*map(finished, replies)))
