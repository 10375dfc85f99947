"""Linear layers whose weights lie ready for the processor's matrix products.

torch's own `linear` lays them out anew at every call, which for a few rows takes as long as the
product itself. Its compiler lays them out once; these are the operations that it uses.

A processor without products of 16 bits (AVX2 alone) takes five times as long for them as for those of
32. There the weights lie ready in float32, and a result is rounded to the model's precision: what
products of 16 bits with sums of 32 are defined to be.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any, TypeGuard

import torch
from torch import nn
from transformers import PreTrainedModel

from harness.engine.memory import available

TRIED = 32
"""Rows of the product by which a packed layer is compared with the plain one."""

SHARE = 0.5
"""Of the free memory, what weights may take more in float32 than they did."""

PIECE = 2**24
"""Bytes of results of the last layer that are made at once: the program keeps memory of this size."""


def pack(model: PreTrainedModel) -> None:
    """Pack the weights of a model's linear layers, those on the processor that torch can pack.

    A quantised checkpoint may have layers of this type, too, whose weights are whole numbers, or that compute
    in another way (compressed-tensors): these stay as they are.

    A packed layer has no other copy of its weights and cannot be trained any more. The last one
    keeps it, which the embeddings often share.
    """
    head = model.get_output_embeddings()
    uses = Counter(weight.data_ptr() for weight in _weights(model))
    layers = [module for module in model.modules() if _is_plain_layer(module)]
    wide = _fit_in_float32(layers)
    precisions: dict[tuple[object, ...], torch.dtype | None] = {}
    for layer in layers:
        kind = (layer.weight.shape, layer.weight.dtype, layer.bias is None)
        if kind not in precisions:
            precisions[kind] = precision_of(layer, wide=wide)
        precision = precisions[kind]
        if layer is head:
            last: Any = head
            last.forward = Head(
                layer, None if precision is None else packed_weight(layer, precision)
            )
        elif precision is not None and uses[layer.weight.data_ptr()] == 1:
            packed = packed_weight(layer, precision)
            assert packed is not None
            layer.weight = nn.Parameter(packed, requires_grad=False)
            forwarding: Any = layer
            forwarding.forward = partial(product, packed=layer.weight, bias=_bias(layer, precision))


def weight_bytes(model: PreTrainedModel, dtype: torch.dtype) -> int:
    """What a model's weights take of a processor's memory once they are packed; it may lie on no device yet.

    The last layer's are there twice, packed and not.
    """
    own = dtype.itemsize
    packed = 4 if packed_weight(nn.Linear(8, 8).to(dtype)) is None else own
    head = model.get_output_embeddings()
    layers = {
        id(m.weight): m.weight for m in model.modules() if type(m) is nn.Linear and m is not head
    }
    more = sum(weight.numel() * (packed - own) for weight in layers.values())
    last = 0 if head is None else head.weight.numel() * packed
    return own * model.num_parameters() + more + last


def packed_weight(layer: nn.Linear, precision: torch.dtype | None = None) -> torch.Tensor | None:
    """A layer's weights as `product` takes them; None where torch has no such form of them here."""
    weight = layer.weight.detach().to(precision or layer.weight.dtype)
    try:
        packed: torch.Tensor = torch.ops.mkldnn._reorder_linear_weight(weight, None)
    except (AttributeError, RuntimeError):
        return None
    return packed


def product(given: torch.Tensor, packed: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """What `nn.functional.linear` gives for the weights that were packed."""
    result: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
        given.to(packed.dtype), packed, bias, "none", [], ""
    )
    return result.to(given.dtype)


def _fit_in_float32(layers: Sequence[nn.Linear]) -> bool:
    """Whether weights of 16 bits may be kept in 32."""
    more = sum(
        weight.numel() * (4 - weight.element_size()) for weight in (m.weight for m in layers)
    )
    return more < SHARE * available(torch.device("cpu"))


