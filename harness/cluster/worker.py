"""A worker: the process that holds a copy of the model, and answers what the driver asks of it."""

from __future__ import annotations

import os
import pickle
import platform
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from harness.cluster.weights import Part, received
from harness.errors import UserError
from harness.problem import Reply
from harness.request import ENGINE, Backend, Joining, Request

Opening = Callable[[str], Backend]
"""Opens a model by the name of its folder or its id on the hub."""

Numbered = tuple[int, Request]
Answer = tuple[int, Reply | Exception]


@dataclass(frozen=True, slots=True)
class About:
    """What a worker says of itself once its model is open.

    `missing` says why it does not have the model, None where it does.
    """

    process: int
    host: str
    engine: int
    version: str
    device: str
    missing: str | None


@dataclass(frozen=True, slots=True)
class Answers:
    """What a worker has answered since it was last asked, and whether it says to be `bitwise`."""

    answers: Sequence[Answer]
    bitwise: object


class Worker:
    """A model in a process of its own. Its methods are called side by side, by Ray's threads.

    One thread generates for good, and takes more requests between tokens where the model can.
    """

    def __init__(self, opening: Opening, spec: str, identity: str) -> None:
        """`opening` opens the model by its name `spec`; it must have this `identity`."""
        self._opening, self._spec, self._identity = opening, spec, identity
        self._backend: Backend | None = None
        self._rows = 1
        self._inbox: queue.SimpleQueue[Numbered] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[Answer | Exception | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def ready(self) -> About:
        """Open the model, without its weights, and compare it with the driver's."""
        # A driver that could not reach this worker for a while asks again: what it was owed it has given
        # to others, and its call that still waits here must not take what comes from now on.
        before, self._outbox = self._outbox, queue.SimpleQueue()
        before.put(None)
        missing: str | None = None
        try:
            backend = self._backend or self._opening(self._spec)
            if backend.identity == self._identity:
                self._start(backend)
            else:
                missing = f"{self._spec} is another model there"
        except UserError as error:
            missing = str(error)
        device = str(backend.describe().get("device") or "") if missing is None else ""
        host = platform.node()
        return About(os.getpid(), host, ENGINE, version("reasoning-harness"), device, missing)

    def receive(self, parts: Sequence[Part], entry: str) -> About:
        """Take the model's files from the object store instead, and be ready."""
        import ray

        folder = received(parts, self._identity, ray.get)
        self._spec = str(folder / entry)
        return self.ready()

    def ask(self, requests: Sequence[Numbered], rows: int) -> None:
        """Have more requests answered, `rows` side by side at most."""
        self._rows = rows
        self._stop.clear()
        for request in requests:
            self._inbox.put(request)

    def take(self) -> Answers:
        """The answers since the last time, as soon as there is one. Raises what the model raised."""
        outbox = self._outbox
        first = outbox.get()
        said = [first, *(outbox.get() for _ in range(outbox.qsize()))]
        answers: list[Answer] = []
        for one in said:
            if isinstance(one, Exception):
                raise one
            if one is not None:
                answers.append(one)
        bitwise = None if self._backend is None else self._backend.describe().get("bitwise")
        return Answers(answers, bitwise)

    def stop(self) -> None:
        """Leave unanswered what is left."""
        self._stop.set()

    def _start(self, backend: Backend) -> None:
        self._backend = backend
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="generation", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            first = self._inbox.get()
            try:
                self._generate(first)
            except Exception as error:
                self._outbox.put(sendable(error))

    def _generate(self, first: Numbered) -> None:
        """Answer a request, and all that come until none is left."""
        assert self._backend is not None
        numbers: list[int] = []
        early = [first]

        def arrivals() -> list[Request]:
            came = [*early, *(self._inbox.get() for _ in range(self._inbox.qsize()))]
            early.clear()
            numbers.extend(number for number, _ in came)
            return [request for _, request in came]

        rows, stopped = self._rows, self._stop.is_set
        if isinstance(self._backend, Joining):
            answers = self._backend.generate_joined(arrivals, rows=rows, stopped=stopped)
        else:
            answers = self._backend.generate(arrivals(), rows=rows, stopped=stopped)
        for place, answer in answers:
            if isinstance(answer, Exception):
                answer = sendable(answer)
            self._outbox.put((numbers[place], answer))


def sendable(error: Exception) -> Exception:
    """The exception, or one that tells of it where it cannot be sent to another process."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # whatever its own constructor makes of it
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
