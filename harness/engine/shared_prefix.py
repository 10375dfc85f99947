"""Attention of many rows over one shared prefix: computed for all of them as one matrix product.

Method: Juravsky et al., 2024 (Hydragen, arXiv:2402.05099). Rows that begin with the same tokens
have the same keys and values there. Each row attends to the shared prefix and to its own tail
separately; the two results are weighted by the sums of exponentials that their softmaxes divided
by. The prefix is then read once for all rows, instead of one copy for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import nn
from transformers import AttentionInterface, AttentionMaskInterface, DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "shared_prefix"
"""Under which transformers knows the attention below."""

ARCHITECTURES = (
    "cohere",
    "gemma",
    "gpt2",
    "gpt_neox",
    "granite",
    "llama",
    "mistral",
    "olmo",
    "olmo2",
    "opt",
    "phi",
    "phi3",
    "qwen2",
    "qwen3",
    "smollm3",
    "starcoder2",
)
"""`model_type`s whose attention passes through transformers' `AttentionInterface` as it is.

Each is tested against the model's plain forward pass; others, and all with a sliding window, run
without this attention, every row with a copy of the prefix.
"""

KeysValues = tuple[torch.Tensor, torch.Tensor]
"""Of one layer: keys and values, each [kv heads, tokens, width of a head]."""


def can_share(model: PreTrainedModel) -> bool:
    """Whether this model is known to work with `attention`: its kind, and no sliding window."""
    layers = DynamicCache(config=model.config).layers
    plain = all(type(layer) is DynamicLayer for layer in layers)
    return plain and model.config.model_type in ARCHITECTURES


def install(model: PreTrainedModel) -> None:
    """Make the model attend by `attention`."""
    AttentionInterface.register(NAME, attention)
    # the masks are those of the library's own attention, over the tail alone
    AttentionMaskInterface.register(NAME, cast(Any, sdpa_mask))
    model.set_attn_implementation(NAME)


def attention(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    shared_prefix: Sequence[KeysValues] | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attend to `shared_prefix` (one entry for each layer) and to the own keys of each row.

    `query` [rows, heads, 1, width]; `key` and `value` [rows, kv heads, tail, width];
    `attention_mask` [rows, 1, 1, tail], True where there is a token. Returns [rows, 1, heads,
    width]. Without a `shared_prefix` (given as a keyword of the model's `forward`) it is the
    library's own attention.
    """
    if shared_prefix is None:
        attended, _ = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **options
        )
        return attended, None
    rows, heads, _, width = query.shape
    kv_heads = key.shape[1]
    scale = width**-0.5 if scaling is None else scaling
    grouped = query.view(rows, kv_heads, heads // kv_heads, width)
    to_tail, tail_weight = attend(grouped, key, value, attention_mask, scale)
    prefix_keys, prefix_values = shared_prefix[cast(int, module.layer_idx)]
    together = grouped.transpose(0, 1).reshape(1, kv_heads, -1, width)
    to_prefix, prefix_weight = attend(together, prefix_keys[None], prefix_values[None], None, scale)
    to_prefix = to_prefix.view(kv_heads, rows, -1, width).transpose(0, 1)
    prefix_weight = prefix_weight.view(kv_heads, rows, -1).transpose(0, 1)
    # the prefix's share exp(a) / (exp(a) + exp(b)), from the logarithms a and b of both sums
    share = torch.sigmoid(prefix_weight - tail_weight)[..., None]
    merged = torch.lerp(to_tail.float(), to_prefix.float(), share).to(query.dtype)
    return merged.reshape(rows, 1, heads, width), None


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    scale: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Softmax attention, and the logarithm of the sum that its softmax divides by.

    `query` [batch, kv heads, queries, width], `key` and `value` [batch, kv heads, tokens, width],
    `mask` [batch, 1, 1, tokens] or None. Returns [batch, kv heads, queries, width] in the dtype of
    `query` and [batch, kv heads, queries] in float32.
    """
    if query.device.type != "cpu":
        return by_products(query, key, value, mask, scale)
    bias = None
    if mask is not None:
        bias = torch.zeros_like(mask, dtype=query.dtype).masked_fill(~mask, -torch.inf)
        bias = bias.expand(-1, 1, query.shape[2], -1)
    # The kernel of torch's `scaled_dot_product_attention`; only this way in returns the sums, too.
    fused = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    attended, sums = fused(query, key, value, attn_mask=bias, scale=scale)
    return attended, sums


def by_products(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    scale: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """`attend` written out, for any device."""
    scores = (query @ key.transpose(-1, -2)).float() * scale
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    sums = scores.logsumexp(-1, keepdim=True)
    return (scores - sums).exp().to(query.dtype) @ value, sums[..., 0]
