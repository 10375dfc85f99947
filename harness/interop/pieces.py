"""What a file is cut into: chunks of pieces that other processes turn into rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.interop.rows import Row

ROWS = 64
"""Rows of a document or table that are worked on at a time."""

Entry = tuple[str, Row] | str
"""A row with the name of its format, or why there is none."""


class Broken(str):
    """What is wrong with a text, where a piece of it should be."""


Read = Callable[[Sequence[Any]], Iterator[Entry]]
"""Turns pieces into as many entries."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Pieces that follow one another, and what makes a row of each; `first` is the number of the first.

    It is sent to other processes, so the pieces are data and `read` is a function of a module (or a
    `partial` of one).
    """

    first: int
    pieces: Sequence[Any]
    read: Read

    def __len__(self) -> int:
        return len(self.pieces)


def entries(chunk: Chunk) -> Iterator[Entry]:
    """The rows of a chunk in order, or why there is none."""
    return chunk.read(chunk.pieces)


def numbered(batches: Iterable[Sequence[Any]], read: Read) -> Iterator[Chunk]:
    """Batches of pieces as chunks."""
    first = 1
    for batch in batches:
        yield Chunk(first, batch, read)
        first += len(batch)


def batched(pieces: Iterable[Any], size: int = ROWS) -> Iterator[list[Any]]:
    """Pieces in lists of `size`, the last one shorter."""
    batch: list[Any] = []
    for piece in pieces:
        batch.append(piece)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def ready(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Pieces that are entries already: `Read` of a file whose rows were put together at once."""
    return iter(entries)
