"""How near the engine's attention is to float32, beside the library's own (SDPA)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from harness.engine.attention import Stretch, Surroundings, attention
from harness.engine.batch import Batch
from harness.engine.decoder import Decoder
from harness.engine.prefix import kept
from harness.request import GenerationSettings, Request

ROWS, KV_HEADS, GROUP, WIDTH, SHARED, OWN = 8, 2, 3, 64, 300, 128
PRECISIONS = [torch.bfloat16, torch.float16]
ROUNDED_TWICE = 1.5
"""Of SDPA's error, where a processor with AMX rounds the result for what is shared by itself."""


AS_GOOD = 1.02
"""Of SDPA's error: where scores are so large that float32 rounds them, both have chance errors."""


def allowed() -> float:
    return ROUNDED_TWICE if torch.cpu._is_amx_tile_supported() else AS_GOOD


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize(
    ("size", "bias"), [(1, 0), (3, 0), (8, 0), (1, 12)], ids=["small", "large", "huge", "biased"]
)
def test_attention_is_as_near_to_float32_as_the_librarys_own(
    dtype: torch.dtype, size: float, bias: float
) -> None:
    """Also with scores of over a thousand, as large biases of queries and keys give them."""
    torch.manual_seed(0)
    query = (size * torch.randn(ROWS, KV_HEADS * GROUP, 1, WIDTH) + bias).to(dtype)
    key = (size * torch.randn(ROWS, KV_HEADS, SHARED + OWN, WIDTH) + bias).to(dtype)
    value = torch.randn(ROWS, KV_HEADS, SHARED + OWN, WIDTH).to(dtype)
    for states in (key, value):
        states[:, :, :SHARED] = states[:1, :, :SHARED]
    mine = kept(dtype, key.device, shared=False)
    keys, values = (part[:, :, SHARED:].to(mine).split(64, 2) for part in (key, value))
    store = kept(dtype, key.device, shared=True)
    shared = (key[0, :, :SHARED].to(store), value[0, :, :SHARED].to(store))
    columns = torch.arange(SHARED, SHARED + OWN).expand(ROWS, -1)
    surroundings = Surroundings([Stretch([shared], 0)], columns[:, -1:], columns)
    layer: Any = nn.Module()
    layer.layer_idx = 0
    ours, _ = attention(layer, query, [keys], [values], None, surroundings=surroundings)

    def library(precision: torch.dtype) -> torch.Tensor:
        q, k, v = (one.to(precision) for one in (query, key, value))
        return scaled_dot_product_attention(q, k, v, enable_gqa=True).transpose(1, 2)

    exact = library(torch.float64)
    error, theirs = ((one.double() - exact).abs().mean() for one in (ours, library(dtype)))
    assert error <= allowed() * theirs


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_whole_chains_are_as_near_to_float32_as_the_librarys_own(
    dtype: torch.dtype, make_network: Callable[..., Any]
) -> None:
    """With large biases of queries and keys, after a prompt that is read in two parts."""
    network = make_network("qwen2", num_hidden_layers=3)
    for layer in network.model.layers:
        for projection in (layer.self_attn.q_proj, layer.self_attn.k_proj):
            nn.init.normal_(projection.bias, 0, 6)
    network.to(dtype)
    chance = torch.Generator().manual_seed(1)
    tokens = torch.randint(1, 258, (6, 260), generator=chance)
    tokens[:, :100] = tokens[:1, :100]
    with torch.inference_mode():
        theirs = network(input_ids=tokens).logits[:, 159:].float().log_softmax(-1)
        exact = network.float()(input_ids=tokens).logits[:, 159:].log_softmax(-1)
    decoder = Decoder(network.to(dtype))
    sampled = GenerationSettings(temperature=1.0)
    asked = [Request("", tuple(row[:160].tolist()), sampled, shared=100) for row in tokens]
    reads = decoder.read(asked)
    batch = Batch(decoder, reads[0], len(reads), 200)
    for read in reads:
        batch.join(read, greedy=False)
    steps = [torch.stack([read.logits for read in reads])]
    steps += [batch.step(row.tolist()).float() for row in tokens[:, 160:].T]
    ours = torch.stack(steps, 1).log_softmax(-1)

    def divergence(said: torch.Tensor) -> float:
        return float((exact.exp() * (exact - said)).sum(-1).mean())

    assert 0 < divergence(ours) <= allowed() * divergence(theirs)


@pytest.mark.parametrize("softcap", [None, 30.0])
def test_sums_over_many_large_values_do_not_overflow_in_float16(softcap: float | None) -> None:
    key, value = torch.zeros(1, 2000, 16), torch.full((1, 2000, 16), 1000.0)
    columns = torch.full((1, 64), -1)
    columns[0, 0] = 2000
    store = kept(torch.float16, key.device, shared=True)
    shared = Stretch([(key.to(store), value.to(store))], 0)
    surroundings = Surroundings([shared], torch.tensor([[2000]]), columns)
    layer: Any = nn.Module()
    layer.layer_idx = 0
    query, own = torch.zeros(1, 1, 1, 16).half(), torch.zeros(1, 1, 64, 16).half()
    found, _ = attention(layer, query, own, own, None, surroundings=surroundings, softcap=softcap)
    torch.testing.assert_close(
        found.float(), torch.full_like(found.float(), 999.5), rtol=1e-3, atol=0
    )
