"""Likelihoods of given continuations, against the model's plain forward pass."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

import harness.models
from harness.engine.batch import Batch
from harness.engine.decoder import Decoder
from harness.engine.likelihood import likelihoods
from harness.errors import UserError
from harness.models.ledger import Ledger
from harness.models.local import Local
from harness.models.model import Model
from harness.models.scripted import Scripted
from harness.models.tokens import Tokens
from harness.problem import Reply
from harness.prompt import Prompt
from harness.request import GenerationSettings, PromptTooLongError, Request, never

EXAMPLES = tuple((f"{number} and {number}?", f"It is {2 * number}.") for number in range(6))
CHOICES = (" 7.", " a number with many, many digits", " x", "\nQ: none")


def scored(model: Model, *questions: str) -> list[list[Reply]]:
    async def run() -> list[list[Reply]]:
        asking = (model.score(Prompt(EXAMPLES, question), CHOICES) for question in questions)
        return await asyncio.gather(*asking)

    return asyncio.run(run())


def test_the_likelihood_is_that_of_the_plain_forward_pass(
    model_folder: Path, make_network: Callable[..., Any]
) -> None:
    backend = harness.models.load(str(model_folder), device="cpu")
    questions = ("how many?", "how much is one and seven hundred?", "x" * 140)
    network = make_network()
    for question, replies in zip(questions, scored(Model(backend), *questions), strict=True):
        prompt = Prompt(EXAMPLES, question)
        for choice, reply in zip(CHOICES, replies, strict=True):
            whole = backend.given(prompt, choice)
            with torch.inference_mode():
                logits = network(input_ids=torch.tensor([whole])).logits[0].log_softmax(-1)
            own = range(len(whole) - reply.tokens, len(whole))
            expected = sum(float(logits[at - 1, whole[at]]) for at in own)
            assert reply.logprob == pytest.approx(expected, abs=1e-3)
            assert reply.text == choice
        assert [reply.prompt_tokens > 0 for reply in replies] == [True, False, False, False]


def test_a_likelihood_is_the_same_to_the_bit_in_any_company(model_folder: Path) -> None:
    def new() -> Model:
        return Model(harness.models.load(str(model_folder), device="cpu"))

    questions = ["one?", "two?", "y" * 60, "z" * 200]
    together = scored(new(), *questions)
    for question, replies in zip(questions, together, strict=True):
        assert [one.logprob for one in scored(new(), question)[0]] == [
            one.logprob for one in replies
        ]


def test_a_token_that_spans_the_seam_counts_to_the_continuation(model_folder: Path) -> None:
    """The tokenizer has one token for a line break and Q."""
    model = Model(harness.models.load(str(model_folder), device="cpu"))
    merged, apart = asyncio.run(model.score("a\n", ["Q", "b"]))
    assert (merged.tokens, apart.tokens) == (1, 2)
    (alone,) = asyncio.run(model.score("a\n", ["b"]))
    assert alone.tokens == 1


def test_the_same_tokens_are_scored_after_every_prompt(
    model_folder: Path, make_network: Callable[..., Any]
) -> None:
    backend = harness.models.load(str(model_folder), device="cpu")
    prompts = ["the dog is", "the elephant is", "it was"]
    replies = asyncio.run(Model(backend).score_after(prompts, " too large."))
    assert [reply.text for reply in replies] == [" too large."] * 3
    network = make_network()
    for prompt, reply in zip(prompts, replies, strict=True):
        whole = backend.given(prompt, " too large.")
        with torch.inference_mode():
            logits = network(input_ids=torch.tensor([whole])).logits[0].log_softmax(-1)
        own = range(len(whole) - 11, len(whole))
        expected = sum(float(logits[at - 1, whole[at]]) for at in own)
        assert reply.tokens == 11
        assert reply.logprob == pytest.approx(expected, abs=1e-3)


def test_a_token_across_the_seam_counts_to_the_prompts_unless_it_is_in_all(
    model_folder: Path,
) -> None:
    """The tokenizer has one token for a line break and Q."""
    model = Model(harness.models.load(str(model_folder), device="cpu"))

    def texts(prompts: list[str], continuation: str) -> list[str]:
        return [one.text for one in asyncio.run(model.score_after(prompts, continuation))]

    assert texts(["a", "b"], "Qcd") == ["Qcd", "Qcd"]
    assert texts(["a\n", "b"], "Qcd") == ["cd", "cd"]
    assert texts(["a\n", "b\n"], "Qcd") == ["\nQcd", "\nQcd"]
    with pytest.raises(UserError, match="no token is the same"):
        texts(["a\n", "b"], "Q")
    with pytest.raises(ValueError, match="may not be empty"):
        texts(["a"], "")


def test_what_the_ledger_knows_is_not_scored_again(
    model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger()
    first = scored(Model(harness.models.load(str(model_folder), device="cpu"), ledger=ledger), "q")
    assert len(ledger) == len(CHOICES)
    monkeypatch.setattr(Local, "_load", lambda self: pytest.fail("weights were loaded"))
    again = Model(harness.models.load(str(model_folder), device="cpu"), ledger=ledger)
    assert scored(again, "q") == first


def test_what_cannot_be_scored_says_why(model_folder: Path) -> None:
    model = Model(harness.models.load(str(model_folder), device="cpu"))
    with pytest.raises(PromptTooLongError, match="515 tokens and the model's context holds 512"):
        asyncio.run(model.score("a" * 500, ["b" * 15]))
    with pytest.raises(ValueError, match="none may be empty"):
        asyncio.run(model.score("a", ["b", ""]))
    with pytest.raises(UserError, match="scripted cannot say how likely"):
        asyncio.run(Model(Scripted(lambda text: "")).score("a", ["b"]))


def test_where_memory_runs_out_fewer_are_read_at_once_from_then_on(
    model_folder: Path, make_network: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens, decoder = Tokens(model_folder), Decoder(make_network(), exact=True)
    settings = GenerationSettings(max_tokens=1)
    asked = [
        Request("", (5, 6, 7 + row), settings, 0, 0, 0, (9, 10, 11 + row, 12)) for row in range(8)
    ]
    expected = dict(likelihoods(decoder, tokens, asked, never))
    sizes: list[int] = []
    extend = Batch.extend

    def full(batch: Batch, new: Sequence[Sequence[int]]) -> torch.Tensor:
        sizes.append(len(batch))
        if len(batch) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return extend(batch, new)

    monkeypatch.setattr(Batch, "extend", full)

    def logprobs(answers: dict[int, Any]) -> list[float]:
        return [answers[place].logprob for place in range(len(asked))]

    assert logprobs(dict(likelihoods(decoder, tokens, asked, never))) == logprobs(expected)
    assert sizes == [8, 4, 2, 2, 2, 2]
    sizes.clear()
    assert logprobs(dict(likelihoods(decoder, tokens, asked, never))) == logprobs(expected)
    assert sizes == [2, 2, 2, 2]


def test_a_likelihood_that_fails_fails_alone(
    model_folder: Path, make_network: Callable[..., Any]
) -> None:
    tokens, decoder = Tokens(model_folder), Decoder(make_network())
    settings = GenerationSettings(max_tokens=1)
    given = [(9, 10), (9, 999_999), (9, 11)]  # there is no such token
    asked = [Request("", (5, 6), settings, 0, row, 0, one) for row, one in enumerate(given)]
    answers = dict(likelihoods(decoder, tokens, asked, never))
    assert [isinstance(answers[place], Reply) for place in range(3)] == [True, False, True]
