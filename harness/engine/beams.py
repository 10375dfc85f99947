"""Beam search: of all texts that may follow a prompt, the likeliest that so many beams find."""

from __future__ import annotations

import time
from bisect import insort
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
import torch

from harness.engine.batch import Batch
from harness.engine.decode import Answer, prompt_order, read_ahead
from harness.engine.decoder import Decoder
from harness.engine.memory import is_memory
from harness.engine.plain import Plain
from harness.engine.prompts import Read, own_columns
from harness.engine.rows import Ending, Vocabulary, require_number
from harness.engine.sampling import likeliest
from harness.engine.stops import StopTexts
from harness.errors import UserError
from harness.problem import Finish, Reply
from harness.request import Request


def searched(
    engine: Decoder | Plain,
    vocabulary: Vocabulary,
    requests: Sequence[Request],
    *,
    rows: int,
    stopped: Callable[[], bool],
) -> Iterator[Answer]:
    """Yield (index of the request, reply or exception) for requests with `beams`.

    Paths of one prompt are the texts of one search, best first. Texts are ranked by their whole
    log-probability, without any reward for length: that is what the likeliest text means.
    """
    asked: dict[tuple[object, ...], dict[int, int]] = {}
    for index, request in enumerate(requests):
        if isinstance(engine, Plain):
            yield (
                index,
                UserError("models that run by the plain path cannot search: leave out beams="),
            )
        elif request.path >= request.settings.beams:
            beams = request.settings.beams
            yield index, ValueError(f"path {request.path} of a search with {beams} beams")
        else:
            asked.setdefault((request.tokens, request.settings), {})[request.path] = index
    if isinstance(engine, Plain):
        return
    stops: dict[tuple[str, ...], StopTexts] = {}
    alike: dict[int, list[Search]] = {}
    for places in asked.values():
        request = requests[next(iter(places.values()))]
        try:
            limit = engine.room(request)
        except ValueError as error:
            yield from ((index, error) for index in places.values())
            continue
        texts = request.settings.stop
        ends = stops.setdefault(texts, StopTexts(texts, vocabulary.decode))
        ending = Ending(request, limit, vocabulary, ends)
        alike.setdefault(request.settings.beams, []).append(Search(request, places, ending))
    for searches in alike.values():
        yield from _SideBySide(engine, searches, rows=rows, stopped=stopped).answers()


