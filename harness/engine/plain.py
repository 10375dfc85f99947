"""The plain path: models of any kind, by transformers' own generation loop.

For what cannot share: models that keep a running state (Mamba), encoder-decoders (T5, UL2), and
attention that is not known to pass through transformers' `AttentionInterface`. The loop keeps
whatever the model keeps; tokens, ends and log-probabilities are decided here as everywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

import torch
from transformers import GenerationConfig, LogitsProcessor, PreTrainedModel, StoppingCriteria

from harness.engine.attention import steady_length
from harness.engine.memory import is_memory
from harness.engine.prompts import room
from harness.engine.rows import Row, Vocabulary
from harness.engine.sampling import choose
from harness.engine.stops import StopTexts
from harness.problem import Reply
from harness.request import Request

PATHS = 8
"""Where bits decide, paths 0 to 7 of a prompt run together, then 8 to 15, and so on: always so many
rows, so that a path is the same whichever others are asked for."""

TOGETHER = 32
"""Else so many paths of any prompts do: the loop is at its fastest with about as many."""


class Plain:
    """A model that runs by the plain path."""

    def __init__(
        self, model: PreTrainedModel, closing: Sequence[int] = (), *, exact: bool = False
    ) -> None:
        """`closing` are the tokens with which the tokenizer ends a text.

        An encoder-decoder was trained on inputs that end so; of other models the text goes on. With
        `exact` a path is the same to the bit in any company.
        """
        self.model: Any = model
        self._exact = exact
        self._most = TOGETHER
        text = model.config.get_text_config()
        # what keeps a running state would run it over padding, too; and where a long text turns all
        # positions in another way, it would do so to shorter ones at its side
        stateful = bool(getattr(model, "_is_stateful", False))
        self._padded = not stateful and steady_length(text) is None
        self._turning = [part for part in model.modules() if hasattr(part, "max_seq_len_cached")]
        encodes = bool(getattr(model.config, "is_encoder_decoder", False))
        # the prompt of an encoder-decoder does not take away from the reply's room
        self.context: int | None = (
            None if encodes else getattr(text, "max_position_embeddings", None)
        )
        self._encodes = encodes
        self._closing = list(closing) if encodes else []
        own = model.generation_config
        assert own is not None
        self._start = own.decoder_start_token_id
        # Else `generate` applies what the model's makers suggest, such as a repetition penalty.
        model.generation_config = GenerationConfig(
            decoder_start_token_id=self._start, bos_token_id=own.bos_token_id, pad_token_id=0
        )

    @property
    def bitwise(self) -> bool:
        """Whether replies are the same to the bit in whatever company."""
        return self._exact

    def room(self, request: Request) -> int:
        """How many tokens may be generated; `PromptTooLongError` where there is room for none."""
        return room(request, self.context)

    def replies(
        self,
        vocabulary: Vocabulary,
        requests: Sequence[Request],
        stopped: Callable[[], bool],
        most: int = TOGETHER,
    ) -> Iterator[tuple[int, Reply | Exception]]:
        """As `Backend.generate`, with `most` paths side by side at most."""
        self._most = min(self._most, most)
        rows: list[Row] = []
        for index, request in enumerate(requests):
            try:
                if not request.tokens:
                    raise ValueError("the prompt is empty: a model needs at least one token")
                limit = self.room(request)
                stops = StopTexts(request.settings.stop, vocabulary.decode)
                rows.append(Row(index, request, limit, vocabulary, stops))
            except ValueError as error:
                yield index, error
        ordered = sorted(rows, key=_order)
        while ordered and not stopped():
            some = self._first(ordered)
            try:
                self._run(some, stopped)
            except Exception as error:
                for row in some:
                    row.begin()
                if is_memory(error) and len(some) > 1 and not self._exact:
                    self._most = len(some) // 2
                    continue
                yield from ((row.index, error) for row in some)
            else:
                yield from ((row.index, row.answer()) for row in some if row.ended)
            ordered = ordered[len(some) :]

    def _first(self, rows: Sequence[Row]) -> list[Row]:
        """The first of these rows that run together."""
        if self._exact:
            return list(next(groupby(rows, _together))[1])
        length = len(rows[0].request.tokens)
        alike = [self._padded or len(row.request.tokens) == length for row in rows[: self._most]]
        return list(rows[: alike.index(False) if False in alike else self._most])

    def _begin(self) -> None:
        """Positions turn as in a model that has read nothing yet (dynamic RoPE remembers long texts)."""
        for part in self._turning:
            for name in [*vars(part), *(name for name, _ in part.named_buffers(recurse=False))]:
                if name.endswith("original_inv_freq"):
                    kind = name.removesuffix("original_inv_freq")
                    own = getattr(part, name)
                    part.register_buffer(f"{kind}inv_freq", own.clone(), persistent=False)
                    setattr(part, f"{kind}max_seq_len_cached", part.original_max_seq_len)

    @torch.inference_mode()
    def _run(self, rows: Sequence[Row], stopped: Callable[[], bool]) -> None:
        self._begin()
        prompts = [[*row.request.tokens, *self._closing] for row in rows]
        settings = rows[0].request.settings
        if self._exact and (not settings.greedy or settings.branching):
            prompts += [prompts[0]] * (PATHS - len(prompts))
        longest = max(map(len, prompts))
        ids = torch.zeros(len(prompts), longest, dtype=torch.int64)
        seen = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            # a text that goes on ends where the reply begins; what is encoded begins at the beginning
            at = slice(len(prompt)) if self._encodes else slice(longest - len(prompt), None)
            ids[row, at] = torch.tensor(prompt)
            seen[row, at] = 1
        loop = _Loop(rows, stopped)
        self.model.generate(
            input_ids=ids.to(self.model.device),
            attention_mask=seen.to(self.model.device),
            do_sample=False,
            max_new_tokens=max(row.limit for row in rows),
            logits_processor=[loop],
            stopping_criteria=[_Ends(loop)],
        )

    @torch.inference_mode()
    def likelihood(self, request: Request) -> float:
        """The log-likelihood of a request's `given` tokens."""
        self._begin()
        prompt, given = list(request.tokens), list(request.given)
        if self.model.config.is_encoder_decoder:
            prompt += self._closing
            inputs = {"input_ids": [prompt], "decoder_input_ids": [[self._start, *given[:-1]]]}
        else:
            inputs = {"input_ids": [[*prompt, *given[:-1]]]}
        tensors = {
            name: torch.tensor(ids, device=self.model.device) for name, ids in inputs.items()
        }
        logits = self.model(**tensors).logits[0, -len(given) :].float()
        chosen = torch.tensor(given, device=logits.device)[:, None]
        return float(logits.log_softmax(-1).gather(-1, chosen).sum())


