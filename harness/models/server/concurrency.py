"""How many requests a server is sent at a time: more while that brings more, fewer when it is too busy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Literal

BEGINNING = 4
"""Requests in flight at first."""

MOST = 256
"""More are never sent at a time unless a run says so."""

BETTER = 1.1
"""Twice as many requests have to bring so much more for it to go on."""

Growth = Literal["double", "add", "none"]

LONGEST_REST = 600.0
"""Seconds; no server is waited for longer than that at a time."""


class Concurrency:
    """Adapts the number of requests in flight, from the tokens that come back in a second.

    The number is doubled as long as that makes the tokens in a second at least a tenth more; then the number
    before that is kept. A server that is too busy halves it, and nothing is sent for as long as it
    asks for; from then on it grows one by one until it is too busy again. With `fixed` it is that number.
    """

    def __init__(
        self,
        fixed: int | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.limit = BEGINNING if fixed is None else fixed
        self._growth: Growth = "double" if fixed is None else "none"
        self._fixed = fixed is not None
        self._clock, self._sleep = clock, sleep
        self._resting = 0.0
        self._best = 0.0
        self._busy = False
        self._begin()

    async def turn(self) -> None:
        """Wait for the end of a rest that the server asked for."""
        while (left := self._resting - self._clock()) > 0:
            await self._sleep(left)

    def gave_way(self, seconds: float) -> None:
        """The server was too busy: fewer requests, none for so many seconds."""
        self._resting = max(self._resting, self._clock() + min(seconds, LONGEST_REST))
        if not (self._fixed or self._busy):  # once for all that were in flight together
            self.limit = max(1, self.limit // 2)
            self._growth = "add"
            self._begin()
        self._busy = True

    def ended(self, tokens: int, *, full: bool) -> None:
        """A request ended with so many tokens; `full`: as many were in flight as may be."""
        self._tokens += tokens
        self._ended += 1
        self._full &= full
        if self._ended >= 2 * self.limit:
            if self._full and not self._busy:
                self._grow(self._tokens / max(self._clock() - self._since, 1e-9))
            self._begin()

    def _grow(self, speed: float) -> None:
        if self._growth == "add":
            self.limit = min(MOST, self.limit + 1)
        elif self._growth == "double" and speed > BETTER * self._best:
            self._best = speed
            self.limit = min(MOST, 2 * self.limit)
        elif self._growth == "double":
            self.limit = max(1, self.limit // 2)
            self._growth = "none"

    def _begin(self) -> None:
        """Begin to count anew: what was in flight before tells nothing of the number that is now."""
        self._since = self._clock()
        self._tokens = self._ended = 0
        self._full, self._busy = True, False
