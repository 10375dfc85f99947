"""The reference model's documents: from the training streams only, correct, and as our strategies put things."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest
from harness.prompts.zero_shot import zero_shot
from harness.prompts.zero_shot_chain_of_thought import zero_shot_chain_of_thought
from harness.tasks.streams import share

from harness import Chain, Problem, Scripted
from harness.prompt import answered, direct, reasoned
from harness.reference import corpus, tokens
from harness.reference.corpus import Segments


@dataclass(frozen=True)
class Document:
    """A document and the problems that it was made of."""

    segments: Segments
    problems: tuple[Problem, ...]

    @property
    def texts(self) -> list[str]:
        return [text for text, _ in self.segments]

    @property
    def text(self) -> str:
        return "".join(self.texts)


def documents(kind: str, count: int, seed: int = 0) -> Iterator[Document]:
    """Documents with the problems that `corpus.problem` drew for them."""
    drawn: list[Problem] = []
    original: Callable[[random.Random, str], Problem] = corpus.problem

    def recorded(rng: random.Random, task: str) -> Problem:
        drawn.append(original(rng, task))
        return drawn[-1]

    rng = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "problem", recorded)
        for _ in range(count):
            drawn.clear()
            segments = corpus.sequence(rng, kind)
            yield Document(segments, tuple(drawn))


SHORT = list(documents("short", 400))
ZERO_SHOT = [document for document in SHORT if document.problems]
DRILLS = [document for document in SHORT if not document.problems]
FEW_SHOT = list(documents("long", 80))


def test_documents_follow_from_the_seed() -> None:
    assert list(documents("short", 20)) == SHORT[:20]
    assert list(documents("short", 20, seed=1)) != SHORT[:20]


def test_every_question_is_of_the_training_stream() -> None:
    questions = [
        question
        for document in [*ZERO_SHOT, *FEW_SHOT]
        for question in re.findall(r"Q: (.*?)\nA:", document.text)
    ]
    drawn = [p.question for document in [*ZERO_SHOT, *FEW_SHOT] for p in document.problems]
    assert questions == drawn
    assert {share(question) for question in questions} == {"train"}


def test_documents_of_every_task_are_drawn() -> None:
    for many in (ZERO_SHOT, FEW_SHOT):
        kinds = {document.problems[0].kind for document in many}
        assert kinds == {"number", "letters", "yes_no"}


def test_what_is_asked_is_not_learned_and_what_is_answered_is() -> None:
    for document in [*ZERO_SHOT, *FEW_SHOT]:
        assert not document.segments[0][1]
        for text, learn in document.segments:
            assert learn != text.endswith(("A:", " is", "Let's think step by step."))


def put(
    strategy: Callable[..., Any], problem: Problem, replies: list[str]
) -> tuple[list[str], Chain]:
    """The prompts that a strategy sends when it is replied to like this, and its chain."""
    prompts: list[str] = []

    def reply(text: str) -> str:
        prompts.append(text)
        return replies[len(prompts) - 1]

    [chain] = asyncio.run(strategy(problem, Scripted(reply), max_tokens=10_000))
    return prompts, chain


def test_zero_shot_documents_are_what_strategies_send_and_their_answers_read_as_the_gold() -> None:
    seen: set[tuple[str, bool]] = set()
    for document in ZERO_SHOT:
        [problem], texts = document.problems, document.texts
        learned = [text.removesuffix(corpus.END) for text, learn in document.segments if learn]
        bare = direct(problem).plain()
        if texts[0] == bare:
            assert texts[0] == reasoned(problem, ()).plain()
            assert learned[0].strip() in {
                answered(problem, rationale=r) for r in problem.rationales
            }
            seen.add(("bare", True))
            continue
        reasoning = texts[0].endswith("step.")
        strategy = zero_shot_chain_of_thought if reasoning else zero_shot
        gold = problem.answer.capitalize() if problem.kind == "yes_no" else problem.answer
        whole = len(learned) == 1 + reasoning
        prompts, chain = put(strategy, problem, learned if whole else [*learned, f" {gold}."])
        starts = ["".join(texts[:place]) for place in range(1, len(texts), 2)]
        assert prompts[: len(starts)] == starts
        assert chain.answer == problem.answer
        seen.add((strategy.__name__, whole))
    steps = "zero_shot_chain_of_thought"
    assert seen == {("bare", True), ("zero_shot", True), (steps, True), (steps, False)}


def test_zero_shot_documents_end_with_the_end_token() -> None:
    for document in ZERO_SHOT:
        assert document.text.count(corpus.END) == 1
        assert document.text.endswith(corpus.END)
    assert corpus.END == tokens.END


def test_few_shot_documents_are_the_prompts_that_strategies_send() -> None:
    seen = set()
    for document in FEW_SHOT:
        shown: list[Problem] = []
        for place, problem in enumerate(document.problems):
            text = "".join(document.texts[: 2 * place + 1])
            answer = document.texts[2 * place + 1]
            prompt = direct if answer == f" {answered(problem)}\n\nQ:" else reasoned
            assert text == prompt(problem, shown).plain()
            if prompt is reasoned:
                [way, *_] = [
                    r
                    for r in problem.rationales
                    if answer == f" {answered(problem, rationale=r)}\n\nQ:"
                ]
                problem = replace(problem, rationales=(way,))
            shown.append(problem)
            seen.add(prompt.__name__)
    assert seen == {"direct", "reasoned"}


def test_no_spelled_name_is_in_the_vocabulary() -> None:
    texts = list(corpus.sample_texts(random.Random(0), 1000))
    vocabulary = set(tokens.build(texts, corpus.SPELLED_NAMES, size=10**6, least=1).get_vocab())
    forms = {form for name in corpus.SPELLED_NAMES for form in (name, f"Ġ{name}")}
    assert not forms & vocabulary
    # They would be in it, were they not kept out.
    assert len(forms & set(tokens.build(texts, (), size=10**6, least=1).get_vocab())) > 50


def worth(side: str) -> Fraction:
    """One side of an equation, products and quotients before sums."""
    assert re.fullmatch(r"\d+( [-+*/] \d+)*", side)
    total = Fraction(0)
    for sign, term in re.findall(r"(^|[+-] )(\d+(?: [*/] \d+)*)", side):
        value = Fraction(1)
        for mark, number in re.findall(r"([*/]?) ?(\d+)", term):
            value *= Fraction(1, int(number)) if mark == "/" else int(number)
        total += -value if sign == "- " else value
    return total


def test_every_sum_of_a_drill_is_right() -> None:
    for document in DRILLS:
        assert document.text.startswith("A: ")
        sums = re.findall(r" ([^.]+)\.", document.text.removeprefix("A:"))
        assert len(sums) == corpus.DRILLED
        assert document.text == "A:" + "".join(f" {one}." for one in sums)
        for one in sums:
            sides = [worth(side) for side in one.split(" = ")]
            assert len(sides) > 1
            assert len(set(sides)) == 1
            assert sides[0].denominator == 1


def test_in_drills_what_stands_after_the_first_equals_sign_is_learned() -> None:
    assert DRILLS
    for document in DRILLS:
        for text, learn in document.segments[1:]:
            assert learn != text.endswith(" =")