class _Loop(LogitsProcessor):
    """Decides every token within `generate`: all others are made impossible."""

    def __init__(self, rows: Sequence[Row], stopped: Callable[[], bool]) -> None:
        self.rows = rows
        self.stopped = stopped
        self._began = time.perf_counter()

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        live = [(place, row) for place, row in enumerate(self.rows) if not row.ended]
        choice = choose(
            scores[[place for place, _ in live]],
            [row.request.settings for _, row in live],
            [row.number for _, row in live],
            [row.text for _, row in live],
        )
        before, self._began = self._began, time.perf_counter()
        share = (self._began - before) / len(live)
        forced = torch.full_like(scores, -torch.inf)
        forced[:, 0] = 0.0  # rows that have ended, or that nobody asked for
        for number, (place, row) in enumerate(live):
            row.add(choice, number, share)
            forced[place, 0] = -torch.inf
            forced[place, choice.tokens[number]] = 0.0
        return forced


class _Ends(StoppingCriteria):
    """Ends `generate` when every row has, or when it is stopped."""

    def __init__(self, loop: _Loop) -> None:
        self._loop = loop

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: object) -> torch.Tensor:
        over = self._loop.stopped() or all(row.ended for row in self._loop.rows)
        return torch.full((input_ids.shape[0],), over, device=input_ids.device)


def _order(row: Row) -> tuple[object, ...]:
    request = row.request
    return -len(request.tokens), request.tokens, str(request.settings), request.seed, request.path


def _together(row: Row) -> tuple[object, ...]:
    """What must be equal for paths to run side by side."""
    request = row.request
    return request.tokens, request.settings, request.seed, request.path // PATHS
