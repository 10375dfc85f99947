"""Requests on their way to a server: which go out together, in which order, and how many at a time."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from harness.errors import RunStoppedError
from harness.models.server.budget import Budget
from harness.models.server.concurrency import Concurrency
from harness.models.server.errors import ServerError
from harness.models.server.replies import Usage
from harness.problem import Reply
from harness.request import Request

TOGETHER = 128
"""So many paths are asked for in one request at most, as OpenAI has it."""

LOOK = 0.02
"""Seconds after which new requests are looked for while others are on their way."""

ALIKE = 10
"""So many prompts that fail alike, before any was answered, end the run: the others would, too."""

Answer = tuple[int, Reply | Exception]


@dataclass(frozen=True, slots=True)
class Call:
    """Paths of one prompt that go out in one request: `request` is the first's, `places` are theirs."""

    request: Request
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """What became of a call: replies for its first paths, or an exception for all; and what was used."""

    replies: Sequence[Reply] | Exception
    used: Usage = field(default_factory=Usage)


def calls(requests: Iterable[tuple[int, Request]], together: int) -> list[Call]:
    """Numbered requests as calls of up to so many consecutive paths of one prompt.

    Prompts that begin alike stand next to each other, so that a server that remembers what it read
    reads their beginning once.
    """
    ordered = sorted(requests, key=lambda one: (one[1].tokens, one[1].text, one[1].path))
    result: list[Call] = []
    for place, request in ordered:
        last = result[-1] if result else None
        following = last and replace(last.request, path=last.request.path + len(last.places))
        if last and following == request and not request.given and len(last.places) < together:
            result[-1] = Call(last.request, (*last.places, place))
        else:
            result.append(Call(request, (place,)))
    return result


class Pool:
    """Calls that wait, and calls that are on their way, in one event loop."""

    def __init__(
        self,
        send: Callable[[Call], Awaitable[Returned]],
        worst: Callable[[Call], Usage],
        concurrency: Concurrency,
        budget: Budget,
    ) -> None:
        """`worst` is the most that a call can use."""
        self._send, self._worst = send, worst
        self._concurrency, self._budget = concurrency, budget
        self._waiting: deque[Call] = deque()
        self._flying: dict[asyncio.Task[Returned], Call] = {}
        self._count = 0
        self._answered = False
        self._failures: dict[str, set[str]] = {}

    def add(self, requests: Sequence[Request], together: int = 1) -> None:
        """More requests, numbered in their order; so many paths of a prompt go out together."""
        numbered = list(enumerate(requests, self._count))
        self._count += len(numbered)
        self._waiting.extend(calls(numbered, together))

    @property
    def busy(self) -> bool:
        """Whether anything waits or is on its way."""
        return bool(self._waiting or self._flying)

    async def some(self) -> list[Answer]:
        """What has come back, after a moment in which more may have been asked for.

        Raises `RunStoppedError` where the budget is used up and nothing is on its way any more, or
        where every prompt fails alike.
        """
        self._start()
        if not self._flying:
            raise RunStoppedError(
                f"stopped before spending more than {self._budget.most:g} dollars (--max-cost): "
                f"{self._budget.spent:.4f} were spent. All replies are kept: the same command goes on "
                "from there, with as much again"
            )
        done, _ = await asyncio.wait(
            self._flying, timeout=LOOK, return_when=asyncio.FIRST_COMPLETED
        )
        answers: list[Answer] = []
        for task in done:
            full = len(self._flying) >= self._concurrency.limit
            call = self._flying.pop(task)
            returned = task.result()
            self._budget.settle(self._worst(call), returned.used)
            self._concurrency.ended(returned.used.completion, full=full)
            answers += self._sorted_out(call, returned)
        return answers

    async def close(self) -> None:
        """Give up what is on its way."""
        for task in self._flying:
            task.cancel()
        await asyncio.gather(*self._flying, return_exceptions=True)

    def _start(self) -> None:
        while self._waiting and len(self._flying) < self._concurrency.limit:
            if not self._budget.reserve(self._worst(self._waiting[0])):
                return
            call = self._waiting.popleft()
            self._flying[asyncio.ensure_future(self._timed(call))] = call

    async def _timed(self, call: Call) -> Returned:
        """What becomes of a call, each reply with its share of the time in which others were on their way, too."""
        began = time.perf_counter()
        try:
            returned = await self._send(call)
        except Exception as error:  # is that of its prompt alone
            return Returned(error)
        if isinstance(returned.replies, Exception):
            return returned
        company = max(1, len(self._flying)) * max(1, len(returned.replies))
        seconds = (time.perf_counter() - began) / company
        return replace(
            returned, replies=[replace(one, seconds=seconds) for one in returned.replies]
        )

    def _sorted_out(self, call: Call, returned: Returned) -> list[Answer]:
        if isinstance(returned.replies, Exception):
            self._failed(call, returned.replies)
            return [(place, returned.replies) for place in call.places]
        self._answered = True
        missing = call.places[len(returned.replies) :]
        if missing:  # a server that gave fewer paths than it was asked for
            path = call.request.path + len(returned.replies)
            self._waiting.appendleft(Call(replace(call.request, path=path), missing))
        return list(zip(call.places, returned.replies, strict=False))

    def _failed(self, call: Call, error: Exception) -> None:
        if self._answered or not isinstance(error, ServerError):
            return
        # servers put numbers of requests and the like into their messages
        kind = "".join(sign for sign in str(error) if not sign.isdigit())
        prompts = self._failures.setdefault(kind, set())
        prompts.add(call.request.text)
        if len(prompts) >= ALIKE:
            raise RunStoppedError(f"the first {ALIKE} prompts failed alike: {error}")
