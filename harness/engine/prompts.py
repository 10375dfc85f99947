"""Prompts that were read: a stretch shared by many, then a rest of its own."""

from __future__ import annotations

from collections import Counter, OrderedDict
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

    def until(self, end: int) -> Node:
        """Its tokens before a position."""
        length = end - self.start
        return Node(
            tuple((keys[:, :length], values[:, :length]) for keys, values in self.layers),
            self.start,
        )

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
        self._size = 0
        self._kept: OrderedDict[tuple[int, ...], Node] = OrderedDict()

    def get(self, tokens: tuple[int, ...]) -> Node | None:
        """The node of these tokens, if it is kept."""
        if tokens in self._kept:
            self._kept.move_to_end(tokens)
        return self._kept.get(tokens)

    def put(self, tokens: tuple[int, ...], node: Node) -> list[tuple[int, ...]]:
        """Keep a node; returns the tokens of those that had to go."""
        before = self._kept.pop(tokens, None)
        self._kept[tokens] = node
        self._size += node.size - (before.size if before else 0)
        gone = []
        while self._memory is not None and self._size > self._memory and len(self._kept) > 1:
            old, left = self._kept.popitem(last=False)
            self._size -= left.size
            gone.append(old)
        return gone


class Tails:
    """What chains have read that ended: who goes on from one need not read it again.

    A second stage, or a question behind a thought, begins with the first one's prompt and reply.
    """

    def __init__(self, memory: int) -> None:
        """Keep at most `memory` bytes, but always the last one."""
        self._nodes = Nodes(memory)
        self._chains: dict[tuple[int, ...], dict[tuple[int, ...], None]] = {}  # by their prompt
        self._prompts: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._lengths: Counter[int] = Counter()  # of prompts

    def put(self, prompt: tuple[int, ...], tokens: tuple[int, ...], node: Node) -> None:
        """Keep what a chain has read behind what it shares: `tokens` from `node.start` on."""
        known = self._prompts.get(tokens)
        if known is not None and len(prompt) < len(known):
            self._forget(tokens)  # by the shorter prompt all are found that begin with either
        if tokens not in self._prompts:
            self._prompts[tokens] = prompt
            self._chains.setdefault(prompt, {})[tokens] = None
            self._lengths[len(prompt)] += 1
        for gone in self._nodes.put(tokens, node):
            self._forget(gone)

    def _forget(self, tokens: tuple[int, ...]) -> None:
        prompt = self._prompts.pop(tokens)
        del self._chains[prompt][tokens]
        if not self._chains[prompt]:
            del self._chains[prompt]
        self._lengths[len(prompt)] -= 1

    def find(self, tokens: tuple[int, ...], start: int) -> Node | None:
        """The most of a prompt, from `start` on, that some chain has read; None for a few tokens.

        At least one token is left to be read.
        """
        best: tuple[int, tuple[int, ...]] = (0, ())
        for length, chains in self._lengths.items():
            if not chains or length >= len(tokens):
                continue
            for chain in self._chains.get(tokens[:length], ()):
                pairs = zip(chain[length:], tokens[length:-1], strict=False)
                same = next((at for at, (one, two) in enumerate(pairs) if one != two), None)
                alike = min(len(chain), len(tokens) - 1) if same is None else length + same
                best = max(best, (alike, chain))
        end, chain = best
        node = self._nodes.get(chain) if end - start >= SHORTEST_TRUNK else None
        return node.until(end) if node is not None and node.start == start else None


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
