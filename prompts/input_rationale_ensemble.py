"""Input-rationale ensemble (Wang et al., 2022, rationale-augmented ensembles, arXiv:2207.00747).

The model writes rationales for each worked example from the others (leave one out); those that reach the gold are
kept. Each member's prompt has the rationale of one random example replaced by a random kept one, and gives
one chain, sampled or greedy; the answers vote. The paper: 1,024 rationales an example, 40 members,
temperature 0.7. The pool is written once for all problems. `stop` is that of self-consistency.

Family: sampling and voting.
Cost: `paths` calls, 50 to 200 tokens each; for the whole task `pool` calls an example.
Helps: where the wording of the rationales matters.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from harness import (
    Chain,
    Model,
    Problem,
    Prompt,
    asked,
    chain,
    paths_to_draw,
    reasoned,
    shown,
    strategy,
)

from .ensemble import members


@strategy
async def input_rationale_ensemble(
    problem: Problem,
    model: Model,
    *,
    paths: int = 40,
    pool: int = 32,
    output: str = "sampled",
    temperature: float = 0.7,
    top_k: int = 40,
    top_p: float = 1.0,
    shots: int | None = None,
    order: int = 0,
    max_tokens: int = 256,
    stop: str | None = None,
    per_round: int = 5,
) -> list[Chain]:
    """Every member sees one rationale that the model wrote itself; the most common answer wins."""
    # refuses a stop that is none, which would else be found out after the pool was written
    paths_to_draw([], str.__eq__, paths, stop, per_round)
    settings: dict[str, Any] = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    exemplars = shown(problem, shots, None)

    async def written(place: int) -> list[str]:
        others = [*exemplars[:place], *exemplars[place + 1 :]]
        prompt = reasoned(exemplars[place], others)
        replies = await model.sample(prompt, n=pool, max_tokens=max_tokens, **settings)
        chains = [chain(exemplars[place], reply) for reply in replies]
        return [c.text.strip() for c in chains if c.answer == exemplars[place].answer]

    kept = await asyncio.gather(*(written(place) for place in range(len(exemplars))))
    prompts = [_member(problem, exemplars, kept, f"{order}/{member}") for member in range(paths)]
    return await members(
        problem,
        model,
        prompts,
        stop=stop,
        per_round=per_round,
        output=output,
        max_tokens=max_tokens,
        **settings,
    )


def _member(
    problem: Problem, exemplars: Sequence[Problem], kept: Sequence[Sequence[str]], seed: str
) -> Prompt:
    """The prompt with one example's whole answer as the model wrote it, closing sentence included.

    An example whose pool is empty is not chosen; where all are, the prompt stays as written.
    """
    prompt = reasoned(problem, exemplars)
    places = [place for place, texts in enumerate(kept) if texts]
    if not places:
        return prompt
    rng = random.Random(seed)
    place = rng.choice(places)
    examples = list(prompt.examples)
    examples[place] = (asked(exemplars[place]), rng.choice(kept[place]))
    return replace(prompt, examples=tuple(examples))
