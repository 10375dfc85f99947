"""The engine against the models' own forward pass, and against itself in other company."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.engine import shared_prefix
from harness.engine.decode import Generation
from harness.engine.decoder import Decoder, Read
from harness.engine.shared_prefix import ARCHITECTURES
from harness.errors import UserError
from harness.models.backend import Request, Sampling
from harness.models.tokens import Tokens
from harness.problem import Reply

Network = Callable[..., Any]
SIZES: dict[str, dict[str, Any]] = {
    "gemma": {"head_dim": 16},
    "mistral": {"sliding_window": None},
    "opt": {"ffn_dim": 128, "word_embed_proj_dim": 64},
    "phi3": {"pad_token_id": 0},
    "qwen3": {"head_dim": 32},
    "smollm3": {"pad_token_id": 0},
    "starcoder2": {"sliding_window": None},
}
WINDOWED = {"sliding_window": 40, "head_dim": 16}
PREFIX = 150
TOLERANCE = 1e-3
"""Of a token's log-probability: sums in another order differ by up to 2e-4 (Granite), with the processor."""


def numbers(count: int, seed: int) -> tuple[int, ...]:
    chance = random.Random(seed)
    return tuple(chance.randrange(1, 258) for _ in range(count))


def prompts() -> list[Request]:
    """One prefix, and rests of several lengths that all fall into one layout."""
    prefix = numbers(PREFIX, 0)
    rests = [numbers(length, length) for length in (1, 40, 90, 106)]
    return [Request("", (*prefix, *rest), Sampling(), shared=PREFIX) for rest in rests]


def worst(decoder: Decoder, plain: Any) -> float:
    """The largest difference of a log-probability from those of the model's plain forward pass."""
    requests = prompts()
    # long enough for more columns to be added
    said = torch.tensor([numbers(70, 1000 + row) for row in range(len(requests))])
    reads: list[Read] = [decoder.read(request) for request in requests]
    batch = decoder.begin(reads, decoder.layout(requests[0]))
    logits = [batch.logits]
    for step in range(said.shape[1]):
        batch.step(said[:, step])
        logits.append(batch.logits)
    ours = torch.stack(logits, 1).log_softmax(-1)
    found = 0.0
    for row, request in enumerate(requests):
        whole = torch.tensor([[*request.tokens, *said[row].tolist()]])
        with torch.inference_mode():
            theirs = plain(input_ids=whole).logits[0, len(request.tokens) - 1 :].log_softmax(-1)
        found = max(found, (theirs - ours[row]).abs().max().item())
    return found


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_a_shared_prefix_gives_the_models_own_probabilities(
    family: str, make_network: Network
) -> None:
    settings = SIZES.get(family, {})
    decoder = Decoder(make_network(family, **settings))
    assert decoder.shares
    assert worst(decoder, make_network(family, **settings)) < TOLERANCE


@pytest.mark.parametrize(
    ("family", "settings"),
    [
        ("llama", {}),
        ("bloom", {}),
        ("mistral", WINDOWED),
        ("gemma2", WINDOWED),
        ("gemma3_text", WINDOWED),
    ],
)
def test_copies_of_the_prefix_give_the_models_own_probabilities(
    family: str, settings: dict[str, Any], make_network: Network
) -> None:
    decoder = Decoder(make_network(family, **settings), share=False if family == "llama" else None)
    assert not decoder.shares
    assert worst(decoder, make_network(family, **settings)) < TOLERANCE


