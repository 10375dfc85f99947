"""Packed linear layers against torch's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from harness.engine import linear
from harness.engine.linear import Head, pack, packed_weight, product, weight_bytes

Network = Callable[..., Any]


def logits(network: Any) -> torch.Tensor:
    with torch.inference_mode():
        found: torch.Tensor = network(input_ids=torch.arange(1, 40)[None]).logits.clone()
    return found


def is_packed(layer: nn.Linear) -> bool:
    return layer.weight.layout != torch.strided


@pytest.mark.parametrize("family", ["llama", "phi", "gpt2"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_packed_model_says_the_same(
    family: str, dtype: torch.dtype, make_network: Network
) -> None:
    """Without biases, with them, and with layers of another kind."""
    sizes = {"n_embd": 64, "n_head": 4} if family == "gpt2" else {}
    network = make_network(family, **sizes).to(dtype)
    before = logits(network)
    pack(network)
    tolerance = 1e-4 if dtype == torch.float32 else 0.1
    torch.testing.assert_close(logits(network), before, atol=tolerance, rtol=tolerance)


def test_the_processors_layers_are_packed_where_torch_can(make_network: Network) -> None:
    network = make_network()
    able = packed_weight(nn.Linear(8, 8)) is not None
    pack(network)
    assert is_packed(network.model.layers[0].mlp.up_proj) == able
    assert not is_packed(network.lm_head)  # it may be the embeddings, too
    assert isinstance(network.lm_head.forward, Head)
    pack(network)  # another engine for the same model
    assert logits(network).isfinite().all()


def test_layers_that_compute_in_another_way_stay_as_they_are(make_network: Network) -> None:
    """As quantised ones do: another forward, weights of whole numbers, something done before or behind."""
    network = make_network()
    doubled = network.model.layers[0].mlp.up_proj
    doubled.forward = lambda given: 2 * nn.functional.linear(given, doubled.weight)
    whole = network.model.layers[1].mlp.up_proj
    scale = whole.weight.abs().max() / 127
    rounded = (whole.weight / scale).round()
    whole.weight = nn.Parameter(rounded.to(torch.int8), requires_grad=False)
    whole.forward = lambda given: nn.functional.linear(given, whole.weight * scale)
    hooked = network.model.layers[1].mlp.down_proj
    hooked.register_forward_hook(lambda module, given, result: -result)
    before = logits(network)
    pack(network)
    torch.testing.assert_close(logits(network), before, atol=1e-4, rtol=1e-4)
    assert not any(is_packed(layer) for layer in (doubled, whole, hooked))


def in_float32_alone(layer: nn.Linear, precision: torch.dtype | None = None) -> torch.Tensor | None:
    """As on a processor that has no products of 16 bits."""
    return packed_weight(layer, precision) if precision == torch.float32 else None


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("family", ["qwen2", "llama"])
def test_where_a_processor_has_no_products_of_16_bits_they_are_made_in_32(
    family: str, dtype: torch.dtype, make_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With biases and without. What comes out is in the model's precision, and no farther from float32."""
    exact = logits(make_network(family).to(dtype).float())
    network = make_network(family).to(dtype)
    off = (logits(network) - exact).abs().mean()
    monkeypatch.setattr(linear, "packed_weight", in_float32_alone)
    pack(network)
    layer = network.model.layers[0].mlp.up_proj
    assert is_packed(layer)
    assert layer.weight.dtype == torch.float32
    assert layer(torch.ones(1, layer.in_features, dtype=dtype)).dtype == dtype
    assert network.dtype == logits(network).dtype == dtype
    assert (logits(network) - exact).abs().mean() <= 1.1 * off


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_weights_take_is_what_they_take_once_they_are_packed(
    dtype: torch.dtype, make_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = make_network().to(dtype)
    if dtype == torch.bfloat16:
        monkeypatch.setattr(linear, "packed_weight", in_float32_alone)
    told = weight_bytes(network, dtype)
    pack(network)
    taken = sum(weight.numel() * weight.element_size() for weight in network.parameters())
    assert told == taken + 4 * network.lm_head.weight.numel()


def test_weights_for_which_there_is_too_little_memory_stay_in_16_bits(
    make_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = make_network().to(torch.bfloat16)
    monkeypatch.setattr(linear, "packed_weight", in_float32_alone)
    monkeypatch.setattr(linear, "available", lambda device: 100_000)
    pack(network)
    assert not is_packed(network.model.layers[0].mlp.up_proj)


def test_long_sums_may_be_off_by_more(make_network: Network) -> None:
    """Of 896 numbers in another order: by ten times what a float32 is rounded by."""
    network = make_network(hidden_size=896, intermediate_size=4_864, num_hidden_layers=1)
    able = packed_weight(nn.Linear(8, 8)) is not None
    pack(network)
    assert is_packed(network.model.layers[0].mlp.up_proj) == able


def test_weights_that_have_two_uses_stay(make_network: Network) -> None:
    network = make_network()
    first, second = network.model.layers
    second.mlp.up_proj.weight = first.mlp.up_proj.weight
    pack(network)
    assert not is_packed(first.mlp.up_proj)


def test_layers_that_cannot_be_packed_stay_as_they_are(
    make_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In float64, where the operation is missing, fails or says something else."""
    assert packed_weight(nn.Linear(8, 8).double()) is None

    def missing(*given: Any) -> Any:
        raise AttributeError("no such operation")

    def failing(*given: Any) -> Any:
        raise RuntimeError("could not create a primitive")

    def wrong(*given: Any) -> Any:
        return 1.1 * product(*given)

    for name, operation in (
        ("packed_weight", lambda *given: None),
        ("product", missing),
        ("product", failing),
        ("product", wrong),
    ):
        network = make_network()
        with monkeypatch.context() as patched:
            patched.setattr(linear, name, operation)
            pack(network)
        assert not is_packed(network.model.layers[0].mlp.up_proj)
        torch.testing.assert_close(logits(network), logits(make_network()))
