"""A model whose replies are made by workers on a Ray cluster, as a backend like any other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from harness.cluster.pool import Came, Event, Failed, Left, Pool
from harness.cluster.shares import Shares
from harness.errors import CannotLoadError, UserError
from harness.problem import Reply
from harness.prompt import Prompt
from harness.request import ROWS, Backend, Request, Thinking, never

HOPELESS = 10
"""So many workers may die, one after the other, without a reply in between."""

TICK = 0.02
"""Seconds after which the driver looks for new requests while no worker answers."""


class Workers:
    """A backend that writes prompts itself, and has its replies made by a pool of workers.

    Workers are started when the first request comes: what the ledger knows needs none. Each request
    is answered once, however often workers die: what one owed is handed to others.
    """

    def __init__(self, backend: Backend, pool: Callable[[], Pool], workers: int) -> None:
        """`backend` is the same model here, whose weights are not read; `workers` is how many there are."""
        self.backend = backend
        self.workers = workers
        self._start = pool
        self._pool: Pool | None = None
        self._count = self._deaths = 0
        self._bitwise: dict[str, object] = {}
        self._devices: dict[str, str] = {}

    @property
    def name(self) -> str:
        """As `Backend.name`."""
        return self.backend.name

    @property
    def identity(self) -> str:
        """As `Backend.identity`."""
        return self.backend.identity

    @property
    def stop(self) -> tuple[str, ...]:
        """As `Backend.stop`."""
        return self.backend.stop

    @property
    def context(self) -> int | None:
        """As `Backend` has it."""
        return getattr(self.backend, "context", None)

    @property
    def chat(self) -> bool:
        """As `Backend` has it."""
        return bool(getattr(self.backend, "chat", False))

    @property
    def thinking(self) -> Thinking | None:
        """As `ThinksFirst.thinking`."""
        return getattr(self.backend, "thinking", None)

    def thought(self, prompt: Prompt) -> tuple[str, tuple[int, ...]]:
        """As `ThinksFirst.thought`."""
        backend: Any = self.backend
        text, tokens = backend.thought(prompt)
        return text, tokens

    def prompt(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        """As `Backend.prompt`."""
        return self.backend.prompt(prompt)

    def visible(self, prompt: Prompt | str) -> str:
        """As `Local.visible`."""
        visible = getattr(self.backend, "visible", None)
        return str(self.prompt(prompt)[0] if visible is None else visible(prompt))

    def given(self, prompt: Prompt | str, continuation: str) -> tuple[int, ...]:
        """As `Scoring.given`."""
        given = getattr(self.backend, "given", None)
        if given is None:
            raise UserError(f"{self.name} cannot say how likely a text is: use a local model")
        tokens: tuple[int, ...] = given(prompt, continuation)
        return tokens

    def suggested(self) -> dict[str, Any]:
        """As `Backend` has it."""
        suggested = getattr(self.backend, "suggested", dict)
        return dict(suggested())

    def describe(self) -> Mapping[str, object]:
        """As the model here describes itself, with the workers' devices."""
        counts = Counter(self._devices.values())
        devices = ", ".join(f"{count} x {device}" for device, count in sorted(counts.items()))
        bitwise = self._bitwise.values()
        return {
            **self.backend.describe(),
            "workers": self.workers,
            **({"device": devices} if devices else {}),
            "bitwise": None if None in bitwise or not bitwise else all(bitwise),
        }

    def generate(
        self,
        requests: Sequence[Request],
        *,
        rows: int = ROWS,
        stopped: Callable[[], bool] = never,
    ) -> Iterator[tuple[int, Reply | Exception]]:
        """As `Backend.generate`."""
        left = [requests]
        arrivals = lambda: left.pop() if left else ()  # noqa: E731
        return self.generate_joined(arrivals, rows=rows, stopped=stopped)

    def generate_joined(
        self,
        arrivals: Callable[[], Sequence[Request]],
        *,
        rows: int = ROWS,
        stopped: Callable[[], bool] = never,
    ) -> Iterator[tuple[int, Reply | Exception]]:
        """As `harness.request.Joining`; `rows` is what each worker answers side by side."""
        if self._pool is None:
            self._pool = self._start()
        pool, first = self._pool, self._count
        shares = Shares(rows, first)
        for member in pool.members.values():
            if member.up:
                shares.join(member.name)
        while True:
            requests = arrivals()
            self._count += len(requests)
            shares.add(requests)
            if shares.finished:
                return
            if stopped():
                pool.stop()
                return
            for worker, numbered in shares.outgoing().items():
                pool.send(worker, numbered, rows)
            for event in pool.events(TICK):
                for number, answer in self._answers(shares, event):
                    yield number - first, answer

    def _answers(self, shares: Shares, event: Event) -> Iterator[tuple[int, Any]]:
        """What an event answers, with what it changes noted."""
        worker = event.worker
        if isinstance(event, Came):
            assert self._pool is not None
            about = self._pool.members[worker].about
            self._devices[worker] = about.device if about else ""
            shares.join(worker)
        elif isinstance(event, Left):
            self._deaths += 1
            if self._deaths > max(HOPELESS, 2 * self.workers):
                raise CannotLoadError(
                    f"{self._deaths} workers died without a reply in between: their logs, in Ray's "
                    "dashboard or /tmp/ray/session_latest/logs, say why (often it is the memory: fewer --rows)"
                )
            for number in shares.leave(worker):
                self._deaths = 0
                yield number, RuntimeError("every worker that was given this request died")
        elif isinstance(event, Failed):
            for number in shares.failed(worker):
                yield number, event.error
        else:
            self._deaths = 0
            self._bitwise[worker] = event.answers.bitwise
            for number, answer in event.answers.answers:
                if shares.answered(worker, number):
                    yield number, answer
