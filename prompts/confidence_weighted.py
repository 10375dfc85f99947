"""Confidence-improved self-consistency, CISC (Taubenfeld et al., 2025, arXiv:2502.06233).

Chains are sampled as in self-consistency, and each says how confident it is: by `p_true`, the probability that the
model gives to 1 (right) against 0 (wrong) when it is asked behind the chain whether its answer is right, or by
`probability`, that of the chain's mean token. A softmax over the chains of the problem makes weights of confidences,
and the answer with the largest sum of them wins. Its temperature, `spread`, is tuned on held-out problems in the
paper; 0.1 was tuned on nothing, for neither measure, so this is not the method as published. With 1 the weights hardly
differ. The paper: 30 chains; P(True) was the best of its measures. Its third, a confidence in words, is left out. No
worked example shows a judgement. A chain that abstains has no part in the softmax.

Family: sampling and voting.
Cost: as self-consistency, 40 calls by default; p_true reads each distinct chain once more, and generates nothing.
Helps: as self-consistency, with about half the chains, where a model can tell its right chains from its wrong ones.
"""

import asyncio
import math

from harness import (
    Chain,
    Model,
    Problem,
    Prompt,
    UserError,
    chain,
    reasoned,
    shown,
    softmax,
    strategy,
    weighed,
)

JUDGING = "\nIs this answer right? Give 1 if it is right and 0 if it is wrong:"


@strategy
async def confidence_weighted(
    problem: Problem,
    model: Model,
    *,
    paths: int = 40,
    confidence: str = "p_true",
    spread: float = 0.1,
    temperature: float = 0.7,
    top_k: int = 40,
    top_p: float = 1.0,
    shots: int | None = None,
    order: int | None = None,
    max_tokens: int = 256,
) -> list[Chain]:
    """Many chains; votes weigh by the model's own confidence in each."""
    if confidence not in ("p_true", "probability"):
        raise UserError(f"confidence={confidence!r} is neither 'p_true' nor 'probability'")
    softmax([], spread)  # refuses a temperature that is none before anything is generated
    prompt = reasoned(problem, shown(problem, shots, order))
    replies = await model.sample(
        prompt, n=paths, temperature=temperature, top_k=top_k, top_p=top_p, max_tokens=max_tokens
    )
    chains = [chain(problem, reply) for reply in replies]
    measure = p_true if confidence == "p_true" else probability
    sure = await asyncio.gather(*(measure(model, prompt, one) for one in chains))
    return weighed(chains, sure, lambda confidences: softmax(confidences, spread))


async def p_true(model: Model, prompt: Prompt, chain: Chain) -> float | None:
    """P(1) against P(0) behind the chain and the question whether it is right; None without an answer."""
    if chain.answer is None:
        return None
    judged = prompt.continued(chain.text.strip() + JUDGING)
    right, wrong = await model.score(judged, [" 1", " 0"])
    return 1 / (1 + math.exp(min(700.0, wrong.logprob - right.logprob)))


async def probability(model: Model, prompt: Prompt, chain: Chain) -> float | None:
    """The probability of the chain's mean token. Raises `UserError` where it is not known."""
    if math.isnan(chain.logprob):
        raise UserError(
            "the model's replies come without log-probabilities, which confidence=probability weighs by: "
            "take confidence=p_true, or a vote without weights"
        )
    return math.exp(chain.logprob / chain.tokens) if chain.tokens else None
