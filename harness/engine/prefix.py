"""Attention of many queries to one sequence, with the sums that its softmax divided by.

By the processor's fused kernel or, elsewhere, by matrix products. How many queries there are decides
the last bits of none.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch.nn.functional import pad

LANES = 32
"""Numbers that a function such as exp takes at once; what is left over is computed in another way.

Also how many queries the processor's fused kernel takes at once.
"""

STEPS = (4, 8, 16, LANES)
"""To multiples of one of these the kernel's queries are padded: of the first that changes no bit."""

LOG2_E = math.log2(math.e)

AT_ONCE = 2**20
"""Scores of a shared stretch worked on at once: so many stay in the processor's cache."""

MOST_PADDED = 512
"""Up to so many queries they may be padded to."""


def kept(model: torch.dtype, device: torch.device, *, shared: bool) -> torch.dtype:
    """The precision in which keys and values are kept for a model of a given one.

    A GPU multiplies bfloat16 into float32. A processor does not, but multiplies float32 as fast as
    it reads it, and its fused kernel takes equally long for both; except where it has AMX, whose
    kernel reads what is `shared` in the model's own precision, and rounds its result to it.
    """
    fused = device.type == "cpu" and shared and torch.cpu._is_amx_tile_supported()
    return model if device.type == "cuda" or fused else torch.float32


def product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """The matrix product in float32, `left` brought to the precision of `right` where it is another.

    [..., n, k] and [..., k, m] with equal leading dimensions give [..., n, m].
    """
    if right.dtype == torch.float32:
        return left.float() @ right
    if right.device.type != "cuda":
        return left.float() @ right.float()
    flat: torch.Tensor = torch.bmm(
        left.to(right.dtype).flatten(0, -3), right.flatten(0, -3), out_dtype=torch.float32
    )
    return flat.view(*left.shape[:-1], -1)


def to_prefix(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    hidden: torch.Tensor | None,
    scale: float,
    softcap: float | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention of many queries to one sequence: results, and logarithms of their softmax's sums.

    `query` [kv heads, queries, width], `key` and `value` [kv heads, tokens, width], `hidden`
    [queries, tokens] where a query must not look. Returns [kv heads, queries, width] and [kv heads,
    queries] in float32. How many queries there are decides the last bits of none.
    """
    count = query.shape[1]
    products = query.device.type != "cpu" or softcap is not None
    heads, _, width = key.shape
    step = _step(query.device) if products else _kernel_step(heads, width, key.dtype)
    spare = -count % step
    if spare:
        query = pad(query, (0, 0, 0, spare))
        hidden = hidden if hidden is None else pad(hidden, (0, 0, 0, spare))
    if products:
        attended, sums = by_products(query, key, value, hidden, scale, softcap)
    else:
        attended, sums = _by_kernel(query, key, value, hidden, scale)
    return attended[:, :count], sums[:, :count]


def _by_kernel(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    hidden: torch.Tensor | None,
    scale: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """`to_prefix` by the kernel of torch's `scaled_dot_product_attention`."""
    query = query.to(key.dtype)
    bias = None
    if hidden is not None:
        lowest = torch.finfo(query.dtype).min  # finite: what sees nothing must not become a NaN
        bias = torch.zeros_like(hidden, dtype=query.dtype).masked_fill_(hidden, lowest)
    # only this way in returns the sums, too
    fused = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    attended, sums = fused(query[None], key[None], value[None], attn_mask=bias, scale=scale)
    return attended[0].float(), sums[0]


@lru_cache(maxsize=64)
@torch.inference_mode()
def _kernel_step(heads: int, width: int, dtype: torch.dtype) -> int:
    """The first of `STEPS` whose multiples all give a query the same bits on this machine."""
    chance = torch.Generator().manual_seed(0)
    for step in STEPS[:-1]:
        steady = True
        for tokens in (150, 700):  # less and more than the kernel takes at once
            query = torch.randn(heads, 320, width, generator=chance).to(dtype)
            key, value = torch.randn(2, heads, tokens, width, generator=chance).to(dtype)
            whole = _by_kernel(query, key, value, None, width**-0.5)
            for count in (step, 3 * step, 5 * step, 13 * step):
                for some in (slice(count), slice(-count, None)):
                    few = _by_kernel(query[:, some], key, value, None, width**-0.5)
                    pairs = zip(few, whole, strict=True)
                    steady &= all(torch.equal(one, every[:, some]) for one, every in pairs)
        if steady:
            return step
    return STEPS[-1]


def by_products(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    hidden: torch.Tensor | None,
    scale: float,
    softcap: float | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """`to_prefix` written out, on any device.

    With powers of 2, because processors compute them three times as fast as those of e.
    """
    heads, queries, width = query.shape
    attended = query.new_empty(heads, queries, width, dtype=torch.float32)
    sums = query.new_empty(heads, queries, dtype=torch.float32)
    step = _at_once(key)
    for start in range(0, queries, step):
        some = slice(start, start + step)
        scores, factor = product(query[:, some], key.transpose(-1, -2)), scale * LOG2_E
        if softcap is not None:
            scores, factor = scores.mul_(scale / softcap).tanh_(), softcap * LOG2_E
        if hidden is not None:
            # finite, so that what sees nothing is no NaN, also when multiplied by the factor
            scores.masked_fill_(hidden[some], torch.finfo(scores.dtype).min / 2**10)
        below = scores.amax(-1, keepdim=True).mul_(-factor)
        weights = torch.add(below, scores, alpha=factor, out=scores).exp2_()
        total = weights.sum(-1, keepdim=True)
        torch.div(product(weights, value), total, out=attended[:, some])
        sums[:, some] = (total.log2_() - below)[..., 0] / LOG2_E
    return attended, sums


def _step(device: torch.device) -> int:
    """Products take a multiple of so many queries: of `LANES` for each of a processor's threads."""
    threads = torch.get_num_threads() if device.type == "cpu" else 1
    return LANES * threads if LANES * threads <= MOST_PADDED else LANES


def _at_once(key: torch.Tensor) -> int:
    """How many queries of each head are worked on at once: all, where no processor's cache is small."""
    if key.device.type != "cpu":
        return 2**62
    heads, tokens, _ = key.shape
    step = _step(key.device)
    return max(1, AT_ONCE // (heads * tokens) // step) * step
