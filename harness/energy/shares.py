"""Divides what counters measured among the replies that were made meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from harness.problem import Reply


class Shares:
    """Charges each reply its share of the energy, as it is charged its share of the time.

    What was counted and not charged yet is a pot of joules and seconds. A reply that ends takes as large a
    part of the joules as its own seconds are of those in the pot. So once all have ended, nothing is left
    but what belongs to the time in which nothing was generated, and nothing is charged twice.
    """

    def __init__(
        self, joules: Callable[[], float], clock: Callable[[], float] = time.perf_counter
    ) -> None:
        """`joules` is a counter that only grows; `clock` tells seconds."""
        self._counter = joules
        self._clock = clock
        self._joules = self._seconds = 0.0
        self._last = (joules(), clock())

    def begin(self) -> None:
        """What was counted until now belongs to no reply: the model was loaded, or nothing was asked."""
        self._joules = self._seconds = 0.0
        self._last = (self._counter(), self._clock())

    def charged(self, reply: Reply) -> Reply:
        """A reply that has just ended, with its joules."""
        now = (self._counter(), self._clock())
        self._joules += now[0] - self._last[0]
        self._seconds += now[1] - self._last[1]
        self._last = now
        part = min(1.0, reply.seconds / self._seconds) if self._seconds > 0 else 1.0
        joules = part * self._joules
        self._joules -= joules
        self._seconds -= part * self._seconds
        return replace(reply, joules=joules)
