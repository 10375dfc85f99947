"""Universal self-consistency (Chen et al., 2023, arXiv:2311.17311).

Chains are sampled as in self-consistency, shown to the model side by side, and the model itself says which one most of
the others agree with: that chain alone counts. Nothing need be compared, so this also decides between texts. Where no
choice can be read from its reply, the chains vote, and the note of the first chain says so.

The paper: 8 chains, at temperature 0.6 or 1.0 by model; with 16 its accuracy on GSM8K falls. Here the temperature is
0.7, as of self-consistency, so that columns compare, and the choice begins with words that a number must follow.

Family: sampling and voting.
Cost: `paths` + 1 calls, 100 tokens a path; the last call reads all of them.
Helps: answers that are hard to compare; where they are not, about as good as the vote.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from harness import Chain, Model, Problem, Prompt, Reply, asked, strategy

from .self_consistency import self_consistency


@strategy
async def universal_self_consistency(
    problem: Problem,
    model: Model,
    *,
    paths: int = 8,
    temperature: float = 0.7,
    top_k: int = 40,
    top_p: float = 1.0,
    shots: int | None = None,
    order: int | None = None,
    max_tokens: int = 256,
    choice_tokens: int = 16,
) -> list[Chain]:
    """Sampled chains side by side; the model picks the one that agrees best with the others."""
    chains = await self_consistency(
        problem,
        model,
        paths=paths,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        shots=shots,
        order=order,
        max_tokens=max_tokens,
    )
    [reply] = await model.sample(_side_by_side(problem, chains), max_tokens=choice_tokens)
    chosen = _chosen(reply, len(chains))
    if chosen is None:
        note = f"no choice could be read from {reply.text.strip()!r}, so the chains voted"
        return [replace(chains[0], note=note), *chains[1:]]
    weighed = [replace(one, weight=float(place == chosen)) for place, one in enumerate(chains)]
    weighed[chosen] = replace(weighed[chosen], note="chosen by the model")
    return weighed


def _side_by_side(problem: Problem, chains: Sequence[Chain]) -> Prompt:
    solutions = "\n\n".join(
        f"Solution {number}:\n{one.text.strip()}" for number, one in enumerate(chains, 1)
    )
    question = (
        f"{asked(problem)}\n\n{len(chains)} solutions were written.\n\n{solutions}\n\n"
        "Compare what they conclude. Which solution do most of the others agree with?"
    )
    return Prompt((), question, lead_in="Most of the others agree with solution")


def _chosen(reply: Reply, solutions: int) -> int | None:
    """The place of the solution whose number a reply begins with; None where it names none."""
    number = re.match(r"\W*(?:(?:number|solution)\b\W*)?(\d+)\b", reply.text, re.IGNORECASE)
    if not number or (reply.finish == "length" and number.end() == len(reply.text)):
        return None  # of a number that was cut off digits may be missing
    return int(number[1]) - 1 if 1 <= int(number[1]) <= solutions else None
