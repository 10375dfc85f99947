"""The keys and values that each row has of its own, in blocks of columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from transformers import Cache
from transformers.cache_utils import DynamicLayer

from harness.engine.attention import KeysValues

BLOCK = 64
"""Columns of a block: what a row attends to grows by this, and always in the same pieces."""


FIRST = 2
"""Blocks that there is room for at first where memory is not free until it is touched."""

SPARED = {"cpu": 2**20, "cuda": 2**28}
"""Bytes of a layer that a piece of rows with fewer blocks must spare: it has products of its own."""

Piece = tuple[int, int, int]
"""The first of some rows, the one after the last, and how many blocks these rows attend to."""


def pieces(needed: Sequence[int], least: int) -> list[Piece]:
    """Divide rows that need so many blocks each, so that few attend to blocks in which they have nothing.

    Pieces follow each other, with fewer blocks each; another one begins where it spares `least` rows'
    blocks. So rows that need many should come first.
    """
    most, ends = 0, []
    for row in reversed(range(len(needed))):
        if needed[row] > most:
            ends.append((row + 1, most := needed[row]))
    found: list[Piece] = []
    begin, (end, blocks) = 0, ends.pop()
    while ends:
        after, fewer = ends.pop()
        if (len(needed) - end) * (blocks - fewer) >= least:
            found.append((begin, end, blocks))
            begin, blocks = end, fewer
        end = after
    return [*found, (begin, end, blocks)]


def by_need(needed: Sequence[int]) -> list[int]:
    """An order of rows in which those that need more blocks come first, most of them in their places.

    Number i of it says which row is to come to place i.
    """
    order = list(range(len(needed)))
    first = 0
    for blocks in sorted(set(needed), reverse=True):
        after = first + sum(need == blocks for need in needed)
        elsewhere = [at for at in range(after, len(order)) if needed[order[at]] == blocks]
        others = [at for at in range(first, after) if needed[order[at]] != blocks]
        for here, there in zip(others, elsewhere, strict=True):
            order[here], order[there] = order[there], order[here]
        first = after
    return order


class Columns:
    """The own columns of all rows, and where the next tokens go.

    Of each layer a tensor [blocks, rows, kv heads, `BLOCK`, width], so that a block of the first
    rows is one piece of memory. It is zeroed by the operating system page by page when it is first
    touched: room that no chain comes to use costs nothing.
    """

    def __init__(
        self, like: Sequence[KeysValues], rows: int, capacity: int, dtype: torch.dtype
    ) -> None:
        """Room for `rows` rows of `capacity` columns each, for layers such as those of `like`."""
        self._blocks = -(-capacity // BLOCK)
        if like[0][0].device.type != "cpu":  # where memory is taken at once, no more than is needed
            self._blocks = min(self._blocks, FIRST)
        self._layers = [
            _Layer(keys[:, :0].to(dtype), values[:, :0].to(dtype), rows, self._blocks)
            for keys, values in like
        ]
        self._rows = rows
        self.cache = Cache(layers=[*self._layers])

    def reserve(self, columns: int) -> None:
        """Have room for so many columns in each row, at least twice the room where there is too little."""
        blocks = -(-columns // BLOCK)
        if blocks > self._blocks:
            self._blocks = max(blocks, 2 * self._blocks)
            for mine in self._layers:
                mine.grow(self._blocks)

    def fill(self, row: int, layers: Sequence[KeysValues]) -> None:
        """Begin a row with the keys and values of some tokens, or with none."""
        if layers:
            self.reserve(layers[0][0].shape[1])
        for mine, (keys, values) in zip(self._layers, layers, strict=bool(layers)):
            for block in range(-(-keys.shape[1] // BLOCK)):
                cut = slice(block * BLOCK, (block + 1) * BLOCK)
                filled = keys[:, cut].shape[1]
                mine.keys[block, row, :, :filled] = keys[:, cut]
                mine.values[block, row, :, :filled] = values[:, cut]

    def taken(self, row: int, length: int) -> tuple[KeysValues, ...]:
        """A copy of the first `length` columns of a row, of each layer."""
        blocks = -(-length // BLOCK)
        return tuple(
            (
                mine.keys[:blocks, row].transpose(0, 1).flatten(1, 2)[:, :length],
                mine.values[:blocks, row].transpose(0, 1).flatten(1, 2)[:, :length],
            )
            for mine in self._layers
        )

    def move(self, source: int, target: int, length: int) -> None:
        """Put the first `length` columns of one row into another."""
        blocks = -(-length // BLOCK)
        for mine in self._layers:
            mine.keys[:blocks, target] = mine.keys[:blocks, source]
            mine.values[:blocks, target] = mine.values[:blocks, source]

    def copy(self, moves: Sequence[tuple[int, int, int, int]]) -> None:
        """Put columns of some rows into others, as they were before any was moved.

        Each move is (source, target, first column, column after the last); whole blocks are copied.
        """
        for block in range(-(-max((end for *_, end in moves), default=0) // BLOCK)):
            some = [
                (source, target)
                for source, target, begin, end in moves
                if begin < (block + 1) * BLOCK and block * BLOCK < end
            ]
            if not some:
                continue
            pairs = torch.tensor(some).T
            for mine in self._layers:
                sources, targets = pairs.to(mine.keys.device)
                for all_of in (mine.keys[block], mine.values[block]):
                    all_of.index_copy_(0, targets, all_of.index_select(0, sources))

    def expect(self, lengths: torch.Tensor, needed: Sequence[int], tokens: int) -> int:
        """Let the next pass append `tokens` columns after the first `lengths` [rows] of each row.

        `needed` are the blocks that each row then has. Returns how many columns such a pass attends to.
        """
        most = max(needed)
        self.reserve(most * BLOCK)
        rows = lengths.shape[0]
        divided = pieces(needed, self.least)
        columns = lengths[:, None] + torch.arange(tokens, device=lengths.device)
        row = torch.arange(rows, device=lengths.device)[:, None]
        for mine in self._layers:
            heads = mine.keys.shape[2]
            mine.pieces = divided
        place = (columns // BLOCK * self._rows + row)[:, None] * heads
        place = place + torch.arange(heads, device=lengths.device)[:, None]
        index = (place * BLOCK + (columns % BLOCK)[:, None]).flatten()
        indices = {index.device: index}
        for mine in self._layers:
            device = mine.keys.device
            if device not in indices:  # a model may be spread over several
                indices[device] = index.to(device)
            mine.index = indices[device]
        return most * BLOCK

    @property
    def least(self) -> int:
        """How many rows' blocks are worth a piece of their own."""
        keys, values = self._layers[0].keys, self._layers[0].values
        each = (
            keys[0, 0].numel() * keys.element_size() + values[0, 0].numel() * values.element_size()
        )
        return math.ceil(SPARED.get(keys.device.type, SPARED["cuda"]) / each)


