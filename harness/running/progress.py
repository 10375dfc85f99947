"""How far a column is: a bar in a terminal, a line now and then in a file, nothing where nobody looks."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

from harness.records.scoring import Cost

if TYPE_CHECKING:
    from tqdm import tqdm

EVERY = 60.0
"""Seconds from line to line, and before the first that tells how long it will take."""


class Progress(Protocol):
    """What counts the problems of a column as they end."""

    def advance(self) -> None:
        """One more problem has ended."""


@asynccontextmanager
async def progress(
    label: str, problems: int, cost: Cost, shown: bool | None, *, ended: int = 0
) -> AsyncIterator[Progress]:
    """Shows a column on standard error for as long as the block lasts.

    `cost` grows as replies come; so many problems have `ended` before. `shown` None is a bar in a
    terminal and `Lines` elsewhere, True is the bar and False nothing.
    """
    if shown is None and not sys.stderr.isatty():
        async with Lines(label, problems, cost, ended=ended).shown() as lines:
            yield lines
        return
    with progress_bar(label, problems, shown, ended=ended) as bar:
        yield Bar(bar, cost)


class Bar:
    """A bar of tqdm's that tells the speed of generation."""

    def __init__(self, bar: tqdm[Any], cost: Cost) -> None:
        self._bar = bar
        self._cost = cost

    def advance(self) -> None:
        """As `Progress`."""
        if speed := speed_of(self._cost):
            self._bar.set_postfix_str(speed, refresh=False)
        self._bar.update()


class Lines:
    """A line at the start, every minute, and at the end, for what is written into a file."""

    def __init__(
        self,
        label: str,
        problems: int,
        cost: Cost,
        *,
        ended: int = 0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._label, self._problems, self._cost = label, problems, cost
        self._clock, self._sleep = clock, sleep
        self._done = self._before = ended
        self._began = clock()

    def advance(self) -> None:
        """As `Progress`."""
        self._done += 1

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[Lines]:
        """Writes the lines; a column that was broken off has no last one."""
        self._say(_problems(self._problems))
        # by the clock and not as problems end: those of a large batch may all end after hours
        ticking = asyncio.create_task(self._tick())
        try:
            yield self
        finally:
            ticking.cancel()
        took = f"{_problems(self._problems)} in {lasting(self._clock() - self._began)}"
        self._say(took, speed_of(self._cost))

    async def _tick(self) -> None:
        while True:
            await self._sleep(EVERY)
            done = f"{self._done:,} of {_problems(self._problems)}"
            self._say(done, speed_of(self._cost), self._left())

    def _left(self) -> str:
        elapsed, left = self._clock() - self._began, self._problems - self._done
        done = self._done - self._before
        if not done or not left or elapsed < EVERY:
            return ""  # nothing is known yet to tell it from
        return f"about {lasting(elapsed / done * left)} left"

    def _say(self, *parts: str) -> None:
        # flushed, because Python holds lines back that go into a file
        print(f"{self._label}: {', '.join(filter(None, parts))}", file=sys.stderr, flush=True)


def progress_bar(label: str, problems: int, shown: bool | None, *, ended: int = 0) -> tqdm[Any]:
    """A bar; `shown` is yes, no, or None: where standard error is a terminal."""
    from tqdm import tqdm  # here, so that `import harness` loads nothing that it may not need

    return tqdm(
        total=problems,
        initial=ended,
        desc=label,
        unit="problem",
        dynamic_ncols=True,
        disable=None if shown is None else not shown,
    )


def speed_of(cost: Cost) -> str:
    """Tokens per second of generation, or nothing where none was generated.

    Replies out of the ledger do not inflate it, as time on the clock would.
    """
    if cost.seconds <= 0 or not cost.generated_tokens:
        return ""
    return f"{cost.generated_tokens / cost.seconds:,.0f} tokens/s"


def lasting(seconds: float) -> str:
    """A time as it is told: `8 s`, `12 min`, `3 h 20 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return " ".join(filter(None, [f"{hours} h" * bool(hours), f"{minutes} min" * bool(minutes)]))


def _problems(number: int) -> str:
    return f"{number:,} problem{'' if number == 1 else 's'}"