def precision_of(layer: nn.Linear, *, wide: bool) -> torch.dtype | None:
    """In which precision a layer is packed: its own, or else float32 if `wide`; None for neither."""
    own = layer.weight.dtype
    half = own in (torch.bfloat16, torch.float16)
    for precision in (own, torch.float32) if half and wide else (own,):
        packed = packed_weight(layer, precision)
        if packed is not None and _agrees(layer, packed):
            return precision
    return None


def _bias(layer: nn.Linear, precision: torch.dtype) -> torch.Tensor | None:
    return None if layer.bias is None else layer.bias.detach().to(precision)


def _weights(model: nn.Module) -> list[torch.Tensor]:
    """All weights, as often as they are used."""
    named = model.named_parameters(remove_duplicate=False)
    return [weight for _, weight in named if _plain(weight)]


def _plain(weight: torch.Tensor) -> bool:
    strided = weight.device.type == "cpu" and weight.layout == torch.strided
    return strided and weight.is_floating_point()


def _is_plain_layer(module: nn.Module) -> TypeGuard[nn.Linear]:
    """Whether a module computes what torch's linear layer does, and nothing before or behind it."""
    if type(module) is not nn.Linear or not _plain(module.weight):
        return False
    # a layer that was given another forward, as quantisation does, has it beside its class's own
    return "forward" not in vars(module) and not (
        module._forward_hooks or module._forward_pre_hooks
    )


@torch.inference_mode()
def _agrees(layer: nn.Linear, packed: torch.Tensor) -> bool:
    """Whether a packed layer says the same, up to the rounding of results and of sums."""
    chance = torch.Generator().manual_seed(0)
    given = torch.randn(TRIED, layer.in_features, generator=chance).to(layer.weight.dtype)
    plain = nn.functional.linear(given, layer.weight, layer.bias)
    try:
        ours = product(given, packed, _bias(layer, packed.dtype))
    except (AttributeError, RuntimeError):
        return False
    # a sum in another order is off by about a rounding for the root of its length
    sums = 4 * math.sqrt(layer.in_features) * torch.finfo(torch.float32).eps
    rounding = (8 * torch.finfo(plain.dtype).eps + sums) * plain.abs().amax()
    return ours.dtype == plain.dtype and bool((ours - plain).abs().amax() <= rounding)


class Head:
    """What a model's last layer does, into the same memory each time.

    The logits of 320 rows and 150,000 words are 100 MB. The operating system hands out so much anew
    at every step, page by page, which takes a quarter of the time of computing them.
    """

    def __init__(self, layer: nn.Linear, packed: torch.Tensor | None) -> None:
        """Take a layer, and its weights as `packed_weight` gave them, if it did."""
        self._layer = layer
        self._packed = packed
        self._bias = None if packed is None else _bias(layer, packed.dtype)
        self._memory = layer.weight.new_empty(0, layer.out_features)

    def __call__(self, given: torch.Tensor) -> torch.Tensor:
        """Logits [..., vocabulary], until the next call."""
        layer, rows = self._layer, given.flatten(0, -2)
        if torch.is_grad_enabled():  # somebody trains the model: gradients need memory of their own
            return nn.functional.linear(given, layer.weight, layer.bias)
        if len(self._memory) < len(rows):
            with torch.inference_mode(False):  # so that others, too, may run the model
                self._memory = rows.new_empty(len(rows), layer.out_features)
        logits = self._memory[: len(rows)]
        if self._packed is not None:
            step = max(1, PIECE // (layer.out_features * logits.element_size()))
            for start in range(0, len(rows), step):
                piece = product(rows[start : start + step], self._packed, self._bias)
                logits[start : start + step] = piece
        elif layer.bias is None:
            torch.mm(rows, layer.weight.T, out=logits)
        else:
            torch.addmm(layer.bias, rows, layer.weight.T, out=logits)
        return logits.view(*given.shape[:-1], -1)