class _Layer(DynamicLayer):
    """One layer's part of `Columns`, as transformers' cache sees it."""

    keys: torch.Tensor
    values: torch.Tensor

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, rows: int, blocks: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.lazy_initialization(keys, values)
        # zeros, not empty: a masked column counts 0 times its value, and 0 times NaN is NaN
        self.keys = _zeros(keys, (blocks, rows, keys.shape[0], BLOCK, keys.shape[2]))
        self.values = _zeros(values, (blocks, rows, values.shape[0], BLOCK, values.shape[2]))
        self.index = torch.empty(0)
        self.pieces: Sequence[Piece] = ()

    def grow(self, blocks: int) -> None:
        """Have room for so many blocks."""
        keys = _zeros(self.keys, (blocks, *self.keys.shape[1:]))
        keys[: len(self.keys)] = self.keys
        self.keys = keys
        values = _zeros(self.values, (blocks, *self.values.shape[1:]))
        values[: len(self.values)] = self.values
        self.values = values

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: object, **kwargs: object
    ) -> Any:
        """Put new tokens into their columns; returns of each piece of rows its blocks, for `attention`."""
        for all_of, new in ((self.keys, key_states), (self.values, value_states)):
            width = new.shape[-1]
            rows = new.reshape(-1, width).to(all_of.dtype)
            all_of.view(-1, width).index_copy_(0, self.index, rows)
        return tuple(
            [[block[begin:end] for block in all_of[:blocks]] for begin, end, blocks in self.pieces]
            for all_of in (self.keys, self.values)
        )


def _zeros(like: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """Zeros; on a processor without touching the memory, which `torch.zeros` writes through."""
    if like.device.type != "cpu":
        return like.new_zeros(shape)
    untouched = np.zeros(math.prod(shape) * like.element_size(), np.uint8)
    return torch.from_numpy(untouched).view(like.dtype).view(shape)


class Fresh(DynamicLayer):
    """One layer of a pass over whole prompts: keeps what it is given, and nothing before it."""

    keys: torch.Tensor
    values: torch.Tensor

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: object, **kwargs: object
    ) -> KeysValues:
        """Keep and return them: [rows, kv heads, tokens, width]."""
        self.keys, self.values = key_states, value_states
        return key_states, value_states
