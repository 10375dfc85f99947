"""Operations are those that torch counts in the network itself, and what prompts share counts once."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    DynamicCache,
    Gemma3TextConfig,
    GPT2Config,
    LlamaConfig,
    MixtralConfig,
    Qwen2MoeConfig,
    T5Config,
)

from harness.models.compute import Compute, Shape
from harness.models.shape import empty, shape
from harness.problem import Reply
from harness.request import GenerationSettings, Request

SMALL: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 100,
}
WINDOW = 8
FAMILIES = {
    "llama": LlamaConfig(**SMALL, tie_word_embeddings=True),
    "gpt2": GPT2Config(n_embd=32, n_layer=2, n_head=4, vocab_size=100),
    "gemma3_text": Gemma3TextConfig(
        **SMALL,
        head_dim=16,
        sliding_window=WINDOW,
        layer_types=["sliding_attention", "full_attention"],
    ),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_token_behind_others_takes_what_torch_counts(family: str) -> None:
    config = FAMILIES[family]
    network, told = empty(config), shape(config)
    assert told is not None
    # transformers renamed it in 5.24
    name = (
        "cache" if "cache" in inspect.signature(network.forward).parameters else "past_key_values"
    )
    with torch.device("meta"):
        for before in (0, 5, 20):
            cache = {name: DynamicCache(config=config)}
            if before:
                network(input_ids=torch.zeros(1, before, dtype=torch.int64), **cache)
            with FlopCounterMode(display=False) as counted:
                network(input_ids=torch.zeros(1, 1, dtype=torch.int64), **cache)
            assert told.reading(before, before + 1) + told.telling(1) == counted.get_total_flops()


def test_of_experts_those_count_that_a_token_takes() -> None:
    mixtral = shape(MixtralConfig(**SMALL, num_local_experts=8, num_experts_per_tok=2))
    attention, router, expert = 2 * 32 * 32 + 2 * 32 * 16, 8 * 32, 3 * 32 * 64
    assert mixtral == Shape(
        2 * (attention + router + 2 * expert), 100 * 32, ((32, None), (32, None))
    )
    several = Qwen2MoeConfig(
        **SMALL,
        moe_intermediate_size=16,
        shared_expert_intermediate_size=48,
        num_experts=8,
        num_experts_per_tok=4,
    )
    qwen = shape(several)
    assert qwen is not None
    # its shared expert is taken by every token, as the weight is that says how much
    own, shared = 3 * 32 * 16, 3 * 32 * 48 + 32
    assert qwen.matrices == 2 * (attention + router + 4 * own + shared)


def test_nothing_is_said_of_what_is_no_such_decoder() -> None:
    assert shape(T5Config(d_model=32, d_ff=64, num_layers=2, num_heads=4, vocab_size=100)) is None


def test_reading_in_pieces_takes_what_reading_at_once_does() -> None:
    told = Shape(1000, 10, ((32, None), (32, 8)))
    for cut in range(41):
        assert told.reading(0, cut) + told.reading(cut, 40) == told.reading(0, 40)
    seen = sum(min(token + 1, 8) + token + 1 for token in range(40))
    assert told.reading(0, 40) == 2 * 1000 * 40 + 4 * 32 * seen


WEIGHTS = Shape(1000, 10, ())
"""Without attention, so that a token takes 2,000 operations and its successor 20."""

SHARED = tuple(range(40))


def asked(*requests: Request, tokens: int = 6) -> Compute:
    compute = Compute(WEIGHTS)
    compute.add(requests, [Reply("", "end", tokens, 0.0) for _ in requests])
    return compute


def request(*own: int, path: int = 0, **fields: Any) -> Request:
    settings = GenerationSettings(temperature=0.7)
    return Request("", (*SHARED, *own), fields.pop("settings", settings), 0, path, 40, **fields)


def test_what_prompts_share_is_read_once_and_alone_by_each_path() -> None:
    several = [request(1, 2, path=path) for path in range(3)] + [request(3, 4, 5)]
    done = asked(*several).operations
    assert done.prefill == 2000 * (40 + 2 + 3) + 20 * 2
    assert done.prefill_alone == 2000 * (3 * 42 + 43) + 20 * 4
    assert done.decode == 4 * (2000 + 20) * 5  # the first of six is told by the prompt


def test_what_is_asked_twice_counts_once() -> None:
    once = asked(request(1)).operations
    twice = asked(request(1), request(1)).operations
    assert once == twice
    assert asked(request(1), request(1, path=1)).operations.decode == 2 * once.decode


def test_likelihoods_are_read_and_a_beam_search_takes_its_beams() -> None:
    scored = asked(request(1, given=(7, 8, 9))).operations
    assert (scored.prefill, scored.decode) == (2000 * 43 + 20 * 3, 0)
    search = GenerationSettings(beams=4)
    paths = [request(1, path=path, settings=search) for path in range(3)]
    assert asked(*paths).operations.decode == 4 * (2000 + 20) * 5
