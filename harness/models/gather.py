"""Gathers the questions of all problems in flight into full batches, and hands out the replies."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from typing import Any, Protocol

from harness.models.ledger import Ledger, Origin
from harness.problem import Reply
from harness.request import ENGINE, Backend, Joining, Key, Request, key

QUIET_TURNS = 32
"""Turns of the event loop without a new question after which none is to come.

A strategy waits for nothing but the model, so all of them come to rest within a few turns: two or
three for each `gather` or task that stands between a reply and the next question. No clock decides.
"""


Watching = Callable[[Sequence[Request], Sequence[Reply]], None]
"""What looks at requests and their replies, wherever these came from."""

WATCHING: ContextVar[Watching | None] = ContextVar("watching", default=None)
"""Who is given what the current task asks: tasks have it from the task that began them."""


@contextmanager
def watched(watching: Watching | None) -> Iterator[None]:
    """Tasks that begin meanwhile have `watching` given what they ask, stage by stage, with the replies."""
    before = WATCHING.set(watching)
    try:
        yield
    finally:
        WATCHING.reset(before)


class RememberedReplies(Protocol):
    """What is needed of a ledger. `put` is called from the thread that generates."""

    def get(self, keys: Iterable[Key]) -> Mapping[Key, Reply]:
        """The replies that are known."""

    def put(self, key: Key, reply: Reply, origin: Origin) -> None:
        """Remember a reply, and where it comes from."""


class Charging(Protocol):
    """What charges replies their share of the energy."""

    def begin(self) -> None:
        """Replies are made from now on."""

    def charged(self, reply: Reply) -> Reply:
        """A reply that has just ended, with its `joules`."""


class Gatherer:
    """Questions in, replies out; between them a ledger, and batches made in one thread.

    Belongs to one event loop at a time. Questions that arrive while a batch is being generated join it
    where the backend can do that, and else make up the next one. A question that is in flight already
    is not asked twice.
    """

    def __init__(
        self,
        backend: Backend,
        ledger: RememberedReplies | None,
        rows: int,
        energy: Charging | None = None,
    ) -> None:
        self._backend = backend
        self._energy = energy
        # never none: a strategy that draws in rounds asks for its earlier paths again
        self._ledger: RememberedReplies = Ledger() if ledger is None else ledger
        self._rows = rows
        self._joining = isinstance(backend, Joining)
        self._waiting: dict[Key, Request] = {}
        self._arriving: deque[tuple[Key, Request]] | None = None  # while a batch can be joined
        self._futures: dict[Key, asyncio.Future[Reply]] = {}
        self._arrivals = 0
        self._askers = 0
        self._worker: asyncio.Task[None] | None = None
        self._stop = threading.Event()
        # One thread for good: torch keeps a team of helpers for each thread that ever computed.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="generation")

    async def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """The replies to `requests`, in their order.

        Raises the first exception among them, once all have ended.
        """
        keys = [key(self._backend.identity, request) for request in requests]
        replies = self._ledger.get(keys)
        for name, request in zip(keys, requests, strict=True):
            if name not in replies and name not in self._futures:
                self._futures[name] = asyncio.get_running_loop().create_future()
                if self._arriving is None:
                    self._waiting[name] = request
                else:
                    self._arriving.append((name, request))
                self._arrivals += 1
        futures = {name: self._futures[name] for name in keys if name not in replies}
        if futures:
            await self._answered(list(futures.values()))
        answers = [replies[name] if name in replies else futures[name].result() for name in keys]
        watching = WATCHING.get()
        if watching is not None:
            watching(requests, answers)
        return answers

    async def _answered(self, futures: Sequence[asyncio.Future[Reply]]) -> None:
        """Wait for all; see to it that somebody works, and that nobody works for no one."""
        if self._worker is None or self._worker.done():
            self._worker = asyncio.get_running_loop().create_task(self._work())
        self._askers += 1
        try:
            # `wait` leaves the futures alone when this asker is cancelled: others may share them.
            await asyncio.wait(futures)
        except asyncio.CancelledError:
            if self._askers == 1:
                self._abandon()
            raise
        finally:
            self._askers -= 1

    async def _work(self) -> None:
        """Generate batch after batch until no question waits."""
        try:
            while self._waiting:
                await self._settled()
                batch, self._waiting = self._waiting, {}
                await self._generate(batch)
        finally:
            self._abandon()  # nothing is left to abandon, unless the event loop is being closed

    def _abandon(self) -> None:
        """Nobody waits any more: stop generating, and forget what was asked."""
        self._stop.set()
        self._waiting.clear()
        for future in self._futures.values():
            future.cancel()
        self._futures.clear()

    async def _settled(self) -> None:
        """Wait until no strategy can add to the next batch."""
        quiet = 0
        while quiet < QUIET_TURNS:
            before = self._arrivals
            await asyncio.sleep(0)
            quiet = quiet + 1 if self._arrivals == before else 0

    async def _generate(self, batch: Mapping[Key, Request]) -> None:
        loop = asyncio.get_running_loop()
        self._stop = stop = threading.Event()
        arriving = deque(batch.items())
        if self._joining:
            self._arriving = arriving
        futures = {name: self._futures.get(name) for name in batch}
        taken: list[Key] = []
        job = loop.run_in_executor(self._thread, self._run, arriving, taken, stop, loop)
        problem: Exception = RuntimeError(f"{self._backend.name} left a request unanswered")
        try:
            await asyncio.shield(job)
        except Exception as error:
            problem = error
        finally:
            # Reached by cancellation too: the thread ends before its next token, and is waited for.
            stop.set()
            self._arriving = None
            await asyncio.wait([job])
            # what came too late for this batch waits for the next
            self._waiting.update((name, asked) for name, asked in arriving if name in self._futures)
        futures |= {name: self._futures.get(name) for name in taken if name not in futures}
        for name, future in futures.items():
            # what failed or was abandoned may have been asked anew since, which is another future
            if self._futures.get(name) is future:
                self._settle(name, problem)

    def _run(
        self,
        arriving: deque[tuple[Key, Request]],
        taken: list[Key],
        stop: threading.Event,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """In the thread: generate, remember each reply the moment it ends, and pass it on."""

        def arrivals() -> list[Request]:
            pairs = [arriving.popleft() for _ in range(len(arriving))]
            taken.extend(name for name, _ in pairs)
            return [request for _, request in pairs]

        limits: dict[str, Any] = {"rows": self._rows, "stopped": stop.is_set}
        if isinstance(self._backend, Joining):
            replies = self._backend.generate_joined(arrivals, **limits)
        else:
            replies = self._backend.generate(arrivals(), **limits)
        if self._energy is not None:  # by now the weights are read
            self._energy.begin()
        for index, reply in replies:
            name = taken[index]
            if isinstance(reply, Reply):
                reply = reply if self._energy is None else self._energy.charged(reply)
                self._ledger.put(name, reply, self._origin())
            loop.call_soon_threadsafe(self._settle, name, reply)

    def _origin(self) -> Origin:
        return Origin(datetime.now(UTC).isoformat(timespec="seconds"), *self._source)

    @cached_property
    def _source(self) -> tuple[str, str]:
        """The version that makes replies, and the device that they are made on."""
        device = self._backend.describe().get("device") or ""
        return f"{version('reasoning-harness')} (engine {ENGINE})", str(device)

    def _settle(self, name: Key, reply: Reply | Exception) -> None:
        future = self._futures.pop(name, None)
        if future is None or future.done():
            return
        if isinstance(reply, Reply):
            future.set_result(reply)
        else:
            future.set_exception(reply)
            future.exception()  # now it counts as seen, also when its asker was cancelled meanwhile
