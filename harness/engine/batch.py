"""A batch on its way: rows join, go on token by token, and leave, each at its own time."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from harness.engine.attention import Stretch, Surroundings
from harness.engine.columns import BLOCK, Columns, by_need, pieces
from harness.engine.decoder import Decoder
from harness.engine.prompts import Node, Read

TIDY = 0.1
"""Of the blocks that all rows have, what rows must look at beside them until they are put in order."""


def _worked(needed: Sequence[int], least: int) -> int:
    """How many rows' blocks a step over rows that need so many looks at."""
    return sum((end - begin) * blocks for begin, end, blocks in pieces(needed, least))


class Batch:
    """Rows 0 to `len(batch)` - 1 are on their way; the last takes the place of one that leaves."""

    def __init__(
        self, decoder: Decoder, read: Read, rows: int, capacity: int, *, tokens: int = 1
    ) -> None:
        """An empty batch for at most `rows` chains such as `read`, of `capacity` columns each.

        `tokens` are how many at most each of them is extended by at once.
        """
        self._decoder = decoder
        most = max(decoder.shapes.rows(rows), decoder.shapes.rows(rows, tokens))
        self._columns = Columns(read.rest.layers, most, capacity, decoder.kept[False])
        self._nodes: list[tuple[Node, ...]] = []
        self._starts: list[int] = []  # the position of a row's first own column
        self._lengths: list[int] = []  # how many own columns it has filled
        self._seats: list[Stretch] | None = None

    def __len__(self) -> int:
        return len(self._nodes)

    @torch.inference_mode()
    def join(self, read: Read, *, greedy: bool) -> None:
        """Add a row that goes on from a prompt."""
        nodes, own = read.stretches(greedy=greedy), read.copied(greedy=greedy)
        self._columns.fill(len(self), own)
        self._nodes.append(nodes)
        self._starts.append(nodes[-1].end if nodes else 0)
        self._lengths.append(own[0][0].shape[1] if own else 0)
        self._seats = None

    @torch.inference_mode()
    def read(self, row: int, start: int) -> Node:
        """What a row has read from position `start` on, copied: the last token of a chain is not."""
        own, before = self._lengths[row], [n for n in self._nodes[row] if n.start >= start]
        node = before[0] if before else Node((), start)
        dtype = self._decoder.kept[True]
        taken = self._columns.taken(row, own) if own else ()
        # copied, because the next chain in this place writes over it
        copies = [
            (keys.to(dtype, copy=True), values.to(dtype, copy=True)) for keys, values in taken
        ]
        return node.extended(copies)

    @torch.inference_mode()
    def leave(self, row: int) -> None:
        """Remove a row; the last row now has its number."""
        last = len(self) - 1
        if row != last:
            self._columns.move(last, row, self._lengths[last])
        self._nodes[row] = self._nodes[last]
        self._starts[row] = self._starts[last]
        self._lengths[row] = self._lengths[last]
        for kept in (self._nodes, self._starts, self._lengths):
            kept.pop()
        self._seats = None

    @torch.inference_mode()
    def rearrange(self, sources: Sequence[int], fresh: Sequence[int | None]) -> None:
        """Let row i go on from where row `sources[i]` is, and be as many rows as there are sources.

        The last `fresh[i]` columns of that row are copied, all of them for None: the row must have the
        others already. What stays in its place costs nothing.
        """
        self._columns.copy(
            [
                (
                    source,
                    row,
                    0 if new is None else self._lengths[source] - new,
                    self._lengths[source],
                )
                for row, (source, new) in enumerate(zip(sources, fresh, strict=True))
                if source != row
            ]
        )
        self._nodes = [self._nodes[source] for source in sources]
        self._starts = [self._starts[source] for source in sources]
        self._lengths = [self._lengths[source] for source in sources]
        self._seats = None

    def tidied(self) -> list[int] | None:
        """Let rows of many own columns come before those of few, where that spares much of a step.

        Row i then is the one that had the number [i] of what is returned; None: no row was moved. A
        chain goes on for as long as it likes, and its neighbours would look at as many columns.
        """
        needed = self._blocks(1)
        if max(needed, default=0) < 2:
            return None
        spared = _worked(needed, self._columns.least) - sum(needed)
        if spared < max(self._columns.least, TIDY * sum(needed)):
            return None
        order = by_need(needed)
        if order == list(range(len(order))):
            return None
        self.rearrange(order, [None] * len(order))
        return order

    def _blocks(self, more: int) -> list[int]:
        """How many blocks of columns each row has once it was extended by so many tokens."""
        return [-(-(length + more) // BLOCK) for length in self._lengths]

    @torch.inference_mode()
    def step(self, tokens: Sequence[int]) -> torch.Tensor:
        """Append one token to each row; logits of the next, [rows, vocabulary], until the next call."""
        return self.extend([[token] for token in tokens])[: len(self), 0]

    @torch.inference_mode()
    def extend(self, tokens: Sequence[Sequence[int]]) -> torch.Tensor:
        """Append equally many tokens to each row; logits after each, [rows or more, tokens, ...]."""
        device, more = self._decoder.device, len(tokens[0])
        spare = self._decoder.shapes.rows(len(self), more) - len(self)
        lengths = torch.tensor([*self._lengths, *([0] * spare)], device=device)
        starts = torch.tensor([*self._starts, *([0] * spare)], device=device)
        ids = torch.tensor([*tokens, *([tokens[0]] * spare)], device=device)
        needed = [*self._blocks(more), *([-(-more // BLOCK)] * spare)]
        extent = self._columns.expect(lengths, needed, more)
        positions = (starts + lengths)[:, None] + torch.arange(more, device=device)
        columns = starts[:, None] + torch.arange(extent, device=device)
        if self._seats is None:
            self._seats = self._seated(len(self) + spare)
        surroundings = Surroundings(self._seats, positions, columns, self._decoder.context)
        logits = self._decoder.forward(ids, self._columns.cache, surroundings, more)
        self._lengths = [length + more for length in self._lengths]
        return logits

    def _seated(self, rows: int) -> list[Stretch]:
        """Every node with the rows that attend to it; rows without a chain join the first."""
        seats: dict[int, tuple[Node, int, list[int]]] = {}
        for row, nodes in enumerate(self._nodes):
            for depth, node in enumerate(nodes):
                seats.setdefault(id(node), (node, depth, []))[2].append(row)
        return [
            Stretch(node.layers, node.start, self._chosen(chosen, rows), depth)
            for node, depth, chosen in seats.values()
        ]

    def _chosen(self, chosen: Sequence[int], rows: int) -> torch.Tensor | None:
        if len(chosen) == len(self):
            return None
        return torch.tensor(chosen, device=self._decoder.device)
