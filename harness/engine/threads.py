"""The processor's threads: how those wait that have nothing to do, and how many compute a pass."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager

SPINS = "1000"
"""Turns of its loop that a thread waits before it sleeps: about what waking it up again takes.

Waiting without end holds a core from whoever needs it; beside one busy program a product of two threads
then takes a hundred times as long. Sleeping at once costs a third where nothing else runs.
"""

SAID = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
"""How a user says it: where one of them is set, nothing is changed."""


def wait_briefly(environment: MutableMapping[str, str] = os.environ) -> None:
    """Have torch's threads sleep soon when they wait. It reads this when it is first imported."""
    if not any(name in environment for name in SAID):
        environment["OMP_WAIT_POLICY"] = "passive"
        environment["GOMP_SPINCOUNT"] = SPINS  # of GNU's library, which torch mostly comes with


AGAIN = 64
"""After so many passes of a size with the best number of threads the others are timed once more."""

TIMED = 3
"""So many of the newest times are looked at, and the least of them counts: a pass that another program
interrupted says nothing about the number of threads.
"""

CLOSE = 1.5
"""What took so many times the best is not timed again at once: a pass over prompts may take seconds."""


class Team:
    """How many threads compute a pass: of several numbers the one that took least of late.

    A small model is often faster with one thread, and so is any beside a program that holds a core;
    both can change from one minute to the next, so it is found while passes are made.
    """

    def __init__(
        self,
        numbers: Sequence[int],
        use: Callable[[int], None],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`use` has what comes computed by so many threads, which `numbers` are to choose from.

        The first of them is what counts between passes: another model in this process chooses for itself.
        """
        self._numbers = tuple(numbers)
        self._use = use
        self._clock = clock
        self._times: dict[int, dict[int, deque[float]]] = {}
        self._passes: dict[int, int] = {}

    @contextmanager
    def computing(self, rows: int) -> Iterator[None]:
        """Make a pass of so many rows with as many threads as suit it."""
        if len(self._numbers) < 2:
            yield
            return
        size = rows.bit_length()  # passes of about as many rows are compared with one another
        number = self._chosen(size)
        self._use(number)
        began = self._clock()
        yield
        self._note(size, number, self._clock() - began)
        self._use(self._numbers[0])

    def _chosen(self, size: int) -> int:
        times = self._times.setdefault(
            size, {number: deque(maxlen=TIMED) for number in self._numbers}
        )
        unknown = [number for number in self._numbers if not times[number]]
        if unknown:
            return unknown[0]
        best = min(self._numbers, key=lambda number: min(times[number]))
        close = [
            number
            for number in self._numbers
            if len(times[number]) < TIMED and min(times[number]) < CLOSE * min(times[best])
        ]
        if close:
            return min(close, key=lambda number: len(times[number]))
        passes = self._passes[size] = self._passes.get(size, 0) + 1
        if passes % AGAIN == 0:
            for number in self._numbers:
                if number != best:
                    times[number].clear()
        return best

    def _note(self, size: int, number: int, seconds: float) -> None:
        self._times[size][number].append(seconds)
