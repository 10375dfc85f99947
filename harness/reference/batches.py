"""Documents into batches of fixed shape: the step's number and the seed decide every token of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

Segments = list[tuple[str, bool]]
Source = Callable[[random.Random, str], Segments]
Encoded = list[tuple[int, bool]]
"""Tokens, and for each whether it is to be learned."""

IGNORED = -100
LEARNED = 0.75
"""Room for learned positions in a batch, as a share of all; documents have about 0.55."""
FORBIDDEN = -1e9


@dataclass(frozen=True, slots=True)
class Batch:
    """One forward pass; all shapes are fixed, so that it is compiled once for each kind of row."""

    tokens: Tensor  # [rows, length]
    positions: Tensor | None  # [rows, length]; None: each row is one document
    documents: Tensor | None  # [rows, length]: which document of its row a token belongs to
    places: Tensor  # [places]: flat indices of positions whose next token is learned, padded with 0
    targets: Tensor  # [places]: those next tokens, padded with IGNORED

    @property
    def learned(self) -> int:
        """How many positions the loss is taken on."""
        return int((self.targets != IGNORED).sum())

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        return Batch(
            self.tokens.to(device),
            None if self.positions is None else self.positions.to(device),
            None if self.documents is None else self.documents.to(device),
            self.places.to(device),
            self.targets.to(device),
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows of which length one kind of batch has."""

    kind: str  # "short" or "long"
    count: int
    length: int

    @property
    def tokens(self) -> int:
        """Positions in all, padding included."""
        return self.count * self.length


def batch(
    source: Source, tokenizer: PreTrainedTokenizerFast, rows: Rows, seed: int, step: int
) -> Batch:
    """The batch of this kind at this step of the run with this seed."""
    stream = encoded(source, tokenizer, random.Random(f"{seed}/{rows.kind}/{step}"), rows)
    if rows.kind == "long":
        return laid(
            [[document] for document, _ in zip(stream, range(rows.count), strict=False)], rows
        )
    return laid(packed(stream, rows), rows)


def encoded(
    source: Source, tokenizer: PreTrainedTokenizerFast, rng: random.Random, rows: Rows
) -> Iterator[Encoded]:
    """Documents without end, each at most one token longer than a row: the last token is only a target."""
    while True:
        segments = source(rng, rows.kind)
        # Segments are encoded apart, as at run time, when a prompt is encoded without its answer.
        pieces = tokenizer.backend_tokenizer.encode_batch_fast([text for text, _ in segments])
        tokens = [
            (token, learn)
            for piece, (_, learn) in zip(pieces, segments, strict=True)
            for token in piece.ids
        ]
        yield tokens[: rows.length + 1]


def packed(stream: Iterator[Encoded], rows: Rows) -> list[list[Encoded]]:
    """Documents for each row: every document goes into the first row with room, until one fits nowhere."""
    filled: list[list[Encoded]] = [[] for _ in range(rows.count)]
    room = [rows.length] * rows.count
    for document in stream:
        needed = len(document) - 1
        row = next((index for index, left in enumerate(room) if left >= needed), None)
        if row is None:
            return filled
        filled[row].append(document)
        room[row] -= needed
    raise AssertionError("the stream of documents has no end")


def laid(filled: list[list[Encoded]], rows: Rows) -> Batch:
    """Rows of documents as tensors."""
    tokens = torch.zeros(rows.count, rows.length, dtype=torch.long)
    positions = torch.zeros_like(tokens)
    documents = torch.full_like(tokens, -1)
    places: list[int] = []
    targets: list[int] = []
    for row, row_documents in enumerate(filled):
        start = 0
        for number, document in enumerate(row_documents):
            end = start + len(document) - 1
            tokens[row, start:end] = torch.tensor([token for token, _ in document[:-1]])
            positions[row, start:end] = torch.arange(end - start)
            documents[row, start:end] = number
            first = row * rows.length + start - 1
            learned = [index for index, (_, learn) in enumerate(document) if learn and index]
            places += [first + index for index in learned]
            targets += [document[index][0] for index in learned]
            start = end
    alone = rows.kind == "long"
    room = int(rows.tokens * LEARNED)
    return Batch(
        tokens,
        None if alone else positions,
        None if alone else documents,
        torch.tensor((places + [0] * room)[:room]),
        torch.tensor((targets + [IGNORED] * room)[:room]),
    )


def mask(documents: Tensor) -> Tensor:
    """What is added to the scores of packed rows [rows, length], as [rows, 1, length, length].

    Nothing is added where a token looks back within its own document.
    """
    length = documents.shape[1]
    same = documents[:, :, None] == documents[:, None, :]
    order = torch.arange(length, device=documents.device)
    seen = same & (order[None, :] <= order[:, None])
    return torch.where(seen, 0.0, FORBIDDEN).to(torch.bfloat16)[:, None]
