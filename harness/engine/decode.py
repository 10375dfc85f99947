"""From requests to replies: batch by batch, row by row, each to its own end."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from harness.engine.batches import Layout, batches
from harness.engine.decoder import Decoder, Read
from harness.engine.sampling import Sampler
from harness.engine.stops import StopTexts
from harness.models.backend import Request, never
from harness.problem import Finish, Reply

Answer = tuple[int, Reply | Exception]


class Vocabulary(Protocol):
    """What is needed of a tokenizer."""

    @property
    def ends(self) -> frozenset[int]:
        """Tokens that end a reply."""

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens on their own."""

    def continuation(self, prompt: Sequence[int], tokens: Sequence[int]) -> str:
        """The text of `tokens` as it goes on after `prompt`."""


class Generation:
    """One call of a backend: the requests, and what is known about them so far."""

    def __init__(
        self,
        decoder: Decoder,
        vocabulary: Vocabulary,
        requests: Sequence[Request],
        *,
        rows: int,
        stopped: Callable[[], bool] = never,
    ) -> None:
        if rows < 1:
            raise ValueError(f"rows={rows}: at least one must run")
        self._decoder = decoder
        self._vocabulary = vocabulary
        self._requests = requests
        self._rows = rows
        self._stopped = stopped
        self._stops: dict[tuple[str, ...], StopTexts] = {}
        self._read: dict[tuple[int, ...], Read] = {}

    def replies(self) -> Iterator[Answer]:
        """Yield (index of the request, reply or exception) as each ends."""
        runnable: list[int] = []
        for index, request in enumerate(self._requests):
            try:
                self._decoder.room(request)
                runnable.append(index)
            except ValueError as error:
                yield index, error
        chosen = [self._requests[index] for index in runnable]
        for members in batches(chosen, self._rows, self._decoder.layout):
            yield from self._batch([runnable[member] for member in members])

    def _batch(self, members: Sequence[int]) -> Iterator[Answer]:
        rows: list[Row] = []
        keep: dict[tuple[int, ...], Read] = {}
        for index in members:
            if self._stopped():
                return
            began = time.perf_counter()
            request = self._requests[index]
            try:
                # The paths of a prompt are neighbours: what was read for the last batch may serve
                # this one.
                prompt = keep.get(request.tokens) or self._read.get(request.tokens)
                keep[request.tokens] = prompt or self._decoder.read(request)
            except Exception as error:
                yield index, error
                continue
            rows.append(self._row(index, time.perf_counter() - began))
        self._read = keep
        if rows:
            yield from self._decode(rows)

    def _row(self, index: int, seconds: float) -> Row:
        request = self._requests[index]
        texts = request.sampling.stop
        if texts not in self._stops:
            self._stops[texts] = StopTexts(texts, self._vocabulary.decode)
        limit = self._decoder.room(request)
        return Row(index, request, limit, self._vocabulary, self._stops[texts], seconds)

    def _decode(self, rows: Sequence[Row]) -> Iterator[Answer]:
        """Generate until every row has ended; where the batch fails, those still in it fail."""
        live = list(rows)
        try:
            for ended in self._steps(rows):
                live.remove(ended)
                try:
                    answer: Reply | Exception = ended.reply()
                except Exception as error:
                    answer = error
                yield ended.index, answer
        except Exception as error:
            for row in live:
                yield row.index, error

    def _steps(self, rows: Sequence[Row]) -> Iterator[Row]:
        """Yield each row as it ends. Ends early when stopped."""
        began = time.perf_counter()
        # A batch always has the full number of rows, because their number can decide the last bits
        # of each. Where requests are missing, the first one is repeated and nobody looks at it.
        spare = [rows[0]] * (self._rows - len(rows))
        requests = [row.request for row in (*rows, *spare)]
        layout: Layout = self._decoder.layout(requests[0])
        batch = self._decoder.begin([self._read[one.tokens] for one in requests], layout)
        steps = max(row.limit for row in rows)
        sampler = Sampler(requests, steps, self._decoder.device)
        live = list(rows)
        places = {row.index: place for place, row in enumerate(rows)}
        for step in range(steps):
            tokens, logprobs = sampler.choose(batch.logits, step)
            chosen, likely = tokens.tolist(), logprobs.tolist()
            now = time.perf_counter()
            share, began = (now - began) / len(live), now
            for row in tuple(live):
                place = places[row.index]
                if row.add(chosen[place], likely[place], share):
                    live.remove(row)
                    yield row
            if not live or self._stopped():
                return
            batch.step(tokens)


class Row:
    """One path being generated."""

    def __init__(
        self,
        index: int,
        request: Request,
        limit: int,
        vocabulary: Vocabulary,
        stops: StopTexts,
        seconds: float,
    ) -> None:
        self.index = index
        self.request = request
        self.limit = limit
        self._vocabulary = vocabulary
        self._stops = stops
        self._tokens: list[int] = []
        self._logprob = 0.0
        self._seconds = seconds
        self._finish: Finish = "length"
        self._error: Exception | None = None

    def add(self, token: int, logprob: float, seconds: float) -> bool:
        """Append a token; whether the row has ended. `seconds` is its share of the step."""
        self._tokens.append(token)
        self._logprob += logprob
        self._seconds += seconds
        try:
            return self._ended(token)
        except Exception as error:  # it ends this row, and not its neighbours
            self._error = error
            return True

    def reply(self) -> Reply:
        """What the row said. Raises what went wrong with it."""
        if self._error is not None:
            raise self._error
        text = self._text()
        if self._finish == "stop":
            text = self._stops.cut(text) or ""
        # Charged once for all paths of a prompt, which is read once.
        asked = len(self.request.tokens) if self.request.path == 0 else 0
        count = len(self._tokens)
        return Reply(text, self._finish, count, self._logprob, asked, self._seconds)

    def _ended(self, token: int) -> bool:
        if math.isnan(self._logprob):
            raise FloatingPointError(
                "the model's probabilities are not numbers (NaN): try --dtype float32"
            )
        if token in self._vocabulary.ends:
            self._finish = "end"
            return True
        if self._stops.ended(self._tokens) and self._stops.cut(self._text()) is not None:
            self._finish = "stop"
            return True
        return len(self._tokens) >= self.limit

    def _text(self) -> str:
        ended = self._finish == "end"
        return self._vocabulary.continuation(
            self.request.tokens, self._tokens[:-1] if ended else self._tokens
        )