@dataclass(slots=True, eq=False)
class Beam:
    """A text on its way. `row` of the batch has its keys and values; of a new one, its parent's."""

    tokens: tuple[int, ...]
    logprob: float
    row: int = 0


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A text that has ended."""

    tokens: tuple[int, ...]
    logprob: float
    finish: Finish


class Search:
    """The search after one prompt; `places` are the indices of the requests for its paths."""

    def __init__(self, request: Request, places: Mapping[int, int], ending: Ending) -> None:
        self.request = request
        self.beams = request.settings.beams
        self.ending = ending
        self.seconds = 0.0
        self._places = places
        self.begin()

    def begin(self) -> None:
        """Forget all that was found."""
        self.live = [Beam((), 0.0)]
        self.error: Exception | None = None
        self._ended: list[Hypothesis] = []

    def grow(self, logits: torch.Tensor) -> None:
        """Let every beam go on by one token; `logits` [live beams, vocabulary].

        Of all continuations the best go on that do not end, as many as there are beams. Those that
        end are kept if they are among as many best of all, so that one beam is greedy decoding. None goes
        on that cannot beat the worst kept one any more, as log-probabilities only fall.
        """
        live: list[Beam] = []
        for rank, (logprob, parent, token) in enumerate(self._continued(logits)):
            if len(live) == self.beams or self._beaten(logprob):
                break
            tokens = (*parent.tokens, token)
            finish = self.ending.finish(tokens)
            if finish is None:
                live.append(Beam(tokens, logprob, parent.row))
            elif rank < self.beams:
                insort(
                    self._ended, Hypothesis(tokens, logprob, finish), key=lambda one: -one.logprob
                )
                del self._ended[self.beams :]
            elif finish == "length":
                break
        self.live = live

    def answers(self) -> Iterator[Answer]:
        """The paths that were asked for, once no beam is live; or what went wrong."""
        for path, index in self._places.items():
            if self.error is not None:
                yield index, self.error
                continue
            try:
                yield index, self._reply(path)
            except Exception as error:
                yield index, error

    def _reply(self, path: int) -> Reply:
        if path >= len(self._ended):
            raise ValueError(f"beams={self.beams}: only {len(self._ended)} texts are possible")
        found = self._ended[path]
        text = self.ending.text(found.tokens, found.finish)
        charged = len(self.request.tokens) if path == 0 else 0
        seconds = self.seconds / len(self._places)
        return Reply(text, found.finish, len(found.tokens), found.logprob, charged, seconds)

    def _continued(self, logits: torch.Tensor) -> Iterator[tuple[float, Beam, int]]:
        """Log-probabilities, beams and next tokens, the likeliest first; then by beam and token."""
        before = np.array([beam.logprob for beam in self.live])
        done, count = 0, min(2 * self.beams, logits.shape[1])
        while True:
            beams, tokens, likely = likeliest(logits, count)
            sums = before[beams] + likely
            require_number(float(sums.sum()) if len(sums) else np.nan)
            # the first `count` of all are among the first `count` of each beam
            whole = count == logits.shape[1]
            order = np.argsort(-sums, kind="stable")[done : None if whole else count]
            for place in order[np.isfinite(sums[order])]:
                yield float(sums[place]), self.live[beams[place]], int(tokens[place])
            if whole:
                return
            done, count = count, min(4 * count, logits.shape[1])

    def _beaten(self, logprob: float) -> bool:
        return len(self._ended) == self.beams and logprob <= self._ended[-1].logprob


class _SideBySide:
    """Searches with equally many beams, the rows of one batch: so many at a time as there is room for."""

    def __init__(
        self,
        decoder: Decoder,
        searches: Sequence[Search],
        *,
        rows: int,
        stopped: Callable[[], bool],
    ) -> None:
        self._decoder = decoder
        self._stopped = stopped
        self._waiting = deque(sorted(searches, key=lambda search: prompt_order(search.request)))
        self._running: list[Search] = []
        self._reads: dict[tuple[int, ...], Read] = {}
        self._beams = searches[0].beams
        self._capacity = max(
            own_columns(search.request, search.ending.limit, greedy=False) for search in searches
        )
        fitting = decoder.fitting(max(rows, self._beams), self._capacity)
        self._at_once = max(1, fitting // self._beams)
        self._batch: Batch | None = None
        self._seated: list[tuple[Search, Beam]] = []  # who has which row
        self._began = 0.0

    def answers(self) -> Iterator[Answer]:
        """The answers of each search as it ends."""
        self._began = time.perf_counter()
        while (self._waiting or self._running) and not self._stopped():
            try:
                yield from self._admitted()
                if self._running and not self._stopped():
                    yield from self._stepped()
            except Exception as error:
                yield from self._failed(error)

    def _admitted(self) -> Iterator[Answer]:
        """Let searches begin until there is room for no more."""
        while self._waiting and len(self._running) < self._at_once and not self._stopped():
            search = self._waiting.popleft()
            self._running.append(search)
            try:
                self._begin(search)
            except Exception as error:
                if is_memory(error) and self._at_once > 1:
                    raise
                search.live, search.error = [], error
            if not search.live:
                self._running.remove(search)
                yield from search.answers()

    def _begin(self, search: Search) -> None:
        request = search.request
        read_ahead(self._decoder, request, (one.request for one in self._waiting), self._reads)
        read = self._reads.pop(request.tokens)
        search.begin()
        search.grow(read.logits[None])
        search.seconds += self._elapsed()
        if self._batch is None:
            self._batch = Batch(self._decoder, read, self._at_once * self._beams, self._capacity)
        for beam in search.live:
            beam.row = len(self._batch)
            self._batch.join(read, greedy=False)
            self._seated.append((search, beam))

    def _stepped(self) -> Iterator[Answer]:
        """One token for every beam."""
        assert self._batch is not None
        logits = self._batch.step([beam.tokens[-1] for _, beam in self._seated])
        each = self._elapsed() / len(self._seated)
        for search in self._running:
            search.seconds += each * len(search.live)
            try:
                search.grow(logits[[beam.row for beam in search.live]])
            except Exception as error:  # it ends this search, and not its neighbours
                if is_memory(error):
                    raise
                search.live, search.error = [], error
        self._seat()
        over = [search for search in self._running if not search.live]
        self._running = [search for search in self._running if search.live]
        for search in over:
            yield from search.answers()

    def _seat(self) -> None:
        """Give every beam a row: its parent's, or what is free, so that few have to be copied."""
        assert self._batch is not None
        beams = [(search, beam) for search in self._running for beam in search.live]
        rows: dict[int, tuple[Search, Beam]] = {}
        moved = []
        for search, beam in beams:
            if beam.row < len(beams) and beam.row not in rows:
                rows[beam.row] = search, beam
            else:
                moved.append((search, beam))
        free = [row for row in range(len(beams)) if row not in rows]
        rows.update(zip(free, moved, strict=True))
        seated = [rows[row] for row in range(len(beams))]
        fresh = [self._fresh(row, *one) for row, one in enumerate(seated)]
        self._batch.rearrange([beam.row for _, beam in seated], fresh)
        for row, (_, beam) in enumerate(seated):
            beam.row = row
        self._seated = seated

    def _fresh(self, row: int, search: Search, beam: Beam) -> int | None:
        """How many of the last columns of a beam's parent are not in this row already."""
        if row >= len(self._seated) or self._seated[row][0] is not search:
            return None
        parent = beam.tokens[:-1]
        pairs = zip(parent, self._seated[row][1].tokens, strict=True)
        return len(parent) - sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    def _failed(self, error: Exception) -> Iterator[Answer]:
        """Begin lost searches again, with fewer side by side, if memory was short; else they fail."""
        lost, self._running = self._running, []
        self._batch, self._seated = None, []
        if is_memory(error) and self._at_once > 1:
            self._reads.clear()
            self._at_once //= 2
            self._waiting.extendleft(reversed(lost))
            return
        for search in lost:
            search.error = error
            yield from search.answers()

    def _elapsed(self) -> float:
        """Seconds since this was last asked."""
        before, self._began = self._began, time.perf_counter()
        return self._began - before
