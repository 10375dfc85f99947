"""The reference model's documents: from the training streams only, correct, and as our strategies put things."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest
from harness.tasks import arithmetic, coin_flip, last_letter
from harness.tasks.streams import share
from hypothesis import given
from hypothesis import strategies as st

from harness import KINDS, Problem, Scripted, find
from harness.reference import corpus, formats, slips, tokens
from harness.reference.formats import Segments


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
    """Those that a method makes of a problem, such as that of the first word of a name alone, as well."""
    seen = set()
    for document in [*ZERO_SHOT, *FEW_SHOT]:
        for form in QUESTIONS:
            seen |= {(form, share(question)) for question in re.findall(form, document.text)}
        assert {share(problem.question) for problem in document.problems} == {"train"}
    assert seen == {(form, "train") for form in QUESTIONS}


QUESTIONS = (
    r'Take the last letters of the words in "[^"]*" and concatenate them\.',
    r"A coin is heads up\.[^?]*Is the coin still heads up\?",
)


def test_documents_of_every_task_are_drawn() -> None:
    for many in (ZERO_SHOT, FEW_SHOT):
        kinds = {document.problems[0].kind for document in many}
        assert kinds == {"number", "letters", "yes_no"}


def test_what_is_asked_is_not_learned_and_what_is_answered_is() -> None:
    for document in [*ZERO_SHOT, *FEW_SHOT]:
        assert document.text.startswith("Q: ")
        learning = [learn for _, learn in document.segments]
        assert learning == [bool(place % 2) for place in range(len(learning))]
        for text, learn in document.segments:
            assert learn != bool(re.search(ASKED, text))


ASKED = r"(A:|A: 1\.| is|step by step\.|\)|state the answer\.|one step after the other\.|wrong:|`answer`:\n)$"
"""How prompts end: where it is the model's turn."""


def prompts_of(strategy: str, problem: Problem, replies: Iterator[str]) -> list[str]:
    """The prompts that a strategy sends when it is replied to like this, as far as the replies go."""
    prompts: list[str] = []

    def reply(text: str) -> str:
        prompts.append(text)
        return next(replies, "")

    run = find(strategy, "strategy").function
    asyncio.run(run(problem, Scripted(reply)))
    return prompts


def test_a_document_of_two_stages_is_what_its_strategy_sends_and_its_answer_is_the_gold() -> None:
    seen = set()
    for document in ZERO_SHOT:
        [problem, *_], texts = document.problems, document.texts
        for name in STAGED:
            replies = [text.removesuffix(formats.END) for text in texts[1::2]]
            sent = prompts_of(name, problem, iter(replies))
            if sent[0] != texts[0]:
                continue
            assert sent[: len(replies)] == [
                "".join(texts[:place]) for place in range(1, len(texts), 2)
            ]
            if len(replies) == len(sent):
                final = KINDS[problem.kind].read(replies[-1], problem.choices)
                assert final is not None
                assert final.answer == problem.answer
            seen.add((name, len(replies)))
    two = [name for name in STAGED if name != "zero_shot"]
    assert seen == {("zero_shot", 1), *((name, count) for name in two for count in (1, 2))}


STAGED = ("zero_shot", "zero_shot_chain_of_thought", "re_reading", "plan_and_solve")


def test_a_plan_names_the_operations_of_the_rationale_in_turn() -> None:
    problem = Problem("", "?", "5", "number")
    told = "12 * 3 = 10 * 3 + 2 * 3 = 30 + 6 = 36 books. 25 percent of 36 is 36 / 4 = 9. 9 - 4 = 5."
    assert formats.planned(problem, told) == f"The plan: multiply, divide, subtract. {told}"


def test_zero_shot_documents_end_with_the_end_token() -> None:
    for document in ZERO_SHOT:
        assert document.text.count(formats.END) == 1
        assert document.text.endswith(formats.END)
    assert formats.END == tokens.END


def test_few_shot_documents_are_the_examples_that_strategies_show() -> None:
    """What stands before a document's second question is the first example of some strategy's prompt."""
    seen = set()
    for document in FEW_SHOT:
        [first, second, *_] = document.problems
        for name in SHOWN:
            if name.startswith("program") and first.program is None:
                continue
            for rationale in first.rationales:
                example = replace(first, rationales=(rationale,))
                asked = replace(second, exemplars=(example,))
                sent = prompts_of(name, asked, iter(["It is so?", "So."]))
                openings = [text.rpartition("\n\nQ: ")[0] + "\n\nQ: " for text in sent]
                if document.text.startswith(tuple(one for one in openings if len(one) > 10)):
                    seen.add(name)
    assert seen == set(SHOWN)


SHOWN = ("standard", "chain_of_thought", "program_aided", "program_of_thoughts", "least_to_most")


def test_examples_of_auto_chain_of_thought_begin_with_its_trigger() -> None:
    assert any("\nA: Let's think step by step. " in document.text for document in FEW_SHOT)


@given(seed=st.integers(0, 10**6), steps=st.integers(1, 6))
def test_a_slip_comes_to_a_wrong_answer_by_one_wrong_sentence(seed: int, steps: int) -> None:
    rng = random.Random(seed)
    problem = arithmetic.draw(rng, steps, steps)
    rationale = rng.choice(problem.rationales)
    slip = slips.slipped(problem, rationale, rng)
    if slip is None:
        return
    wrong = [
        said
        for said in re.findall(r"\d+ [-+*/] \d+[-+*/ =0-9]* = \d+", slip.rationale)
        if len({worth(side) for side in said.split(" = ")}) > 1
    ]
    assert len(wrong) == 1
    assert slip.answer != problem.answer
    assert slip.rationale.rstrip(".").split(" = ")[-1].split()[0].rstrip(".") == slip.answer
    assert slip.right.rstrip(".") in rationale


def test_a_slip_in_letters_or_coins_changes_the_answer_with_the_reasoning() -> None:
    rng = random.Random(0)
    for draw in (last_letter.draw, coin_flip.draw):
        for _ in range(50):
            problem = draw(rng, 2, 4)
            slip = slips.slipped(problem, problem.rationales[0], rng)
            assert slip is not None
            assert slip.answer != problem.answer
            assert slip.right in problem.rationales[0]
            assert slip.right not in slip.rationale
            last = {"yes": "heads up.", "no": "tails up."}.get(slip.answer, f'"{slip.answer}".')
            assert slip.rationale.endswith(last)


def test_of_drafts_that_are_judged_about_half_are_right() -> None:
    rng = random.Random(0)
    verdicts = []
    for _ in range(300):
        problem = corpus.problem(rng, "arithmetic")
        [(text, _), (verdict, _)] = formats.judged(problem, [], rng)
        right = f"The answer is {problem.answer}." in text
        assert verdict == f" {int(right)}{formats.END}"
        verdicts.append(right)
    assert 100 < sum(verdicts) < 200


def test_a_critic_says_what_is_wrong_and_the_revision_is_right() -> None:
    rng = random.Random(0)
    found = set()
    for _ in range(100):
        problem, other = corpus.problem(rng, "arithmetic"), corpus.problem(rng, "arithmetic")
        document = formats.refined(problem, other, rng)
        learned = document[-1][0].removesuffix(formats.END)
        if "Go through it" in document[0][0]:
            wrong = f"The answer is {problem.answer}.\nGo" not in document[0][0]
            assert learned.endswith("So the answer is yes." if wrong else "So the answer is no.")
            found.add(("criticism", wrong))
        else:
            assert learned.endswith(f"The answer is {problem.answer}.")
            found.add(("revision", True))
    assert found == {("criticism", True), ("criticism", False), ("revision", True)}


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