def test_attention_by_products_equals_the_processors_kernel() -> None:
    """What runs on other devices, here on the processor."""
    chance = torch.Generator().manual_seed(0)
    query = torch.randn(5, 2, 3, 16, generator=chance)
    key, value = torch.randn(2, 5, 2, 64, 16, generator=chance)
    mask = torch.rand(5, 1, 1, 64, generator=chance) < 0.5
    fused = shared_prefix.attend(query, key, value, mask, 0.25)
    products = shared_prefix.by_products(query, key, value, mask, 0.25)
    for ours, theirs in zip(products, fused, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_a_model_that_keeps_a_running_state_is_refused(make_network: Network) -> None:
    with pytest.raises(UserError, match="mamba models keep a running state"):
        Decoder(make_network("mamba"))


QUESTIONS = ("one and one?", "how many?", "x" * 123, "y" * 122, "z")
EXAMPLES = "Q: two and two?\nA: The answer is 4.\n\n"
SETTINGS = (
    Sampling(max_tokens=30),
    Sampling(temperature=1.0, max_tokens=30, stop=("e",)),
    Sampling(temperature=0.7, top_k=20, max_tokens=70),
    Sampling(temperature=1.2, top_p=0.9, max_tokens=30),
)


@pytest.fixture(scope="module")
def tokens(model_folder: Path) -> Tokens:
    return Tokens(model_folder)


def many(tokens: Tokens) -> list[Request]:
    """Requests of several prompts, lengths, settings and paths; some share a prefix.

    The tails of the longest two are as long as the columns that they get.
    """
    shared = len(tokens.prompt(EXAMPLES * 5)[1])
    requests = []
    for number, question in enumerate(QUESTIONS):
        for sampling in SETTINGS:
            text = EXAMPLES * 5 * (number < 3) + f"Q: {question}\nA:"
            ids = tokens.prompt(text)[1]
            paths = 1 if sampling.greedy else 3
            start = shared if number < 3 else 0
            requests += [Request(text, ids, sampling, 5, path, start) for path in range(paths)]
    return requests


def generated(
    network: Any, tokens: Tokens, requests: Sequence[Request], share: bool | None = None
) -> list[tuple[object, ...]]:
    """What decides a reply, bit for bit."""
    replies = dict(Generation(Decoder(network, share=share), tokens, requests, rows=8).replies())
    found: list[tuple[object, ...]] = []
    for index in range(len(requests)):
        reply = replies[index]
        assert isinstance(reply, Reply), reply
        found.append((reply.text, reply.finish, reply.tokens, reply.logprob, reply.prompt_tokens))
    return found


@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_path_is_the_same_to_the_bit_in_any_company(
    share: bool, dtype: torch.dtype, make_network: Network, tokens: Tokens
) -> None:
    network = make_network().to(dtype)
    requests = many(tokens)
    together = generated(network, tokens, requests, share)
    assert len({text for text, *_ in together}) > 30
    chance = random.Random(1)
    everything = range(len(requests))
    companies = [chance.sample(everything, count) for count in (1, 5, 17, len(requests))]
    # a prompt that leaves no column empty, by itself
    companies.append([at for at in everything if requests[at].text.endswith("y\nA:")])
    for company in companies:
        again = generated(network, tokens, [requests[at] for at in company], share)
        assert again == [together[at] for at in company]


def test_both_ways_of_decoding_say_the_same(make_network: Network, tokens: Tokens) -> None:
    requests = many(tokens)
    shared = generated(make_network(), tokens, requests, True)
    copied = generated(make_network(), tokens, requests, False)
    assert [row[:3] for row in shared] == [row[:3] for row in copied]
    logprobs = [row[3] for row in shared]
    assert [row[3] for row in copied] == pytest.approx(logprobs, rel=1e-4)


def test_examples_are_read_once_for_all_prompts(make_network: Network, tokens: Tokens) -> None:
    network = make_network()
    lengths: list[int] = []
    network.register_forward_pre_hook(
        lambda module, args, inputs: lengths.append(inputs["input_ids"].shape[1]), with_kwargs=True
    )
    requests = [request for request in many(tokens) if request.shared]
    generated(network, tokens, requests)
    assert [length for length in lengths if length > 1] == [
        requests[0].shared,
        *sorted({len(r.tokens) - r.shared for r in requests}, reverse=True),
    ]


def test_a_reply_ends_where_the_context_does(make_network: Network, tokens: Tokens) -> None:
    """Its neighbours go on; positions beyond the last must not be asked for."""
    network = make_network("gpt2", n_embd=64, max_position_embeddings=128)
    settings = Sampling(temperature=1.0, max_tokens=100)
    requests = [
        Request("", tokens.prompt("a" * length)[1], settings, path=path)
        for length in (20, 120, 127, 128)
        for path in range(2)
    ]
    replies = dict(Generation(Decoder(network), tokens, requests, rows=8).replies())
    lengths = [reply.tokens for reply in replies.values() if isinstance(reply, Reply)]
    assert max(lengths) <= 100
    for index, room in ((2, 8), (4, 1)):
        reply = replies[index]
        assert isinstance(reply, Reply)
        assert reply.tokens <= room
    assert "holds 128" in str(replies[6])
