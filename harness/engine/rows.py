"""A batch on its way: rows that go on from prompts that were read, one token at each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch.nn.functional import pad
from transformers import Cache
from transformers.cache_utils import DynamicLayer

from harness.engine.shared_prefix import KeysValues

TAIL_STEP = 64
"""Room for generated tokens is added in steps of this."""


class Forward(Protocol):
    """A model's forward pass over one new token of each row: logits [rows, vocabulary]."""

    def __call__(self, positions: torch.Tensor, **inputs: Any) -> torch.Tensor:
        """`positions` [rows, 1] and `inputs` as transformers names them."""


class Rows:
    """One row for each prompt, all of them one token further at each step.

    A row's tail (what comes after the shared prefix; or everything) is padded on the left, so that
    new tokens go into one column. Columns are added in fixed steps ahead of need, so that the
    extent over which a row attends, too, follows from its own prompt and the number of its tokens.
    """

    def __init__(
        self,
        forward: Forward,
        prompts: Sequence[Sequence[KeysValues]],
        lengths: torch.Tensor,
        logits: torch.Tensor,
        *,
        prefix: Sequence[KeysValues] = (),
        skip: int = 0,
        padded: int,
    ) -> None:
        """Lay out `prompts` (of each, keys and values of every layer; `lengths` [rows] tokens).

        The first `skip` tokens of all of them are in `prefix`; the others fill `padded` columns
        from the right. `logits` [rows, vocabulary] are those after each prompt.
        """
        self.logits = logits
        self._forward = forward
        self._prefix = {"shared_prefix": prefix} if prefix else {}
        self._positions = lengths
        columns = torch.arange(padded, device=lengths.device)
        self._mask = columns >= padded - (lengths[:, None] - skip)
        self._tails = [_Tail(layer, skip, padded) for layer in zip(*prompts, strict=True)]
        self._cache = Cache(layers=[*self._tails])

    @torch.inference_mode()
    def step(self, tokens: torch.Tensor) -> None:
        """Append one token to each row, [rows] int64; `logits` are those after it from then on."""
        self._mask = pad(self._mask, (0, 1), value=True)
        extent = _extent(self._mask.shape[1])
        for tail in self._tails:
            tail.widen(extent)
        self.logits = self._forward(
            self._positions[:, None],
            input_ids=tokens[:, None],
            attention_mask=pad(self._mask, (0, extent - self._mask.shape[1])).long(),
            past_key_values=self._cache,
            **self._prefix,
        )
        self._positions = self._positions + 1


class _Tail(DynamicLayer):
    """Keys and values of one layer, [rows, kv heads, columns, width], with columns to spare."""

    keys: torch.Tensor
    values: torch.Tensor

    def __init__(self, prompts: Sequence[KeysValues], skip: int, padded: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        keys, values = prompts[0]
        self.lazy_initialization(keys, values)
        extent = _extent(padded + 1)
        # zeros, not empty: a masked column counts 0 times its value, and 0 times NaN is NaN
        self.keys = keys.new_zeros(len(prompts), keys.shape[0], extent, keys.shape[2])
        self.values = values.new_zeros(len(prompts), values.shape[0], extent, values.shape[2])
        for row, (keys, values) in enumerate(prompts):
            start = padded - (keys.shape[1] - skip)
            self.keys[row, :, start:padded] = keys[:, skip:]
            self.values[row, :, start:padded] = values[:, skip:]
        self.filled = padded

    def widen(self, extent: int) -> None:
        """Have at least `extent` columns."""
        more = extent - self.keys.shape[2]
        if more > 0:
            self.keys = pad(self.keys, (0, 0, 0, more))
            self.values = pad(self.values, (0, 0, 0, more))

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: object, **kwargs: object
    ) -> KeysValues:
        """Put one token's keys and values into the next column; returns all columns."""
        self.keys[:, :, self.filled] = key_states[:, :, 0]
        self.values[:, :, self.filled] = value_states[:, :, 0]
        self.filled += 1
        return self.keys, self.values

    def get_seq_length(self) -> int:
        """Columns in use: where transformers takes the next token to be when it makes a mask."""
        return self.filled

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Columns that a mask must cover, and the first of them."""
        return self.keys.shape[2], 0


def _extent(columns: int) -> int:
    """How many columns to have when so many are in use; always at least one more.

    Where no row has a column to mask, transformers leaves the mask out, and attention then takes
    another way, with other last bits: the rows of a batch would depend on each other.
    """
    return (columns // TAIL_STEP + 1) * TAIL_STEP
