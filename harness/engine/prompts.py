"""Prompts that were read: a stretch shared by many, then a rest of its own."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from harness.engine.attention import KeysValues
from harness.request import PromptTooLongError, Request

CHUNK = 512
"""Longer stretches are read in pieces of so many tokens, so that a long prompt needs no more memory."""

PROMPT_STEP = 32
"""Prompts are padded to a multiple of this: small steps waste few columns, large fill passes."""

SHORTEST_TRUNK = 32
"""A shorter shared beginning is read with the rest: attending to it apart costs more than it saves."""

SHORTEST_REST = {True: 1024, False: 128}
"""From so many tokens on, the rest of a prompt stays in one place for all its paths, instead of a
copy in the columns of each; for greedy decoding (True), which has one path, much later.
"""


@dataclass(frozen=True, slots=True)
class Node:
    """Tokens that were read: of each layer their keys and values. The first is at `start`."""

    layers: tuple[KeysValues, ...]
    start: int

    @property
    def length(self) -> int:
        """How many tokens."""
        return self.layers[0][0].shape[1] if self.layers else 0

    @property
    def end(self) -> int:
        """The position after the last token."""
        return self.start + self.length

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return sum(one.numel() * one.element_size() for layer in self.layers for one in layer)

    def extended(self, layers: Sequence[KeysValues]) -> Node:
        """With more tokens after its own."""
        if not self.layers:
            return Node(tuple(layers), self.start)
        joined = tuple(
            (torch.cat([keys, more_keys], 1), torch.cat([values, more_values], 1))
            for (keys, values), (more_keys, more_values) in zip(self.layers, layers, strict=True)
        )
        return Node(joined, self.start)


@dataclass(frozen=True, slots=True)
class Read:
    """A prompt that was read: what it shares with others (none or one node), its rest, what follows.

    `logits` [vocabulary] float32 are those of the token after the prompt.
    """

    trunk: tuple[Node, ...]
    rest: Node
    logits: torch.Tensor

    def stretches(self, *, greedy: bool) -> tuple[Node, ...]:
        """What a row attends to in common with others."""
        return (*self.trunk, self.rest) if self._apart(greedy) else self.trunk

    def copied(self, *, greedy: bool) -> tuple[KeysValues, ...]:
        """What a row begins its own columns with."""
        return () if self._apart(greedy) else self.rest.layers

    def _apart(self, greedy: bool) -> bool:
        return self.rest.length >= SHORTEST_REST[greedy]


class Nodes:
    """What prompts share, by its tokens; what was not used for longest goes when memory is short."""

    def __init__(self, memory: int | None = None) -> None:
        """Keep at most `memory` bytes (None: no limit), but always the last node."""
        self._memory = memory
        self._kept: OrderedDict[tuple[int, ...], Node] = OrderedDict()

    def get(self, tokens: tuple[int, ...]) -> Node | None:
        """The node of these tokens, if it is kept."""
        if tokens in self._kept:
            self._kept.move_to_end(tokens)
        return self._kept.get(tokens)

    def put(self, tokens: tuple[int, ...], node: Node) -> None:
        """Keep a node."""
        self._kept[tokens] = node
        if self._memory is not None:
            while len(self._kept) > 1 and sum(n.size for n in self._kept.values()) > self._memory:
                self._kept.popitem(last=False)


def room(request: Request, context: int | None) -> int:
    """How many tokens may be generated; `PromptTooLongError` where there is room for none."""
    if context is None:
        return request.settings.max_tokens
    left = context - len(request.tokens) - len(request.given)
    if left < (0 if request.given else 1):
        raise PromptTooLongError(len(request.tokens) + len(request.given), context)
    return min(left, request.settings.max_tokens)


def parts(request: Request) -> tuple[int, int]:
    """How many tokens of a prompt are read as shared, and how many as its rest."""
    shared = request.shared if request.shared >= SHORTEST_TRUNK else 0
    return shared, len(request.tokens) - shared


def padded(length: int) -> int:
    """A length, rounded up to a multiple of `PROMPT_STEP`."""
    return -(-length // PROMPT_STEP) * PROMPT_STEP


def own_columns(request: Request, limit: int, *, greedy: bool) -> int:
    """How many columns of its own a row may come to need for up to `limit` tokens."""
    rest = parts(request)[1]
    return limit + (0 if rest >= SHORTEST_REST[greedy] else rest)
