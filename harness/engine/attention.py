"""Attention of many rows over what they share, computed for all of them as one matrix product.

Method: Juravsky et al., 2024 (Hydragen, arXiv:2402.05099). Rows that begin with the same tokens
have the same keys and values there. Each row attends to every shared stretch and to its own tokens
separately; the results are weighted by the sums of exponentials that their softmaxes divided by. A
stretch is then read once for all rows, instead of one copy for each.

Scores, weights and results are float32 until the very end, whatever the model's precision: rounded
to bfloat16, a score of 200 is off by up to a half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import torch
from torch import nn
from torch.nn.functional import pad
from transformers import AttentionInterface, DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

from harness.engine.prefix import product, to_prefix

NAME = "shared_stretches"
"""Under which transformers knows the attention below."""

ARCHITECTURES = (
    "apertus",
    "cohere",
    "cohere2",
    "ernie4_5",
    "exaone4",
    "gemma",
    "gemma2",
    "gemma3",
    "gemma3_text",
    "glm",
    "glm4",
    "gpt2",
    "gpt_neox",
    "gpt_oss",
    "granite",
    "granitemoe",
    "llama",
    "ministral3",
    "mistral",
    "mixtral",
    "olmo",
    "olmo2",
    "olmo3",
    "olmoe",
    "opt",
    "phi",
    "phi3",
    "phimoe",
    "qwen2",
    "qwen2_moe",
    "qwen3",
    "qwen3_moe",
    "seed_oss",
    "smollm3",
    "starcoder2",
)
"""`model_type`s whose attention passes through transformers' `AttentionInterface` as it is.

Each is tested against the model's plain forward pass; every other runs by `harness.engine.plain`.
"""

DEPTHS = 16
"""Places for shared stretches before a row's own columns, a full vector register of them."""

