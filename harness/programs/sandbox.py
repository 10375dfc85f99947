"""Runs programs that a model wrote, where they can reach nothing and end in time.

They are run by Monty (`pydantic-monty`), an interpreter of a subset of Python written in Rust, in a process of its own:
it knows no files, network, processes, environment or foreign code; what there is of the standard library (`math`,
`datetime`, `decimal`, `re`, `itertools`...) is built into it. The clock stands still and `random` has one seed, so that
a program gives the same result each time it is run.
"""

from __future__ import annotations

import asyncio
import atexit
import importlib.util
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from harness.errors import UserError

MEMORY = 64
"""Of a program, in MiB."""

SOURCE = 100_000
"""Characters of a program, at most: a model's have a few hundred."""

PRINTED = 100_000
"""Bytes that a program may print. Nobody reads them."""

RESULT = 1_000
"""Characters of a result, at most."""

DEPTH = 200
"""Calls inside calls."""

BACKSTOP = 60.0
"""Seconds after which the process of a program is killed whatever it is at, its parsing included."""

WORLD: Mapping[str, Any] = {
    "datetime": datetime(2000, 1, 1),
    "random_start": {"seed": 0},
    "sleep": "zero",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a program: the `value` of its result as a text, or the `error` that it ended in."""

    value: str | None = None
    error: str | None = None


async def execute(source: str, result: str = "answer", *, seconds: float = 5.0) -> Outcome:
    """Run a program, then look at `result`: a variable that it set or a call of what it defined.

    Whole numbers and numbers with a decimal point are written out in digits (to 15 of them), dates as MM/DD/YYYY,
    texts as they are; anything else is an error, as is whatever the program raises and what exceeds a limit.
    Raises `UserError` where Monty is not installed.
    """
    require()
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads(), _execute, source, result, seconds)


def require() -> None:
    """Raises UserError where Monty is not installed."""
    if importlib.util.find_spec("pydantic_monty") is None:
        raise UserError(
            "programs are run by pydantic-monty, which is not installed: "
            "pip install 'reasoning-harness[programs]'"
        )


def _execute(source: str, result: str, seconds: float) -> Outcome:
    from pydantic_monty import CollectString, MontyCrashedError, MontyError, MontySyntaxError

    if len(source) > SOURCE:
        return Outcome(error=f"SyntaxError: more than {SOURCE:,} characters")
    limits: Any = {
        "max_feed_duration_secs": seconds,
        "max_memory": MEMORY << 20,
        "max_recursion_depth": DEPTH,
        "max_suspensions": 1,
        "max_total_sleep_secs": 0.0,
    }
    printed = CollectString(max_bytes=PRINTED)
    try:
        with _interpreters().checkout(limits=limits, os_policy=dict(WORLD)) as session:
            session.feed_run(source, print_callback=printed)
            # apart from the program, so that nothing it ends in can run into what is asked for
            return _told(session.feed_run(result, print_callback=printed))
    except MontyCrashedError as error:
        ended = "TimeoutError" if error.timed_out else "RuntimeError: the interpreter crashed"
        return Outcome(error=_steady(ended, seconds))
    except MontySyntaxError as error:
        return Outcome(error=_steady(f"SyntaxError: {error}", seconds))
    except (MontyError, ValueError) as error:
        return Outcome(error=_steady(str(error), seconds))


def _steady(message: str, seconds: float) -> str:
    """The last line of an error; where a limit was met, without how far it was exceeded this time."""
    line = " ".join(message.split())[:RESULT]
    if line.startswith("TimeoutError"):
        return f"TimeoutError: more than {seconds:g} seconds"
    if line.startswith("MemoryError"):
        return f"MemoryError: more than {MEMORY} MiB, or {PRINTED:,} bytes printed"
    return line


def _told(value: object) -> Outcome:
    """A result as a text, if it is one of those that an answer can be."""
    if isinstance(value, float) and value - value == 0:
        value = Decimal(f"{value:.15g}")
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < RESULT:
        text = f"{value:f}"
    elif isinstance(value, date):
        text = value.strftime("%m/%d/%Y")
    elif isinstance(value, (int, str)):
        try:
            text = str(value)
        except ValueError:  # a whole number with more digits than Python writes
            return Outcome(error="ValueError: the result has thousands of digits")
    else:
        what = "not finite" if isinstance(value, (float, Decimal)) else type(value).__name__
        return Outcome(error=f"TypeError: the result is {what}, no number, text or date")
    if len(text) > RESULT:
        return Outcome(error=f"ValueError: the result has more than {RESULT:,} characters")
    return Outcome(text)


@cache
def _interpreters() -> Any:
    """As many processes as there are processors, started when they are first needed."""
    from pydantic_monty import Monty

    pool = Monty(min_processes=0, max_processes=_processors(), request_timeout=BACKSTOP)
    pool.__enter__()
    atexit.register(pool.__exit__, None, None, None)
    return pool


@cache
def _threads() -> ThreadPoolExecutor:
    # of its own: programs that take their time must not hold up who else uses the loop's threads
    return ThreadPoolExecutor(_processors(), thread_name_prefix="sandbox")


def _processors() -> int:
    return os.cpu_count() or 1
