"""Deep Think with Confidence, offline (Fu et al., 2025, arXiv:2508.15260).

Chains are sampled. A token's confidence is the negative mean log-probability of its `top` likeliest tokens; that of a
group is the mean over a sliding window of tokens. A chain is as confident as all its tokens (`mean`), the tenth of its
groups with the least confidence (`bottom`), its last group (`tail`) or its least confident group (`lowest`). The most
confident part `keep` of the chains votes, each with its confidence. The authors: windows of 2,048 tokens, for chains
of many thousands, the 20 likeliest tokens, a part of 0.1 or 0.9. Of a chain that is shorter than a window the four
measures are one, so the window is 32 here: a variant for short chains, with 40 of them. Chains are not stopped early
(the authors' online form).

Family: sampling and voting.
Cost: as self-consistency, 40 calls by default and no further ones; 20 log-probabilities of each token are kept.
Helps: long chains, of which some break down midway: a single unsure stretch tells on them.
"""

import math

from harness import (
    Chain,
    Model,
    Problem,
    Reply,
    UserError,
    chain,
    reasoned,
    shown,
    strategy,
    surest,
    weighed,
)


@strategy
async def deep_confidence(
    problem: Problem,
    model: Model,
    *,
    paths: int = 40,
    measure: str = "bottom",
    window: int = 32,
    top: int = 20,
    keep: float = 0.9,
    temperature: float = 0.6,
    top_k: int = 0,
    top_p: float = 0.95,
    shots: int | None = None,
    order: int | None = None,
    max_tokens: int = 256,
) -> list[Chain]:
    """Many chains; those with the least confident stretches are left out."""
    # refuse what cannot be measured before anything is generated
    confidence([1.0], measure, window)
    surest([], keep)
    replies = await model.sample(
        reasoned(problem, shown(problem, shots, order)),
        n=paths,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        max_tokens=max_tokens,
        top_logprobs=top,
    )
    chains = [chain(problem, reply) for reply in replies]
    sure = [confidence(tokens(reply), measure, window) if reply.top else None for reply in replies]
    return weighed(chains, sure, lambda confidences: surest(confidences, keep))


def tokens(reply: Reply) -> list[float]:
    """The confidence of each token: the negative mean of the log-probabilities that were noted."""
    return [-math.fsum(step) / len(step) for step in reply.top]


def confidence(tokens: list[float], measure: str, window: int) -> float:
    """The confidence of a chain, of its tokens' and their groups'."""
    if window < 1:
        raise UserError(f"window={window}: a group has at least one token")
    size = min(window, len(tokens))
    groups = [
        math.fsum(tokens[start : start + size]) / size for start in range(len(tokens) - size + 1)
    ]
    lowest = sorted(groups)[: math.ceil(len(groups) / 10)]
    measures = {
        "mean": math.fsum(tokens) / len(tokens),
        "bottom": math.fsum(lowest) / len(lowest),
        "tail": groups[-1],
        "lowest": lowest[0],
    }
    if measure not in measures:
        raise UserError(f"measure={measure!r}: take one of {', '.join(measures)}")
    return measures[measure]
