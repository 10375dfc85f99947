"""Models that cannot share: the plain path against the models' own forward pass."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import harness.models
from harness.engine.attention import can_share
from harness.engine.plain import Plain
from harness.models.model import Model
from harness.models.tokens import Tokens
from harness.problem import Reply
from harness.request import GenerationSettings, Request, never

FAMILIES: dict[str, dict[str, Any]] = {
    "bloom": {"n_layer": 2, "n_head": 4},
    "mamba": {"state_size": 4},
    "t5": {
        "d_model": 64,
        "d_kv": 16,
        "d_ff": 64,
        "num_layers": 2,
        "num_heads": 4,
        "decoder_start_token_id": 0,
        "pad_token_id": 0,
    },
}


@pytest.fixture(scope="module")
def tokens(model_folder: Path) -> Tokens:
    return Tokens(model_folder)


def network(family: str, make_network: Callable[..., Any]) -> Any:
    if family != "t5":
        return make_network(family, **FAMILIES[family])
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(0)
    return T5ForConditionalGeneration(T5Config(vocab_size=258, **FAMILIES[family])).eval()


def generated(plain: Plain, tokens: Tokens, requests: list[Request]) -> dict[int, Reply]:
    found = dict(plain.replies(tokens, requests, never))
    assert all(isinstance(reply, Reply) for reply in found.values()), found
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("family", FAMILIES)
def test_what_cannot_share_says_what_its_forward_pass_says(
    family: str, make_network: Callable[..., Any], tokens: Tokens
) -> None:
    model = network(family, make_network)
    assert not can_share(model)
    plain = Plain(model)
    ids = tokens.prompt("Q: how many?")[1]
    said: list[int] = []
    for _ in range(2):  # greedy, by trying every word

        def likely(token: int) -> float:
            return plain.likelihood(Request("", ids, GenerationSettings(), given=(*said, token)))

        said.append(max(range(1, 258), key=likely))
    request = Request("", ids, GenerationSettings(max_tokens=2))
    reply = generated(plain, tokens, [request])[0]
    assert reply.text == tokens.continuation(ids, said)
    expected = plain.likelihood(Request("", ids, GenerationSettings(), given=tuple(said)))
    assert reply.logprob == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_path_is_the_same_in_any_company(
    family: str, make_network: Callable[..., Any], tokens: Tokens
) -> None:
    plain = Plain(network(family, make_network), exact=True)
    assert plain.bitwise
    requests = [
        Request(
            text,
            tokens.prompt(text)[1],
            GenerationSettings(temperature=1.0, max_tokens=9),
            path=path,
        )
        for text in ("one", "three of them")
        for path in range(10)
    ]
    together = generated(plain, tokens, requests)
    assert len({reply.text for reply in together.values()}) > 10
    for company in ([3], [19, 0], [8, 9, 10]):
        again = generated(plain, tokens, [requests[at] for at in company])
        for place, at in enumerate(company):
            ours, theirs = again[place], together[at]
            assert (ours.text, ours.logprob) == (theirs.text, theirs.logprob)


@pytest.mark.parametrize("family", FAMILIES)
def test_paths_of_any_prompts_run_together_and_say_what_they_say_alone(
    family: str, make_network: Callable[..., Any], tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Padded, but where a running state would run over the padding; with settings of their own."""
    model = network(family, make_network)
    settings = [
        GenerationSettings(max_tokens=5),
        GenerationSettings(temperature=1.0, max_tokens=9),
    ]
    requests = [
        Request(text, tokens.prompt(text)[1], each, path=path)
        for text in ("one", "three of them", "two")
        for each in settings
        for path in range(1 if each.greedy else 3)
    ]
    sizes: list[int] = []
    run = Plain._run

    def watched(plain: Plain, rows: Any, stopped: Any) -> None:
        sizes.append(len(rows))
        if len(rows) > 6:
            rows[0].tokens.append(1)
            raise MemoryError("full")
        run(plain, rows, stopped)

    monkeypatch.setattr(Plain, "_run", watched)
    together = generated(Plain(model), tokens, requests)
    assert sizes == ([4, 8, 4, 4] if getattr(model, "_is_stateful", False) else [12, 6, 6])
    for place, request in enumerate(requests):
        alone = generated(Plain(model, exact=True), tokens, [request])[0]
        assert together[place].text == alone.text
        assert together[place].logprob == pytest.approx(alone.logprob, abs=1e-3)