KeysValues = tuple[torch.Tensor, torch.Tensor]
"""Of one layer: keys and values, each [kv heads, tokens, width of a head]."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive tokens of a prompt, and which rows attend to them.

    `layers` holds their keys and values; the first is at position `start`. `rows` [some] int64, or
    None for all rows of the pass. `depth` is how many other stretches each of these rows attends to
    before this one, of less than `DEPTHS` - 1: the last place is for a sink.
    """

    layers: Sequence[KeysValues]
    start: int
    rows: torch.Tensor | None = None
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rows of one forward pass attend to.

    `positions` [rows, tokens] of the tokens that are new; `columns` [rows, extent] the positions of
    the row's own columns (the new tokens among them), negative where there is nothing. A sliding
    window of `reach` or more (the model's context) hides nothing.
    """

    stretches: Sequence[Stretch]
    positions: torch.Tensor
    columns: torch.Tensor
    reach: int | None = None
    biases: dict[int | None, torch.Tensor] = field(default_factory=dict)
    elsewhere: dict[torch.device, Surroundings] = field(default_factory=dict)

    def on(self, device: torch.device) -> Surroundings:
        """The same on another device, where some layers of a model that is spread out are: moved once.

        Keys and values stay: those of a layer are where it is.
        """
        if device == self.positions.device:
            return self
        if device not in self.elsewhere:
            stretches = [
                stretch if stretch.rows is None else replace(stretch, rows=stretch.rows.to(device))
                for stretch in self.stretches
            ]
            positions, columns = self.positions.to(device), self.columns.to(device)
            self.elsewhere[device] = Surroundings(stretches, positions, columns, self.reach)
        return self.elsewhere[device]

    def window(self, size: int | None) -> int | None:
        """A layer's sliding window, None where it hides nothing."""
        hides = size is not None and (self.reach is None or size < self.reach)
        return size if hides else None

    def bias(self, window: int | None) -> torch.Tensor:
        """To add to the scores of the stretches and of a row's own columns.

        [rows, 1, 1, tokens, `DEPTHS` + extent] float32.
        """
        if window not in self.biases:
            distance = self.positions[:, :, None] - self.columns[:, None]
            seen = (distance >= 0) & (self.columns >= 0)[:, None]
            if window is not None:
                seen &= distance < window
            # what stands before the beginning sees itself: a softmax over nothing is NaN, which
            # would spread through the columns that are masked
            seen |= distance == 0
            bias = torch.zeros(seen.shape, device=seen.device).masked_fill_(~seen, -torch.inf)
            self.biases[window] = pad(bias, (DEPTHS, 0))[:, None, None]
        return self.biases[window]


def can_share(model: PreTrainedModel, context: int | None = None) -> bool:
    """Whether this model is known to work with `attention`, for texts of up to `context` tokens.

    None is the model's own context. Where a text beyond some length turns all positions in another
    way (`longrope`, `dynamic`), one long row would do so to its neighbours: such models share only up to
    that length.
    """
    if model.config.model_type not in ARCHITECTURES:
        return False
    text = model.config.get_text_config()
    reach = context or getattr(text, "max_position_embeddings", None)
    steady = steady_length(text)
    if steady is not None and (reach is None or reach > steady):
        return False
    layers = DynamicCache(config=model.config).layers
    return all(type(layer) in (DynamicLayer, DynamicSlidingWindowLayer) for layer in layers)


def steady_length(config: Any) -> int | None:
    """Up to how many tokens positions are turned in one and the same way; None where always."""
    rope = getattr(config, "rope_parameters", None) or {}
    kinds = [rope] if "rope_type" in rope else [one for one in rope.values() if one]
    lengths = [
        kind.get("original_max_position_embeddings")
        or getattr(config, "original_max_position_embeddings", None)
        or config.max_position_embeddings
        for kind in kinds
        if kind.get("rope_type") in ("longrope", "dynamic")
    ]
    return min(lengths, default=None)


def install(model: PreTrainedModel) -> None:
    """Make the model attend by `attention`. No mask function goes with it: it makes its own."""
    AttentionInterface.register(NAME, attention)
    model.set_attn_implementation(NAME)


def attention(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor | Sequence[Sequence[torch.Tensor]],
    value: torch.Tensor | Sequence[Sequence[torch.Tensor]],
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    surroundings: Surroundings | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    s_aux: torch.Tensor | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attend to the shared stretches of `surroundings` and to each row's own columns.

    `query` [rows, heads, tokens, width]; `key` and `value` as a cache's `update` returned them:
    [rows, kv heads, extent, width], or of each piece of rows the blocks of columns that it has.
    `surroundings` is a keyword of the model's `forward`. `s_aux` [heads] are scores of a sink, which draws weight away
    and has no value. Returns [rows, tokens, heads, width].
    """
    if surroundings is None:
        raise TypeError("this attention needs `surroundings`: run the model by harness.engine")
    surroundings = surroundings.on(query.device)
    keys = [[key]] if isinstance(key, torch.Tensor) else key
    values = [[value]] if isinstance(value, torch.Tensor) else value
    rows, heads, tokens, width = query.shape
    kv_heads = keys[0][0].shape[1]
    scale = width**-0.5 if scaling is None else scaling
    window = surroundings.window(sliding_window)
    grouped = query.reshape(rows, kv_heads, -1, width)
    sums = grouped.new_full((*grouped.shape[:3], DEPTHS), -torch.inf, dtype=torch.float32)
    if s_aux is not None:
        sink = s_aux.to(torch.float32).view(kv_heads, -1, 1).expand(-1, -1, tokens)
        sums[..., DEPTHS - 1] = sink.reshape(kv_heads, -1)
    shared: dict[int, torch.Tensor] = {}
    for stretch in surroundings.stretches:
        layer = stretch.layers[cast(int, module.layer_idx)]
        hidden = None if window is None else _beyond(surroundings, stretch, window, grouped, layer)
        _to_stretch(grouped, stretch, layer, hidden, scale, softcap, shared, sums)
    bias, sizes = surroundings.bias(window), [len(blocks[0]) for blocks in keys]
    pieces = zip(
        grouped.split(sizes), keys, values, bias.split(sizes), sums.split(sizes), strict=True
    )
    attended = torch.cat(
        [to_columns(some, k, v, b, scale, softcap, s) for some, k, v, b, s in pieces]
    )
    for depth, more in shared.items():
        attended = torch.addcmul(attended, more, sums[..., depth : depth + 1])
    return attended.to(query.dtype).view(rows, heads, tokens, width).transpose(1, 2), None


def to_columns(
    query: torch.Tensor,
    keys: Sequence[torch.Tensor],
    values: Sequence[torch.Tensor],
    bias: torch.Tensor,
    scale: float,
    softcap: float | None,
    sums: torch.Tensor,
) -> torch.Tensor:
    """Each row's attention to columns of its own, which come in blocks, beside what is shared.

    `query` [rows, kv heads, queries, width], a block [rows, kv heads, columns, width], `bias`
    [rows, 1, 1, tokens, `DEPTHS` + all columns or more] where the queries are so many tokens of several
    heads. `sums` [rows, kv heads, queries, `DEPTHS`] are the logarithms of the sums of exponentials
    of each shared stretch: one softmax over them and the columns gives the share of each. They are
    overwritten by these. Returns float32 [rows, kv heads, queries, width]. Written out, because for
    a few queries of each row the processor's fused kernel takes two to three times as long.
    """
    scores = [product(query, block.transpose(-1, -2)).mul_(scale) for block in keys]
    if softcap is not None:
        scores = [part.div_(softcap).tanh_().mul_(softcap) for part in scores]
    everything = torch.cat([sums, *scores], -1).unflatten(2, (-1, bias.shape[3]))
    everything.add_(bias[..., : everything.shape[-1]])
    # what is hidden adds zeros at the end of a row's sum: more columns for others change no bit
    weights = torch.softmax(everything, -1, out=everything).flatten(2, 3)
    sums.copy_(weights[..., :DEPTHS])
    attended = torch.zeros((), device=query.device)
    # Block by block, so that blocks in which a row has nothing add zeros to it at the end (and each
    # in memory of its own: a product can depend on how far apart the lines are).
    parts = weights[..., DEPTHS:].split(keys[0].shape[2], -1)
    for part, block in zip(parts, values, strict=True):
        attended = attended + product(part.contiguous(), block)
    return attended


def _to_stretch(
    grouped: torch.Tensor,
    stretch: Stretch,
    layer: KeysValues,
    hidden: torch.Tensor | None,
    scale: float,
    softcap: float | None,
    shared: dict[int, torch.Tensor],
    sums: torch.Tensor,
) -> None:
    """`to_prefix` for the queries of the rows of a stretch, written into `shared` and `sums`.

    In one order in memory, and for all rows, with nothing for those that do not attend: what comes
    after is then done by the same instructions for every row, whoever else is there.
    """
    chosen = grouped if stretch.rows is None else grouped[stretch.rows]
    rows, kv_heads, queries, width = chosen.shape
    together = chosen.transpose(0, 1).reshape(kv_heads, rows * queries, width)
    attended, weight = to_prefix(together, *layer, hidden, scale, softcap)
    attended = attended.unflatten(1, (rows, queries)).transpose(0, 1)
    weight = weight.unflatten(1, (rows, queries)).transpose(0, 1)
    if stretch.rows is None:
        shared[stretch.depth] = attended.contiguous()
        sums[..., stretch.depth] = weight
        return
    if stretch.depth not in shared:
        shared[stretch.depth] = torch.zeros_like(grouped, dtype=torch.float32)
    shared[stretch.depth].index_copy_(0, stretch.rows, attended)
    sums[..., stretch.depth].index_copy_(0, stretch.rows, weight)


def _beyond(
    surroundings: Surroundings,
    stretch: Stretch,
    window: int,
    grouped: torch.Tensor,
    layer: KeysValues,
) -> torch.Tensor:
    """Which tokens of a stretch lie outside the sliding window of which query."""
    positions = surroundings.positions
    if stretch.rows is not None:
        positions = positions[stretch.rows]
    there = torch.arange(layer[0].shape[1], device=positions.device) + stretch.start
    outside = positions[:, :, None] - there >= window
    heads = grouped.shape[2] // positions.shape[1]
    return outside[:, None].expand(-1, heads, -1, -1).reshape(-1, there.shape[0])
