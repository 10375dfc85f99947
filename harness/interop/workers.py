"""Maps a function over jobs in the order of the jobs, in as many processes as pay."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from typing import Protocol, TypeVar

from harness.errors import UserError

SMALL = 4 << 20
"""Bytes of work that are done before other processes have even started."""

AHEAD = 3
"""Jobs of each process that are under way: enough that none waits, few enough to hold."""

J = TypeVar("J")
R = TypeVar("R")


class Ordered(Protocol):
    """Applies a function to jobs, one after the other or several at once, and keeps their order."""

    def __call__(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[R]:
        """The results in the order of the jobs."""
        ...


@contextmanager
def workers(size: int, processes: int | None = None) -> Iterator[Ordered]:
    """What maps a function over work of `size` bytes: small work in this process.

    Processes are spawned, not forked: a fork of a process with threads (a notebook, torch) may hang.
    So a script that scores large files has to guard its start by `if __name__ == "__main__"`.
    """
    number = processes or _cores()
    if processes is None and (size < SMALL or number == 1):
        yield _alone
        return
    # started here, because starting it lets through the signals that `_deaf` holds back
    resource_tracker.ensure_running()
    pool = ProcessPoolExecutor(number, mp_context=get_context("spawn"))

    def ordered(function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[R]:
        waiting: deque[Future[R]] = deque()
        for job in jobs:
            with _deaf():
                waiting.append(pool.submit(function, job))
            if len(waiting) >= AHEAD * number:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    try:
        yield ordered
    except BrokenProcessPool:
        raise UserError(
            "a process that read the texts was ended from outside, perhaps because the memory was "
            "full: give the same command again, or fewer files at once"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _alone(function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[R]:
    return map(function, jobs)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _deaf() -> Iterator[None]:
    """Holds Ctrl-C back. A process that starts meanwhile never hears it: its parent tells it to end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
