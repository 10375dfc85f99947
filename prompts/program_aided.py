"""Program-aided language models (PAL; Gao et al., 2022, arXiv:2211.10435).

The worked examples are functions in Python whose variables are named for what they hold; the model writes one for the
question, and an interpreter computes the answer. The paper: one greedy program, or 40 that vote
(`paths=40,temperature=0.7,top_p=0.95`). A program that fails abstains. For multiple choice take program_of_thoughts,
which has a stage for options.

Family: programs.
Cost: one chain of thought, written as code; running it costs nothing that a model has to generate.
Helps: where the reasoning is right and the arithmetic is not; needs a model that has seen code.
"""

import asyncio
import textwrap

from harness import (
    Chain,
    Model,
    Problem,
    Prompt,
    asked,
    computed,
    executed,
    program_of,
    shown,
    strategy,
)


@strategy(kinds=("number", "letters", "date"))
async def program_aided(
    problem: Problem,
    model: Model,
    *,
    paths: int = 1,
    temperature: float = 0.0,
    top_p: float = 1.0,
    shots: int | None = None,
    order: int | None = None,
    max_tokens: int = 512,
    seconds: float = 5.0,
) -> list[Chain]:
    """The model writes a function, and a sandbox runs it."""
    examples = tuple((asked(e), _function(e)) for e in shown(problem, shots, order))
    prompt = Prompt(examples, asked(problem))
    replies = await model.sample(
        prompt, n=paths, temperature=temperature, top_p=top_p, max_tokens=max_tokens
    )
    running = (executed(reply, "solution()", seconds=seconds) for reply in replies)
    outcomes = await asyncio.gather(*running)
    return [computed(problem, *ran) for ran in zip(replies, outcomes, strict=True)]


def _function(exemplar: Problem) -> str:
    question = exemplar.question.replace("\\", "\\\\").replace('"""', r"\"\"\"")
    question += " " if question.endswith('"') else ""  # a fourth quotation mark would open a text
    body = f'"""{question}"""\n{program_of(exemplar)}\nreturn answer'
    return f"# A solution in Python:\ndef solution():\n{textwrap.indent(body, '    ')}"
