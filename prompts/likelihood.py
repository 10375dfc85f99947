"""Answers compared by likelihood (Brown et al., 2020, arXiv:2005.14165).

Nothing is generated: each possible answer is put behind the same prompt, and the model's likeliest one wins. Longer
answers are less likely for their length alone, so log-probabilities are compared as they are (`normalise=sum`), per
`token`, per `character`, or against what the same answer has behind an empty question (`unconditional`; Holtzman et
al., 2021, arXiv:2104.08315, give the reason: forms of words compete). Of a choice the letter is compared behind the
listed options, or with `of=text` each option's own text, and none is listed.

GPT-3 was tested with the texts of options behind worked examples, per token, and on some sets against their likelihood
without the question: `of=text,normalise=token,shots=...`. The default is not that: letters, no examples, sums. The
full stop behind an answer is scored with it.

Family: likelihood.
Cost: no generated tokens; the prompt once and each answer after it, twice with `unconditional`.
Helps: choice, yes/no and label tasks, above all small models that do not keep to an answer's form.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from harness import (
    KINDS,
    Chain,
    Model,
    Problem,
    Prompt,
    UserError,
    asked,
    choice_letters,
    compared,
    shown,
    strategy,
)

NORMALISE = ("sum", "token", "character", "unconditional")


@strategy(kinds=("choice", "yes_no", "label"))
async def likelihood(
    problem: Problem,
    model: Model,
    *,
    normalise: str = "sum",
    of: str = "letter",
    shots: int = 0,
    order: int | None = None,
) -> list[Chain]:
    """Every possible answer behind one prompt; the likeliest wins, nothing is generated."""
    if normalise not in NORMALISE:
        raise UserError(f"normalise={normalise!r}: take one of {', '.join(NORMALISE)}")
    if of not in ("letter", "text"):
        raise UserError(f"of={of!r} is neither 'letter' nor 'text'")
    exemplars = shown(problem, shots, order) if shots else ()
    examples = tuple((put(one, of), said(one, of)[one.answer]) for one in exemplars)
    texts = said(problem, of)
    lead_in = opening(problem.kind)
    answers = [text.removeprefix(lead_in) for text in texts.values()]
    prompts = [Prompt(examples, put(problem, of), lead_in)]
    if normalise == "unconditional":
        prompts.append(Prompt((), "", lead_in))
    replies, *neutral = await asyncio.gather(*(model.score(one, answers) for one in prompts))
    divisors = {
        "token": [reply.tokens for reply in replies],
        "character": [len(text.strip()) for text in answers],
    }.get(normalise, [1] * len(replies))
    bases = [reply.logprob for reply in neutral[0]] if neutral else [0.0] * len(replies)
    scores = [
        (reply.logprob - base) / divisor
        for reply, base, divisor in zip(replies, bases, divisors, strict=True)
    ]
    return compared(problem, dict(zip(texts, scores, strict=True)), replies)


def put(problem: Problem, of: str) -> str:
    """The question, with its options listed unless their texts are compared."""
    return asked(replace(problem, choices=()) if of == "text" else problem)


def said(problem: Problem, of: str) -> Mapping[str, str]:
    """The closing sentence of each possible answer, by its normal form."""
    kind = KINDS[problem.kind]
    if problem.kind == "choice" and problem.choices:
        letters = choice_letters(len(problem.choices))
        if of == "text":
            pairs = zip(letters, problem.choices, strict=True)
            return {letter: f"{opening(problem.kind)} {text}." for letter, text in pairs}
        return {letter: kind.sentence(letter) for letter in letters}
    answers = ("yes", "no") if problem.kind == "yes_no" else problem.choices
    if not answers:
        raise UserError(f"{problem.id} lists no {problem.kind}s to compare: take another strategy")
    return {kind.normal(one, problem.choices) or one: kind.sentence(one) for one in answers}


def opening(kind: str) -> str:
    """The words of a kind's closing sentence before the answer: "So the answer is"."""
    return KINDS[kind].sentence("#").partition("#")[0].rpartition(" ")[0]
