"""From requests to replies: each row ends for itself, and what waits takes its place at once."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import torch

from harness.engine.batch import Batch
from harness.engine.decoder import Decoder
from harness.engine.memory import is_memory
from harness.engine.prompts import Read, own_columns
from harness.engine.rows import Row, Vocabulary
from harness.engine.sampling import choose
from harness.engine.stops import StopTexts
from harness.problem import Reply
from harness.request import Request, never

Answer = tuple[int, Reply | Exception]


class Generation:
    """Requests and what has become of them: `add` some, `step` until it is `finished`.

    A request may join at any step. What waits is admitted to slots as they become free (`_admitted`,
    which alone decides); a chain that ends leaves its slot at once.
    """

    def __init__(
        self,
        decoder: Decoder,
        vocabulary: Vocabulary,
        *,
        rows: int,
        stopped: Callable[[], bool] = never,
    ) -> None:
        if rows < 1:
            raise ValueError(f"rows={rows}: at least one must run")
        self._decoder = decoder
        self._vocabulary = vocabulary
        self._requests: list[Request] = []
        self._asked = self._most = rows
        self._capacity = 0
        self._stopped = stopped
        self._queue: deque[int] = deque()
        self._pending: Counter[tuple[int, ...]] = Counter()  # paths to begin, by prompt
        self._limits: dict[int, int] = {}
        self._reads: dict[tuple[int, ...], Read] = {}
        self._stops: dict[tuple[str, ...], StopTexts] = {}
        self._rows: list[Row] = []
        self._joining: dict[int, None] = {}  # taken from the queue, and not among the rows yet
        self._refused: list[Answer] = []
        self._batch: Batch | None = None
        self._began = 0.0

    def add(self, requests: Iterable[Request]) -> None:
        """Have more requests wait for a slot. They are numbered in the order in which they come."""
        if self.finished:
            self._began = time.perf_counter()
        before = len(self._requests)
        for request in requests:
            index = len(self._requests)
            self._requests.append(request)
            try:
                limit = self._decoder.room(request)
            except ValueError as error:
                self._refused.append((index, error))
                continue
            self._limits[index] = limit
            self._queue.append(index)
            self._pending[request.tokens] += 1
            columns = own_columns(request, limit, greedy=request.settings.greedy)
            self._capacity = max(self._capacity, columns)
        if len(self._limits) and len(self._requests) > before:
            ordered = sorted(self._queue, key=lambda at: prompt_order(self._requests[at]))
            self._queue = deque(ordered)
            self._most = self._decoder.fitting(self._asked, self._capacity)

    @property
    def finished(self) -> bool:
        """Whether every request has its answer."""
        return not (self._queue or self._rows or self._refused)

    def step(self) -> Iterator[Answer]:
        """Admit what there are slots for, and generate one token for each row.

        Yields (index of the request, reply or exception) of what ends by that.
        """
        refused, self._refused = self._refused, []
        yield from refused
        try:
            yield from self._admitted()
            if self._rows and not self._stopped():
                yield from self._stepped()
        except Exception as error:
            yield from self._failed(error)

    def replies(self, arrivals: Callable[[], Iterable[Request]] = list) -> Iterator[Answer]:
        """Step until all is finished; `arrivals` is asked before each step for more requests."""
        self.add(arrivals())
        while not self.finished and not self._stopped():
            yield from self.step()
            self.add(arrivals())

    def _admitted(self) -> Iterator[Answer]:
        """Let paths begin until all rows are taken; some end with their first token."""
        while self._queue and len(self._rows) < self._most and not self._stopped():
            free = self._most - len(self._rows)
            some = [self._queue.popleft() for _ in range(min(free, len(self._queue)))]
            self._joining = dict.fromkeys(some)
            for place, index in enumerate(some):
                try:
                    self._read(index, some[place:])
                except Exception as error:
                    if is_memory(error) and self._most > 1:
                        raise
                    del self._joining[index]
                    yield index, error
            yield from self._begun(list(self._joining))

    def _begun(self, indices: Sequence[int]) -> Iterator[Answer]:
        """The first token of each path, from what follows its prompt."""
        reads = [self._reads[self._requests[index].tokens] for index in indices]
        rows = [self._row(index) for index in indices]
        if not rows:
            return
        choice = choose(
            torch.stack([read.logits for read in reads]),
            [row.request.settings for row in rows],
            [row.number for row in rows],
            [row.text for row in rows],
        )
        share = self._share(len(self._rows) + len(rows))
        for place, (row, read) in enumerate(zip(rows, reads, strict=True)):
            if row.add(choice, place, share):
                yield row.index, row.answer()
            else:
                if self._batch is None:
                    self._batch = Batch(self._decoder, read, self._most, self._capacity)
                self._batch.join(read, greedy=row.request.settings.greedy)
                self._rows.append(row)
            del self._joining[row.index]
            self._forget(row.request)

    def _stepped(self) -> Iterator[Answer]:
        """One token for every row."""
        assert self._batch is not None
        if (order := self._batch.tidied()) is not None:
            self._rows = [self._rows[place] for place in order]
        logits = self._batch.step([row.tokens[-1] for row in self._rows])
        choice = choose(
            logits,
            [row.request.settings for row in self._rows],
            [row.number for row in self._rows],
            [row.text for row in self._rows],
        )
        share = self._share(len(self._rows))
        ended = [place for place, row in enumerate(self._rows) if row.add(choice, place, share)]
        answers = [(self._rows[place].index, self._rows[place].answer()) for place in ended]
        for place in ended:
            row = self._rows[place]
            self._decoder.keep(row.request, row.tokens, partial(self._batch.read, place))
        self._vacate(ended)
        yield from answers

    def _vacate(self, places: Iterable[int]) -> None:
        """Give up the slots of some rows, of which the last take the places."""
        assert self._batch is not None
        # from the end, so that no number changes before its turn
        for place in sorted(places, reverse=True):
            self._batch.leave(place)
            last = self._rows.pop()
            if place < len(self._rows):
                self._rows[place] = last

    def _failed(self, error: Exception) -> Iterator[Answer]:
        """Go on with fewer rows side by side if memory was short; else what runs has failed."""
        joining, self._joining = list(self._joining), {}
        if is_memory(error) and self._most > 1:
            self._most = self._decoder.lowered(self._most // 2)
            self._reads.clear()
            preempted = self._preempted()
            self._pending.update(self._requests[index].tokens for index in preempted)
            self._queue.extendleft(reversed([*preempted, *joining]))
            return
        lost = [*(row.index for row in self._rows), *joining]
        self._rows, self._batch = [], None
        for index in lost:
            yield index, error

    def _preempted(self) -> list[int]:
        """Have the youngest rows begin again later, so that the oldest can go on."""
        rows = self._rows
        oldest = sorted(range(len(rows)), key=lambda at: (-len(rows[at].tokens), rows[at].index))
        # one that is alone gets a batch of its own, which takes less memory
        going = oldest[: self._most] if self._most > 1 else []
        young = [place for place in range(len(self._rows)) if place not in going]
        indices = [self._rows[place].index for place in young]
        if going:
            self._vacate(young)
        else:
            self._rows, self._batch = [], None
        return indices

    def _read(self, index: int, ahead: Sequence[int]) -> None:
        """Have the prompt of a request read, and others with it that begin soon."""
        others = (self._requests[other] for other in (*ahead, *self._queue))
        read_ahead(self._decoder, self._requests[index], others, self._reads)

    def _forget(self, request: Request) -> None:
        """A path has begun: what was read for it is let go after the last one."""
        self._pending[request.tokens] -= 1
        if not self._pending[request.tokens]:
            self._reads.pop(request.tokens, None)

    def _row(self, index: int) -> Row:
        request = self._requests[index]
        texts = request.settings.stop
        if texts not in self._stops:
            self._stops[texts] = StopTexts(texts, self._vocabulary.decode)
        return Row(index, request, self._limits[index], self._vocabulary, self._stops[texts])

    def _share(self, rows: int) -> float:
        """What one of so many rows is charged of the time since the last step."""
        before, self._began = self._began, time.perf_counter()
        return (self._began - before) / rows


def read_ahead(
    decoder: Decoder,
    request: Request,
    ahead: Iterable[Request],
    known: dict[tuple[int, ...], Read],
) -> None:
    """Have `known` hold a prompt, and with it those that are read in one pass and begin soon."""
    if request.tokens in known:
        return
    alike = {request.tokens: request}
    key = decoder.together(request)
    for other in ahead:
        if decoder.together(other) != key:
            break
        if other.tokens not in known:
            alike.setdefault(other.tokens, other)
        if len(alike) >= decoder.at_once(request):
            break
    try:
        reads = decoder.read([*alike.values()])
    except Exception as error:
        if len(alike) == 1 or is_memory(error):
            raise
        alike = {request.tokens: request}  # what fails must fail alone
        reads = decoder.read([request])
    known.update(zip(alike, reads, strict=True))


def prompt_order(request: Request) -> tuple[object, ...]:
    """Prompts with the same beginning come one after the other, so that it is read once; of those
    the longest first, so that what is too much for the memory fails early and the time left is
    overestimated rather than underestimated; the paths of a prompt are neighbours.
    """
    sampling = request.settings
    shared = request.tokens[: request.shared]
    settings = (sampling.temperature, sampling.top_k, sampling.top_p, sampling.min_p, sampling.stop)
    rest = len(request.tokens) - len(shared)
    return (
        -len(shared),
        shared,
        -rest,
        -sampling.max_tokens,
        settings,
        request.tokens,
        request.path,
    )
