"""Prompt-order ensemble (Wang et al., 2022, rationale-augmented ensembles, arXiv:2207.00747).

Each member sees the worked examples in another random order and gives one chain, sampled or greedy; the answers vote.
The paper: 40 members, temperature 0.7; here also `top_k` 40. A member has the same order for every problem of the
task. `stop` is that of self-consistency.

Family: sampling and voting.
Cost: one call a member, and every member has its own prompt to read: about 40 times 100 tokens a problem.
Helps: where answers depend on the order of the examples; sampled outputs matter more than the orders do.
"""

from harness import Chain, Model, Problem, reasoned, shown, strategy

from .ensemble import Output, members, require


@strategy
async def prompt_order_ensemble(
    problem: Problem,
    model: Model,
    *,
    paths: int = 40,
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
    """Every member sees the examples in another order; the most common answer wins."""
    require(paths, stop, per_round, temperature, output)
    # Member k has the same order for every problem, so that its prompt is computed once for all of them.
    prompts = [
        reasoned(problem, shown(problem, shots, f"{order}/{member}")) for member in range(paths)
    ]
    return await members(
        problem,
        model,
        prompts,
        stop=stop,
        per_round=per_round,
        output=output,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        max_tokens=max_tokens,
    )
