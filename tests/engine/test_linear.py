"""Packed linear layers against torch's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from harness.engine import linear
from harness.engine.linear import Head, pack, packed_weight, product

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
        ("packed_weight", lambda layer: None),
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
