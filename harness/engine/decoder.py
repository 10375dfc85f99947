"""Runs a causal language model: prompts are read once, then many rows go on token by token."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer

from harness.engine import shared_prefix
from harness.engine.batches import Layout
from harness.engine.rows import Rows
from harness.engine.shared_prefix import KeysValues
from harness.errors import UserError
from harness.models.backend import PromptTooLongError, Request

PROMPT_STEP = 128
"""Prompts are padded to a multiple of this: small steps waste few columns, large fill batches."""

PREFIXES_KEPT = 4
"""Batches come sorted by prefix, so a few are enough."""


@dataclass(frozen=True, slots=True)
class Read:
    """A prompt that the model has read: what each layer keeps of it, and what comes next.

    `layers` hold keys and values of all `length` tokens; `logits` [vocabulary] are of the next one.
    """

    layers: tuple[KeysValues, ...]
    logits: torch.Tensor
    length: int


class Decoder:
    """A loaded model, how it reads prompts, and how it begins batches.

    Every shape follows from a request's own prompt and the number of rows, never from what else
    there is to do: prompts are read one by one, the part that they share once for all of them.
    """

    def __init__(self, model: PreTrainedModel, *, share: bool | None = None) -> None:
        """Take a model. `share` None shares prefixes between rows where the architecture allows it.

        Raises `UserError` for a model that keeps something else than keys and values.
        """
        if getattr(model, "_is_stateful", False):
            raise UserError(
                f"{model.config.model_type} models keep a running state instead of keys and "
                "values, which this engine cannot run yet: use one that attends to all its tokens"
            )
        self.model: Any = model
        self.shares = shared_prefix.can_share(model) if share is None else share
        if self.shares:
            shared_prefix.install(model)
        text = model.config.get_text_config()
        self.context: int | None = getattr(text, "max_position_embeddings", None)
        embeddings: Any = model.get_input_embeddings()
        self.device: torch.device = embeddings.weight.device
        self._accepts = frozenset(inspect.signature(model.forward).parameters)
        self._prefixes: OrderedDict[tuple[int, ...], tuple[KeysValues, ...]] = OrderedDict()

    def layout(self, request: Request) -> Layout:
        """What a batch must have in common: the prefix used jointly, and the padded rest."""
        prefix = request.tokens[: request.shared] if self.shares else ()
        rest = len(request.tokens) - len(prefix)
        return prefix, -(-rest // PROMPT_STEP) * PROMPT_STEP

    def room(self, request: Request) -> int:
        """How many tokens may be generated; `PromptTooLongError` where there is room for none."""
        if self.context is None:
            return request.sampling.max_tokens
        left = self.context - len(request.tokens)
        if left < 1:
            raise PromptTooLongError(len(request.tokens), self.context)
        return min(left, request.sampling.max_tokens)

    @torch.inference_mode()
    def read(self, request: Request) -> Read:
        """Read one prompt; its shared beginning only if it is not known from another."""
        if not request.tokens:
            raise ValueError("the prompt is empty: a model needs at least one token to go on from")
        past = self._prefix(request.tokens[: request.shared])
        logits, layers = self._forward(request.tokens[request.shared :], past)
        return Read(layers, logits, len(request.tokens))

    @torch.inference_mode()
    def begin(self, prompts: Sequence[Read], layout: Layout) -> Rows:
        """Rows that go on from `prompts`, all of one layout; their number decides the last bits."""
        prefix, padded = layout
        past = self._prefix(prefix)
        return Rows(
            self._step,
            [prompt.layers for prompt in prompts],
            torch.tensor([prompt.length for prompt in prompts], device=self.device),
            torch.stack([prompt.logits for prompt in prompts]),
            prefix=past,
            skip=len(prefix),
            padded=padded,
        )

    def _prefix(self, tokens: tuple[int, ...]) -> tuple[KeysValues, ...]:
        """The keys and values of tokens that many prompts begin with."""
        if not tokens:
            return ()
        if tokens not in self._prefixes:
            self._prefixes[tokens] = self._forward(tokens, ())[1]
        self._prefixes.move_to_end(tokens)
        while len(self._prefixes) > PREFIXES_KEPT:
            self._prefixes.popitem(last=False)
        return self._prefixes[tokens]

    def _forward(
        self, tokens: Sequence[int], past: Sequence[KeysValues]
    ) -> tuple[torch.Tensor, tuple[KeysValues, ...]]:
        """Logits after the last token, and keys and values of `past` and `tokens` together."""
        # Without a config the cache keeps everything, and a sliding window is left to the mask:
        # layers that forget could not be moved into a batch with rows of other lengths.
        cache = DynamicCache([(keys[None], values[None]) for keys, values in past] or None)
        result = self.model(
            input_ids=torch.tensor([tokens], device=self.device),
            past_key_values=cache,
            use_cache=True,
            **self._accepted(logits_to_keep=1),
        )
        return result.logits[0, -1].float(), tuple(_kept(layer) for layer in cache.layers)

    def _step(self, positions: torch.Tensor, **inputs: Any) -> torch.Tensor:
        """One forward pass of a batch: logits [rows, vocabulary]; `positions` [rows, 1]."""
        if self.context is not None:
            # Rows that have ended go on until their batch does, perhaps past the last position.
            positions = positions.clamp(max=self.context - 1)
        result = self.model(**inputs, use_cache=True, **self._accepted(position_ids=positions))
        logits: torch.Tensor = result.logits[:, -1]
        return logits

    def _accepted(self, **arguments: object) -> dict[str, object]:
        """Those of `arguments` that the model's `forward` has a name for."""
        return {name: value for name, value in arguments.items() if name in self._accepts}


def _kept(layer: object) -> KeysValues:
    """The keys and values of a layer that has read one sequence, without the batch's dimension."""
    if type(layer) is not DynamicLayer or layer.keys is None or layer.values is None:
        raise NotImplementedError(
            f"a layer of this model keeps a {type(layer).__name__}, not keys and values alone: "
            "this engine cannot run it yet"
        )
    return layer.keys[0], layer.values[0]
