"""Runs a causal language model: prompts are read once, then many rows go on token by token."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import torch
from transformers import Cache, PreTrainedModel

from harness.engine import attention
from harness.engine.attention import KeysValues, Stretch, Surroundings
from harness.engine.columns import Fresh
from harness.engine.linear import pack
from harness.engine.memory import (
    NODES,
    SHARE,
    TAILS,
    available,
    is_memory,
    keep_freed_memory,
    row_bytes,
    rows_that_fit,
)
from harness.engine.prefix import kept
from harness.engine.prompts import CHUNK, Node, Nodes, Read, Tails, padded, parts, room
from harness.engine.shapes import TOKENS, Shapes, any_threads
from harness.engine.threads import Team
from harness.request import Request


class Decoder:
    """A loaded model, how it reads prompts, and how batches begin.

    Every shape, and with it the last bits of a result, follows from a request's own prompt, or is
    one of those that `Shapes` has found to make no difference.
    """

    def __init__(
        self, model: PreTrainedModel, *, memory: int | None = None, exact: bool = False
    ) -> None:
        """Take a model for which `attention.can_share` holds.

        `memory` is what keys, values and passes may take, in bytes; None: a share of what is free.
        `exact` has the last bits decide how many rows a pass has where speed else would.
        """
        attention.install(model)
        keep_freed_memory()
        self.model: Any = model
        text = model.config.get_text_config()
        self.context: int | None = getattr(text, "max_position_embeddings", None)
        self.vocabulary: int = text.vocab_size
        embeddings: Any = model.get_input_embeddings()
        self.device: torch.device = embeddings.weight.device
        pack(model)
        self._accepts = frozenset(inspect.signature(model.forward).parameters)
        # transformers renamed it in 5.24: the old name warns there, and 5.40 takes it no more
        self._cache = "cache" if "cache" in self._accepts else "past_key_values"
        self._config = text
        self._exact = exact
        self._lowered: int | None = None
        dtype: torch.dtype = model.dtype
        self.kept = {shared: kept(dtype, self.device, shared=shared) for shared in (True, False)}
        if memory is None:
            # layers are spread about evenly, so that where least is free decides
            devices = {weight.device for weight in model.parameters()}
            memory = int(SHARE * len(devices) * min(map(available, devices)))
        self._memory = memory
        self._nodes = Nodes(int(NODES * self._memory))
        self._tails = Tails(int(TAILS * self._memory))

    @cached_property
    def shapes(self) -> Shapes:
        """Which numbers of rows a pass has here."""
        return Shapes(self.model, exact=self._exact)

    @cached_property
    def _team(self) -> Team:
        """One thread or all of them, where that changes no bit."""
        most = torch.get_num_threads()
        # plain products are padded by the number of threads
        capped = getattr(self._config, "attn_logit_softcapping", None) is not None
        processor = self.device.type == "cpu"
        free = processor and not capped and any_threads(self.model, self.shapes.counts)
        return Team((most, 1) if free else (most,), torch.set_num_threads)

    @property
    def bitwise(self) -> bool:
        """Whether replies so far are the same to the bit in whatever company."""
        return self.shapes.bitwise

    def fitting(self, rows: int, capacity: int) -> int:
        """How many of `rows` rows with so many columns fit into the memory."""
        each = row_bytes(self._config, self.kept[False].itemsize, capacity)
        most = min(rows, self.shapes.most or rows)
        return rows_that_fit(self._memory, each, self.limited(most))

    def limited(self, rows: int) -> int:
        """Of so many rows, how many may run side by side after all that happened."""
        return min(rows, self._lowered or rows)

    def lowered(self, rows: int) -> int:
        """Run no more than so many rows side by side from now on, because memory ran out."""
        self._lowered = max(1, rows)
        return self._lowered

    def room(self, request: Request) -> int:
        """How many tokens may be generated; `PromptTooLongError` where there is room for none."""
        return room(request, self.context)

    def together(self, request: Request) -> tuple[object, ...]:
        """Prompts for which this is equal may be read in one pass."""
        shared, rest = parts(request)
        return request.tokens[:shared], padded(rest) if rest <= CHUNK else request.tokens

    def at_once(self, request: Request) -> int:
        """How many such prompts are read in one pass."""
        rest = parts(request)[1]
        return self.shapes.at_once(TOKENS, padded(rest)) if rest <= CHUNK else 1

    @torch.inference_mode()
    def read(self, requests: Sequence[Request]) -> list[Read]:
        """Read prompts, all of one `together`; what they share only if it is not known yet."""
        if not requests[0].tokens:
            raise ValueError("the prompt is empty: a model needs at least one token to go on from")
        shared, _ = parts(requests[0])
        trunk = self._trunk(requests[0].tokens[:shared])
        known = [self._tails.find(request.tokens, shared) for request in requests]
        fresh = [one for one, node in zip(requests, known, strict=True) if node is None]
        reads = iter(self._read_rests(fresh, trunk))
        return [
            next(reads) if node is None else self._read_behind(request, trunk, node)
            for request, node in zip(requests, known, strict=True)
        ]

    def keep(self, request: Request, reply: Sequence[int], read: Callable[[int], Node]) -> None:
        """Remember what a chain that ended has read, for who goes on from it.

        Only where last bits follow from what else is there anyway: read token by token they are
        others than those of a prompt. `read` gives it from a position on.
        """
        if self.shapes.bitwise or self._exact:
            return
        try:
            node = read(parts(request)[0])
        except Exception as error:
            if not is_memory(error):
                raise
            self._tails = Tails(0)  # it only saves time, and memory is short
            return
        self._tails.put(request.tokens, (*request.tokens, *reply[:-1]), node)

    def _read_behind(self, request: Request, trunk: tuple[Node, ...], node: Node) -> Read:
        """Read a prompt that goes on from what a chain has read."""
        more, logits = self._read_chunks(request.tokens[node.end :], (*trunk, node))
        return Read(trunk, node.extended(more.layers), logits)

    def _read_rests(self, requests: Sequence[Request], trunk: tuple[Node, ...]) -> list[Read]:
        """Read what prompts that are read in one pass have behind what they share."""
        if not requests:
            return []
        shared, rest = parts(requests[0])
        if rest > CHUNK:
            return [self._read_long(request, trunk) for request in requests]
        reads: list[Read] = []
        while len(reads) < len(requests):
            left = [request.tokens[shared:] for request in requests[len(reads) :]]
            some = left[: self.shapes.at_once(self.limited(len(left)), padded(rest))]
            logits, layers = self._pass(some, trunk, padded(rest))
            for row, tokens in enumerate(some):
                own = tuple(
                    (keys[row, :, -len(tokens) :], values[row, :, -len(tokens) :])
                    for keys, values in layers
                )
                reads.append(Read(trunk, Node(own, shared), logits[row]))
        return reads

    def forward(
        self, tokens: torch.Tensor, cache: Cache, surroundings: Surroundings, keep: int = 1
    ) -> torch.Tensor:
        """Logits [rows, `keep`, vocabulary] of the last tokens of each row ([rows, new tokens]).

        They stand in memory that the next pass may write to.
        """
        positions = surroundings.positions.clamp(min=0)
        if self.context is not None:
            positions = positions.clamp(max=self.context - 1)  # rows that nobody looks at
        optional = {"position_ids": positions, "logits_to_keep": keep}
        with self._team.computing(tokens.numel()):
            result = self.model(
                input_ids=tokens,
                use_cache=True,
                surroundings=surroundings,
                **{self._cache: cache},
                **{name: value for name, value in optional.items() if name in self._accepts},
            )
        logits: torch.Tensor = result.logits[:, -keep:]
        return logits

    def _trunk(self, tokens: tuple[int, ...]) -> tuple[Node, ...]:
        """The node of tokens that many prompts begin with, read once."""
        if not tokens:
            return ()
        known = self._nodes.get(tokens)
        if known is None:
            known = self._read_chunks(tokens, ())[0]
            self._nodes.put(tokens, known)
        return (known,)

    def _read_long(self, request: Request, trunk: tuple[Node, ...]) -> Read:
        shared, _ = parts(request)
        node, logits = self._read_chunks(request.tokens[shared:], trunk)
        return Read(trunk, node, logits)

    def _read_chunks(
        self, tokens: Sequence[int], trunk: tuple[Node, ...]
    ) -> tuple[Node, torch.Tensor]:
        """Read one sequence piece by piece, each attending to those before it."""
        start = trunk[-1].end if trunk else 0
        node, logits = Node((), start), torch.empty(0)
        for begin in range(0, len(tokens), CHUNK):
            piece = tokens[begin : begin + CHUNK]
            before = (*trunk, node) if node.layers else trunk
            last, layers = self._pass([piece], before, len(piece))
            node = node.extended([(keys[0], values[0]) for keys, values in layers])
            logits = last[0]
        return node, logits

    def _pass(
        self, prompts: Sequence[Sequence[int]], before: Sequence[Node], length: int
    ) -> tuple[torch.Tensor, list[KeysValues]]:
        """Read tokens that come after `before`, padded on the left to `length`.

        Returns logits [prompts, vocabulary] after the last token, and of every layer keys and
        values, [prompts, kv heads, length, width].
        """
        start = before[-1].end if before else 0
        ids = torch.zeros(len(prompts), length, dtype=torch.int64)
        columns = torch.full((len(prompts), length), -1)
        for row, tokens in enumerate(prompts):
            ids[row, length - len(tokens) :] = torch.tensor(tokens)
            columns[row, length - len(tokens) :] = torch.arange(start, start + len(tokens))
        ids, columns = ids.to(self.device), columns.to(self.device)
        stretches = [
            Stretch(node.layers, node.start, depth=depth) for depth, node in enumerate(before)
        ]
        surroundings = Surroundings(stretches, columns, columns, self.context)
        layers = [Fresh() for _ in range(self.model.config.get_text_config().num_hidden_layers)]
        keep = self.shapes.kept(len(prompts), length)
        logits = self.forward(ids, Cache(layers=[*layers]), surroundings, keep)
        last = logits[:, -1].to(torch.float32, copy=True)
        dtype = self.kept[True]
        return last, [(layer.keys.to(dtype), layer.values.to(dtype)) for layer in layers]