@pytest.mark.parametrize("kind", ["longrope", "dynamic"])
def test_a_long_text_does_not_turn_the_positions_of_its_neighbours(
    kind: str, make_network: Callable[..., Any], tokens: Tokens
) -> None:
    rope: dict[str, Any] = {"rope_type": kind, "rope_theta": 1e4, "factor": 4.0}
    sizes: dict[str, Any] = {"max_position_embeddings": 32}
    if kind == "longrope":
        sizes = {"pad_token_id": 0, "original_max_position_embeddings": 32}
        rope |= {"original_max_position_embeddings": 32}
        rope |= {"short_factor": [1.0] * 8, "long_factor": [9.0] * 8}
    family = "phi3" if kind == "longrope" else "llama"
    model = make_network(family, rope_parameters=rope, **sizes)
    settings = GenerationSettings(max_tokens=4)
    requests = [Request("", tuple(range(3, 3 + length)), settings) for length in (90, 40, 10)]
    engine = Plain(model)
    engine.context = 128
    together = generated(engine, tokens, requests)
    likely = replace(requests[1], given=(5, 6))
    after = engine.likelihood(likely)
    for place, request in enumerate(requests):
        fresh = Plain(make_network(family, rope_parameters=rope, **sizes))
        fresh.context = 128
        (alone,) = generated(fresh, tokens, [request]).values()
        assert together[place].logprob == pytest.approx(alone.logprob, abs=1e-4)
    fresh = Plain(make_network(family, rope_parameters=rope, **sizes))
    assert after == pytest.approx(fresh.likelihood(likely), abs=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_paths_that_branch_begin_with_the_likeliest_tokens_and_are_noted(
    family: str, make_network: Callable[..., Any], tokens: Tokens
) -> None:
    plain = Plain(network(family, make_network))
    ids = tokens.prompt("Q: how many?")[1]
    settings = GenerationSettings(max_tokens=4, branching=True, top_logprobs=12, certainty=True)
    paths = [Request("", ids, settings, path=path) for path in range(10)]
    replies = generated(plain, tokens, paths)
    for path, reply in replies.items():
        chosen = reply.top[0][path] + sum(step[0] for step in reply.top[1:])
        assert reply.logprob == pytest.approx(chosen, abs=1e-4)
        assert reply.certainty is not None
        assert reply.certainty > 0
    (alone,) = generated(
        plain, tokens, [Request("", ids, GenerationSettings(max_tokens=4))]
    ).values()
    assert (alone.text, alone.tokens) == (replies[0].text, replies[0].tokens)


def test_an_encoder_reads_the_end_of_its_input_as_it_was_trained_to(
    make_network: Callable[..., Any], tokens: Tokens
) -> None:
    model = network("t5", make_network)
    ids = tokens.prompt("Q: how many?")[1]
    ending = Request("", (*ids, 7), GenerationSettings(max_tokens=6))
    request = Request("", ids, GenerationSettings(max_tokens=6))
    (closed,) = generated(Plain(model, [7]), tokens, [request]).values()
    assert closed == replace(
        generated(Plain(model), tokens, [ending])[0],
        prompt_tokens=closed.prompt_tokens,
        seconds=closed.seconds,
    )
    given = Request("", ids, GenerationSettings(), given=(5, 6))
    longer = replace(given, tokens=(*ids, 7))
    assert Plain(model, [7]).likelihood(given) == Plain(model).likelihood(longer)
    assert Plain(model, [7]).likelihood(given) != Plain(model).likelihood(given)


def test_a_model_without_an_encoder_goes_on_from_its_prompt(
    make_network: Callable[..., Any], tokens: Tokens
) -> None:
    model = network("bloom", make_network)
    request = Request("", tokens.prompt("one")[1], GenerationSettings(), given=(5, 6))
    assert Plain(model, [7]).likelihood(request) == Plain(model).likelihood(request)


def test_the_plain_path_is_said_in_one_line(
    make_network: Callable[..., Any],
    make_tokenizer: Callable[..., Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    network("t5", make_network).save_pretrained(tmp_path)
    make_tokenizer().save_pretrained(tmp_path)
    capsys.readouterr()
    model = Model(harness.models.load(str(tmp_path), device="cpu"))
    replies = asyncio.run(model.sample("Q: how many?", n=3, temperature=1.0, max_tokens=5))
    assert len({reply.text for reply in replies}) > 1
    assert "t5 models run by the plain path" in capsys.readouterr().err
