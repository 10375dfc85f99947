"""Input-rationale ensemble (Wang et al., 2022, rationale-augmented ensembles, arXiv:2207.00747).

The model writes rationales for each worked example from the others (leave one out); those that reach the gold are
kept, but none that was cut off. Each member's prompt has the answer of one random example (`replace=all`: of every
example) replaced by a random kept one, as the model wrote it up to its closing sentence, and gives one chain, sampled
or greedy; the answers vote. The paper: 1,024 rationales an example (`pool=1024`; 32 here), 40 members, temperature
0.7. The pool is written once for all problems. With `shuffled` each member sees the examples in an order of its own as
well. `stop` is that of self-consistency.

Family: sampling and voting.
Cost: one call a member, each with its own prompt to read, and once for all problems `pool` calls an example.
Helps: where answers depend on how the examples reason; sampled outputs matter more than the rationales do.
"""

import asyncio
import random
import re
from typing import Any, Literal

from harness import KINDS, Chain, Model, Problem, Prompt, asked, chain, reasoned, shown, strategy

from .ensemble import Output, members, require, require_sampling


@strategy
async def input_rationale_ensemble(
    problem: Problem,
    model: Model,
    *,
    paths: int = 40,
    pool: int = 32,
    replace: Literal["one", "all"] = "one",
    shuffled: bool = False,
    output: Output = "sampled",
    temperature: float = 0.7,
    top_k: int = 40,
    top_p: float = 1.0,
    shots: int | None = None,
    order: int = 0,
    max_tokens: int = 256,
    stop: str | None = None,
    per_round: int = 5,
) -> list[Chain]:
    """Every member sees rationales that the model wrote itself; the most common answer wins."""
    require(paths, stop, per_round, temperature, output)
    require_sampling(temperature, pool=pool)  # the pool is sampled, whatever the output
    settings: dict[str, Any] = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    exemplars = shown(problem, shots, None)

    async def written(place: int) -> list[str]:
        others = [*exemplars[:place], *exemplars[place + 1 :]]
        prompt = reasoned(exemplars[place], others)
        replies = await model.sample(prompt, n=pool, max_tokens=max_tokens, **settings)
        chains = [chain(exemplars[place], reply) for reply in replies]
        gold, same = exemplars[place].answer, KINDS[exemplars[place].kind].same
        right = (c for c in chains if c.answer is not None and same(c.answer, gold))
        # a blank line would end the example
        return [re.sub(r"\n\s*\n", "\n", c.text.strip()) for c in right if c.finish != "length"]

    kept = await asyncio.gather(*(written(place) for place in range(len(exemplars))))

    def member(number: int) -> Prompt:
        """Some rationales replaced; an example whose pool is empty keeps its own."""
        rng = random.Random(f"{order}/{number}")
        prompt = reasoned(problem, exemplars)
        places = [place for place, texts in enumerate(kept) if texts]
        if places and replace == "one":
            places = [rng.choice(places)]
        examples = list(prompt.examples)
        for place in places:  # the whole answer as the model wrote it, closing sentence included
            examples[place] = (asked(exemplars[place]), rng.choice(kept[place]))
        if shuffled:
            rng.shuffle(examples)
        return Prompt(tuple(examples), prompt.question)

    prompts = [member(number) for number in range(paths)]
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
