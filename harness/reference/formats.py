"""Training documents in the formats of the strategies: one is run on drawn problems, and what it asks is kept.

So a document is to the letter what the strategy will send. A document is a list of (text, learn) segments.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from harness import KINDS, Chain, Model, Problem, Prompt, Reply, Scripted, reasoned
from harness.prompt import answered
from harness.prompts.confidence_weighted import JUDGING
from harness.prompts.self_refine import self_refine
from harness.reference.slips import Slip, slipped

END = "<end>"

Segments = list[tuple[str, bool]]
Strategy = Callable[..., Awaitable[list[Chain]]]

OPERATIONS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
PLANS = {
    "letters": "take the last letter of each word, then put them together",
    "yes_no": "follow the coin from turn to turn",
}


def conversation(
    strategy: Strategy, problem: Problem, reply: Callable[[str], str], **options: Any
) -> list[Segments]:
    """What a strategy asks and is replied: a document for every prompt that does not continue an earlier one."""
    documents: list[Segments] = []

    def said(text: str) -> str:
        answer_text = reply(text)
        for document in documents:
            before = "".join(part for part, _ in document)
            if text.startswith(before):
                document += [(text[len(before) :], False), (answer_text, True)]
                return answer_text
        documents.append([(text, False), (answer_text, True)])
        return answer_text

    asyncio.run(_run(strategy, problem, cast(Model, Scripted(said)), options))
    return documents


async def _run(strategy: Strategy, problem: Problem, model: Model, options: dict[str, Any]) -> None:
    await strategy(problem, model, **options)


def stages(strategy: Strategy, drawn: Problem, rng: random.Random, **options: Any) -> Segments:
    """A strategy without worked examples, which reasons, answers behind a trigger, or does one after the other."""
    asking = KINDS[drawn.kind].trigger(drawn.choices)
    rationale = rng.choice(drawn.rationales)

    def reply(text: str) -> str:
        if text.lower().endswith(asking.lower()):
            return f" {bare(drawn)}"
        if text.endswith("A:"):
            return f" {answered(drawn, rationale=rationale)}"
        return f" {planned(drawn, rationale)}" if "plan" in text else f" {rationale}"

    [document] = conversation(strategy, drawn, reply, **options)
    # The first stage alone learns where to end; in front of the second it is followed by that.
    return ended(document[:2] if len(document) > 2 and rng.random() < 0.5 else document)


def planned(drawn: Problem, rationale: str) -> str:
    """A rationale with the plan of it in front."""
    plan = PLANS.get(drawn.kind)
    if plan is None:
        first = [one.split(" = ")[0] for one in rationale.split(". ")]
        marks = [
            next(mark for mark in reversed(one.split()) if mark in OPERATIONS) for one in first
        ]
        plan = ", ".join(OPERATIONS[mark] for mark in marks)
    return f"The plan: {plan}. {rationale}"


def refined(drawn: Problem, other: Problem, rng: random.Random) -> Segments:
    """One stage of self-refine: the criticism of a right or a wrong draft, or what is written after it."""
    rationale = rng.choice(drawn.rationales)
    slip = slipped(drawn, rationale, rng) if rng.random() < 0.6 else None
    draft, criticism, again = drafted(drawn, rationale, slip), "Every step is right.", ""
    if slip:
        criticism, again = f"It should be: {slip.right}", answered(drawn, rationale=rationale)
    verdict = KINDS["yes_no"].sentence("yes" if slip else "no")
    replies = iter((draft, f"{criticism} {verdict}", again))
    documents = conversation(
        self_refine,
        replace(drawn, exemplars=(other,)),
        lambda text: f" {next(replies)}",
        rounds=1,
    )
    return ended(rng.choice(documents[1:]))


def judged(drawn: Problem, others: list[Problem], rng: random.Random) -> Segments:
    """A right or a wrong chain, and 1 or 0 behind the question whether it is right."""
    rationale = rng.choice(drawn.rationales)
    slip = slipped(drawn, rationale, rng) if rng.random() < 0.5 else None
    prompt = reasoned(drawn, others).continued(drafted(drawn, rationale, slip) + JUDGING)
    return [(prompt.plain(), False), (f" {int(slip is None)}{END}", True)]


def drafted(drawn: Problem, rationale: str, slip: Slip | None) -> str:
    """A whole chain, with its slip where it has one."""
    if slip is None:
        return answered(drawn, rationale=rationale)
    return answered(replace(drawn, answer=slip.answer), rationale=slip.rationale)


def ended(document: Segments) -> Segments:
    """The document with its end token."""
    text, learn = document[-1]
    return [*document[:-1], (text + END, learn)]


def bare(drawn: Problem) -> str:
    """The answer alone, as it stands after the trigger of the second stage."""
    return {"yes_no": drawn.answer.capitalize()}.get(drawn.kind, drawn.answer) + "."


class _Heard(Exception):
    """All prompts that were wanted have been heard."""


@dataclass
class _Listener:
    """A model that keeps the prompts it is asked, and breaks off at the last that is wanted."""

    wanted: int
    prompts: list[Prompt] = field(default_factory=list)

    async def sample(self, prompt: Prompt, **_: object) -> list[Reply]:
        self.prompts.append(prompt)
        if len(self.prompts) == self.wanted:
            raise _Heard
        return [Reply(" What comes first?", "end", 1, 0.0)]


def examples(strategy: Strategy, drawn: list[Problem], prompt: int = 1) -> Segments:
    """The worked examples of a strategy's prompt number `prompt`, whose answers are all learned."""
    *shown, last = drawn
    listener = _Listener(prompt)
    try:
        asyncio.run(_run(strategy, replace(last, exemplars=tuple(shown)), listener, {}))  # type: ignore[arg-type]
    except _Heard:
        return blocks(listener.prompts[-1].examples)
    raise AssertionError(f"{strategy} asked {len(listener.prompts)} prompts, not {prompt}")


def blocks(pairs: Iterable[tuple[str, str]]) -> Segments:
    """Questions and answers one after the other, as in a prompt with worked examples."""
    segments: Segments = []
    for place, (question, answer) in enumerate(pairs):
        opening = f" {question}\nA:" if place else f"Q: {question}\nA:"
        segments += [(opening, False), (f" {answer}\n\nQ:", True)]
    return segments
