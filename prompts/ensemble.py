"""What the rationale-augmented ensembles share: one chain from each member's own prompt."""

import asyncio
from collections.abc import Sequence
from typing import Any, Literal

from harness import KINDS, Chain, Model, Problem, Prompt, UserError, chain, paths_to_draw

Output = Literal["sampled", "greedy"]
"""How each member of an ensemble replies."""


def require(
    paths: int,
    stop: str | None,
    per_round: int,
    temperature: float,
    output: Output = "sampled",
) -> None:
    """Raises UserError for settings with which no vote could be held, before a model is asked."""
    paths_to_draw([], str.__eq__, paths, stop, per_round)
    if output not in ("sampled", "greedy"):
        raise UserError(f"output={output!r} is neither 'sampled' nor 'greedy'")
    if output == "sampled":
        require_sampling(temperature, paths=paths)


def require_sampling(temperature: float, **drawn: int) -> None:
    """Raises UserError where several replies to one prompt would all be the same, or none is drawn."""
    for name, count in drawn.items():
        if count < 1:
            raise UserError(f"{name}={count}: at least one reply must be drawn")
        if count > 1 and temperature == 0:
            raise UserError(
                f"temperature=0 with {name}={count}: all replies to a prompt would be the same; "
                f"take a temperature above 0, or {name}=1"
            )


def require_search(beams: int, stop: str | None, *, changed: bool) -> None:
    """Raises UserError for settings that mean nothing where chains are found by one beam search.

    `changed`: whether settings of sampling are other than by default.
    """
    if beams < 0:
        raise UserError(f"beams={beams}: must be 0 (sample) or more")
    if stop is not None:
        raise UserError(
            f"beams={beams} with stop={stop!r}: one search finds all chains; leave out stop"
        )
    if changed:
        raise UserError(
            f"beams={beams} samples nothing: leave out temperature, top_k and top_p, or beams"
        )


async def members(
    problem: Problem,
    model: Model,
    prompts: Sequence[Prompt],
    *,
    stop: str | None,
    per_round: int,
    output: Output,
    temperature: float,
    top_k: int,
    top_p: float,
    max_tokens: int,
) -> list[Chain]:
    """One chain for each prompt, sampled or greedy, until `stop` has enough (see `self_consistency`).

    Members that happen to see the same prompt are its paths 0, 1, 2, ...: they must not repeat one another.
    """
    if output == "greedy":
        temperature, top_k, top_p = 0.0, 0, 1.0
    settings = {
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "max_tokens": max_tokens,
    }
    same = KINDS[problem.kind].same
    chains: list[Chain] = []
    while more := paths_to_draw([c.answer for c in chains], same, len(prompts), stop, per_round):
        shown = prompts[: len(chains) + more]
        # Earlier members are asked again, as a later one may be a further path of the same prompt.
        chains = await _each(problem, model, shown, output == "sampled", settings)
    return chains


async def _each(
    problem: Problem,
    model: Model,
    prompts: Sequence[Prompt],
    sampled: bool,
    settings: dict[str, Any],
) -> list[Chain]:
    distinct = list(dict.fromkeys(prompts))

    async def replies(prompt: Prompt) -> list[Chain]:
        replies_drawn = await model.sample(
            prompt, n=prompts.count(prompt) if sampled else 1, **settings
        )
        return [chain(problem, reply) for reply in replies_drawn]

    groups = await asyncio.gather(*(replies(prompt) for prompt in distinct))
    queues = dict(zip(distinct, groups, strict=True))
    return [queues[prompt].pop(0) if sampled else queues[prompt][0] for prompt in prompts]
