"""Complexity-based prompting (Fu et al., 2022, arXiv:2210.00720).

The worked examples with the most reasoning steps are shown, many chains are sampled, and of these the `longest` ones,
by steps, vote. The paper: 8 examples of about 9 steps each, 50 paths, of which 30 to 40 vote.

The 8 are selected from many there. By default all examples that a task has are shown, so they are only put in another
order: give a large set (`--exemplars FILE`) and `shots=8`. Steps are lines, or the sentences of a single line, as our
examples are. A chain that abstains takes no seat among the `voters`, and chains of equal length share seats.

Family: sampling and voting.
Cost: `paths` calls from one prompt, 100 tokens each and more: long examples make long chains.
Helps: multi-step arithmetic, where short chains skip what matters.
"""

from dataclasses import replace

from harness import Chain, Model, Problem, longest, shown, steps, strategy

from .self_consistency import self_consistency


@strategy
async def complexity_based(
    problem: Problem,
    model: Model,
    *,
    paths: int = 40,
    voters: int = 30,
    temperature: float = 0.7,
    top_k: int = 40,
    top_p: float = 1.0,
    shots: int | None = None,
    max_tokens: int = 256,
) -> list[Chain]:
    """The examples with the most steps; the sampled chains with the most steps vote."""
    longest([], voters)  # refuses a number of voters that is none, before anything is sampled
    shown(problem, shots, None)
    complex_first = sorted(problem.exemplars, key=lambda one: -steps(one.rationale or ""))
    chains = await self_consistency(
        replace(problem, exemplars=tuple(complex_first[:shots])),
        model,
        paths=paths,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        max_tokens=max_tokens,
    )
    return longest(chains, voters)
