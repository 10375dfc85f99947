"""Which numbers of rows give the same last bits, found out by trying on the machine at hand."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from harness.engine.prefix import LANES

COUNTS = (16, 32, 48, 64, 96, 128, 160, 192, 224, 256, 288, 320, 512)
"""Numbers of rows that are tried, and run: fewer than these save little."""

TOKENS = 512
"""At most so many tokens of prompts are read in one pass."""


class Shapes:
    """How many rows a forward pass has, for so many that are needed.

    Rows meet in the linear layers. There a row's result may depend, in its last bits, on how many
    others there are, because another kernel is chosen, but not on what they hold or where it
    stands. Where each of `COUNTS` gives the same bits, a pass has as many rows as it needs; where
    not, all passes of a kind have one shape. And they meet where one number for each row and head is
    computed, as attention does: there must be a multiple of `LANES`.
    """

    def __init__(self, model: nn.Module, heads: int) -> None:
        """Try the layers of a model with so many heads of attention."""
        self.free = all(_steady(layer) for layer in _linear(model))
        self._step = next(count for count in COUNTS if count * heads % LANES == 0)

    def rows(self, needed: int, most: int) -> int:
        """Rows of a pass in which `needed` of at most `most` rows have something to say."""
        if not self.free:
            # full registers: the last few of an odd number may be computed by other instructions
            return -(-most // self._step) * self._step
        return min(
            (count for count in COUNTS if count >= needed and count % self._step == 0),
            default=-(-needed // self._step) * self._step,
        )

    def prompts(self, length: int) -> int:
        """How many prompts of a (padded) length are read at once."""
        return max(1, TOKENS // length) if self.free else 1


def _linear(model: nn.Module) -> Iterator[nn.Module]:
    """One linear layer of each shape and precision."""
    seen = set()
    for module in model.modules():
        if isinstance(module, nn.Linear | Conv1D):
            weight = module.weight
            kind = (type(module), weight.shape, weight.dtype, module.bias is None, weight.device)
            if kind not in seen:
                seen.add(kind)
                yield module


@torch.inference_mode()
def _steady(layer: nn.Module) -> bool:
    """Whether the layer gives equal rows for every count, at the beginning and at the end."""
    weight = layer.weight
    assert isinstance(weight, torch.Tensor)
    width = weight.shape[0] if isinstance(layer, Conv1D) else weight.shape[1]
    chance = torch.Generator().manual_seed(0)
    given = torch.randn(COUNTS[-1], width, generator=chance).to(weight.device, weight.dtype)
    whole = layer(given).clone()
    for count in COUNTS[:-1]:
        # from the beginning and from the end, in the middle of others and first or last
        some = torch.arange(count) * (COUNTS[-1] - 1) // (count - 1)
        if not torch.equal(layer(given[some]), whole[some]):
            return False
    return True
