from __future__ import annotations

import asyncio

import pytest

from harness.models.ledger import Ledger
from harness.models.model import Model
from harness.models.scripted import Scripted
from harness.problem import Reply
from harness.prompt import Prompt
from harness.request import Backend


def sample(model: Scripted | Model, prompt: Prompt | str = "q", **settings: object) -> list[Reply]:
    return asyncio.run(model.sample(prompt, **settings))  # type: ignore[arg-type]


def test_it_sees_the_plain_prompt() -> None:
    seen: list[str] = []

    def say(text: str) -> str:
        seen.append(text)
        return "yes"

    sample(Scripted(say), Prompt((("1?", "one"),), "2?", "It is"))
    assert seen == ["Q: 1?\nA: one\n\nQ: 2?\nA: It is"]


def test_paths_get_the_texts_in_turn() -> None:
    replies = sample(Scripted(lambda text: ["a", "b c"]), "one two three", n=3, temperature=0.7)
    assert [reply.text for reply in replies] == ["a", "b c", "a"]
    assert [reply.tokens for reply in replies] == [1, 2, 1]
    assert [reply.prompt_tokens for reply in replies] == [3, 0, 0]
    assert {reply.finish for reply in replies} == {"end"}


def test_replies_end_as_a_models_do() -> None:
    model = Scripted(lambda text: "It is 3.\nQ: next")
    assert sample(model)[0] == Reply("It is 3.", "stop", 3, 0.0, 1)
    assert sample(model, stop=())[0].text == "It is 3.\nQ: next"
    assert sample(model, max_tokens=2)[0] == Reply("It is", "length", 2, 0.0, 1)


def test_what_the_function_raises_is_raised() -> None:
    def fail(text: str) -> str:
        raise KeyError(text)

    with pytest.raises(KeyError, match="q"):
        sample(Scripted(fail))


def test_a_ledger_takes_every_function_for_another_model() -> None:
    ledger = Ledger()
    one: Backend = Scripted(lambda text: "one")
    two = Scripted(lambda text: "two")
    assert sample(Model(one, ledger=ledger))[0].text == "one"
    assert sample(Model(two, ledger=ledger))[0].text == "two"
    same = [Scripted(lambda text, said=said: said, identity="x") for said in ("three", "four")]  # type: ignore[misc]
    assert [sample(Model(model, ledger=ledger))[0].text for model in same] == ["three", "three"]


def test_a_whole_reply_is_given_as_it_is() -> None:
    sure = Reply("5.\nQ: 6", "end", 2, -0.5, top=((-0.1, -2.0),) * 2, ends=(2, 7), certainty=3.0)
    assert sample(Scripted(lambda text: sure)) == [sure]
    assert sample(Scripted(lambda text: ["a", sure]), n=2, temperature=1.0)[1] == sure


def test_a_script_scores_by_its_likelihood() -> None:
    asked: list[tuple[str, str]] = []

    def likelihood(before: str, text: str) -> float:
        asked.append((before, text))
        return -float(len(text))

    model = Scripted(lambda text: "", likelihood=likelihood)
    first, second = asyncio.run(model.score("It is", [" a b.", " c."]))
    assert (first.logprob, first.tokens, first.prompt_tokens) == (-5.0, 2, 2)
    assert (second.logprob, second.tokens, second.prompt_tokens) == (-3.0, 1, 0)
    after = asyncio.run(Model(model).score_after(["a dog", "an egg"], " is."))
    assert [reply.logprob for reply in after] == [-4.0, -4.0]
    assert asked[2:] == [("a dog", " is."), ("an egg", " is.")]
