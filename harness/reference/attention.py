"""Causal attention for training on the CPU, and on whatever else torch has a kernel for.

torch's CPU kernel is fast forwards and slow backwards (its gradient took half of a training step on long rows, and six
times its forward on short ones). The gradient here is made of whole matrix products, a block of queries at a time, from
the forward's logarithms of the softmax sums, as in FlashAttention (Dao et al., 2022, arXiv:2205.14135).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

BLOCK = 256
"""Queries whose scores are held at once; a block looks at no key that comes after it."""


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    """Mixed values [rows, heads, length, width] of query (same) and key, value [rows, key heads, length, width].

    `mask` [rows, 1, length, length] is added to the scores and takes the place of the causal rule.
    """
    if query.device.type == "cpu" and query.dtype == torch.bfloat16:
        mixed: Tensor = CpuAttention.apply(query, key, value, mask)  # type: ignore[no-untyped-call]
        return mixed
    group = query.shape[1] // key.shape[1]
    return functional.scaled_dot_product_attention(
        query,
        key.repeat_interleave(group, dim=1),
        value.repeat_interleave(group, dim=1),
        attn_mask=mask,
        is_causal=mask is None,
    )


class CpuAttention(torch.autograd.Function):
    """torch's forward kernel with a gradient of matrix products."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        """The kernel of torch, with the sums that the gradient needs."""
        group = query.shape[1] // key.shape[1]
        mixed, sums = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            query,
            key.repeat_interleave(group, dim=1),
            value.repeat_interleave(group, dim=1),
            0.0,
            mask is None,
            attn_mask=mask,
        )
        ctx.save_for_backward(query, key, value, mixed, sums, mask)
        return mixed  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """The gradient, a block of queries at a time."""
        return (*gradients(gradient, *ctx.saved_tensors), None)


def gradients(
    gradient: Tensor,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mixed: Tensor,
    sums: Tensor,
    mask: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of query, key and value. `sums` [rows, heads, length] are the forward's log-sum-exps."""
    rows, heads, length, width = query.shape
    key_heads = key.shape[1]
    group, scale = heads // key_heads, width**-0.5
    # Heads that share a key are further queries of the same product: [rows * key heads, group, length, width].
    grouped = (rows * key_heads, group, length)
    expected = (mixed.float() * gradient.float()).sum(-1).reshape(*grouped, 1)
    query, gradient = query.reshape(*grouped, width), gradient.reshape(*grouped, width)
    sums = sums.reshape(*grouped, 1)
    key, value = (part.reshape(rows * key_heads, length, width) for part in (key, value))
    of_query, of_key, of_value = [], torch.zeros_like(key).float(), torch.zeros_like(value).float()
    for start in range(0, length, BLOCK):
        end = min(start + BLOCK, length)
        queries = query[:, :, start:end].reshape(-1, group * (end - start), width)
        pulled = gradient[:, :, start:end].reshape(queries.shape)
        scores = (
            torch.bmm(queries, key[:, :end].transpose(1, 2)).unflatten(1, (group, -1)).float()
            * scale
        )
        pulls = torch.bmm(pulled, value[:, :end].transpose(1, 2)).unflatten(1, (group, -1)).float()
        if mask is None:
            seen = torch.arange(end)[None, :] <= torch.arange(start, end)[:, None]
            scores = torch.where(seen, scores, -1e9)
        else:
            allowed = mask[:, None, 0, start:end, :end].expand(-1, key_heads, -1, -1)
            scores = scores + allowed.reshape(rows * key_heads, 1, end - start, end)
        shares = torch.exp(scores - sums[:, :, start:end])
        of_scores = (
            (shares * (pulls - expected[:, :, start:end]) * scale).to(query.dtype).flatten(1, 2)
        )
        shares = shares.to(query.dtype).flatten(1, 2)
        of_query.append(torch.bmm(of_scores, key[:, :end]).unflatten(1, (group, -1)))
        of_key[:, :end] += torch.bmm(of_scores.transpose(1, 2), queries)
        of_value[:, :end] += torch.bmm(shares.transpose(1, 2), pulled)
    shape = (rows, key_heads, length, width)
    return (
        torch.cat(of_query, dim=2).view(rows, heads, length, width),
        of_key.to(key.dtype).view(shape),
        of_value.to(key.dtype).view(shape),
    )
