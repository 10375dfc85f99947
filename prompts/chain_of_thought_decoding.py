"""Chain-of-thought decoding (Wang and Zhou, 2024, arXiv:2402.10200).

No prompt asks for reasoning. Of the first token the `paths` likeliest alternatives are tried, each goes on greedily,
and some of these paths reason by themselves. A path is as sure as the mean margin between the probabilities of the two
likeliest tokens, over the tokens of its answer: the last words of the path that read as it, or all where none do. The
answer whose paths have the largest sum wins, or with `aggregate=false` that of the surest path. The paper: 10 paths,
and both rules.

Family: decoding.
Cost: one call for each of the paths, 10 by default; as many tokens as that many greedy replies.
Helps: base models that can reason but do not begin to when asked plainly; no prompt has to be written.
"""

import math

from harness import KINDS, Chain, Model, Problem, Reply, chain, direct, strategy, surest, weighed


@strategy
async def chain_of_thought_decoding(
    problem: Problem,
    model: Model,
    *,
    paths: int = 10,
    aggregate: bool = True,
    max_tokens: int = 256,
) -> list[Chain]:
    """Other first tokens, then greedy; the answer that is said most surely wins."""
    replies = await model.sample(
        direct(problem), n=paths, branching=True, top_logprobs=2, max_tokens=max_tokens
    )
    chains = [chain(problem, reply) for reply in replies]
    margins = [margin(problem, *pair) for pair in zip(chains, replies, strict=True)]
    return weighed(chains, margins, lambda sure: surest(sure, 1 if aggregate else 1 / paths))


def margin(problem: Problem, chain: Chain, reply: Reply) -> float | None:
    """The mean of p(likeliest) - p(second) over the tokens of the answer; of all where it has no place."""
    if chain.answer is None:
        return None
    place = KINDS[problem.kind].span(reply.text, chain.answer, problem.choices)
    start, end = place or (0, len(reply.text))
    begins = (0, *reply.ends[:-1])
    margins = [
        math.exp(first) - math.exp(second)
        for (first, second), begin, stop in zip(reply.top, begins, reply.ends, strict=True)
        if begin < end and stop > start
    ]
    return math.fsum(margins) / len(margins)
