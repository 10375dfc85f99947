"""What the rationale-augmented ensembles share: one chain from each member's own prompt."""

import asyncio
from collections.abc import Sequence

from harness import Chain, Model, Problem, Prompt, UserError, chain


async def members(
    problem: Problem,
    model: Model,
    prompts: Sequence[Prompt],
    *,
    output: str,
    temperature: float,
    top_k: int,
    top_p: float,
    max_tokens: int,
) -> list[Chain]:
    """One chain for each prompt, sampled or greedy.

    Members that happen to see the same prompt are its paths 0, 1, 2, ...: they must not repeat one another.
    """
    if output not in ("sampled", "greedy"):
        raise UserError(f"output={output!r} is neither 'sampled' nor 'greedy'")
    if output == "greedy":
        temperature, top_k, top_p = 0.0, 0, 1.0
    distinct = list(dict.fromkeys(prompts))

    async def replies(prompt: Prompt) -> list[Chain]:
        said = await model.sample(
            prompt,
            n=prompts.count(prompt) if output == "sampled" else 1,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            max_tokens=max_tokens,
        )
        return [chain(problem, reply) for reply in said]

    found = await asyncio.gather(*(replies(prompt) for prompt in distinct))
    queues = dict(zip(distinct, found, strict=True))
    if output == "greedy":
        return [queues[prompt][0] for prompt in prompts]
    return [queues[prompt].pop(0) for prompt in prompts]
