"""Programs that a model wrote get nothing but their result, end within their limits, and compute like Python."""

from __future__ import annotations

import asyncio
import json
import math
import os
import re
import socket
import time
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import UserError
from harness.programs import sandbox
from harness.programs.sandbox import MEMORY, Outcome, execute

HOSTILE = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "golden" / "hostile_programs.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
SECRET = "the canary sings"
SECONDS = 0.3
PATIENCE = 60.0
"""Seconds that a hostile program may take on a machine with much else to do."""
OWN = 256
"""MiB that the interpreter may take for itself and while it gives a result away."""


def ran(source: str, result: str = "answer", seconds: float = 5.0) -> Outcome:
    return asyncio.run(execute(source, result, seconds=seconds))


class Bait:
    """What a hostile program is after: a secret in a file, a folder to write to, a port that listens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secret = folder / "secret"
        self.secret.write_text(SECRET)
        self.mode = self.secret.stat().st_mode
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.setblocking(False)

    def untouched(self) -> bool:
        """Nobody wrote, removed or made a file, called, or left a process behind."""
        workers = children(os.getpid())
        return (
            not self.called()
            and self.secret.read_text() == SECRET
            and self.secret.stat().st_mode == self.mode
            and list(self.folder.iterdir()) == [self.secret]
            and not any(children(worker) for worker in workers)
        )

    def called(self) -> bool:
        try:
            self.listening.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture(scope="module")
def bait(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bait]:
    laid = Bait(tmp_path_factory.mktemp("bait"))
    yield laid
    laid.listening.close()


def children(process: int) -> list[int]:
    try:
        return [int(p) for t in Path(f"/proc/{process}/task").iterdir() for p in _told(t)]
    except OSError:  # it ended, or there is no such place on this system
        return []


def _told(thread: Path) -> list[str]:
    return (thread / "children").read_text().split()


def peak(process: int) -> int:
    """The most memory that a process had, in MiB."""
    try:
        found = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{process}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) >> 10 if found else 0


def written(row: dict[str, Any], bait: Bait) -> str:
    """The program of a row, with the bait's places and the texts that it repeats."""
    times, steps = row.get("times", 0), row.get("steps", 0)
    staircase = "".join(" " * step + "if 1:\n" for step in range(steps)) + " " * steps
    source: str = row["source"]
    return source.format(
        secret=bait.secret,
        folder=bait.folder,
        port=bait.listening.getsockname()[1],
        repeat=row.get("repeat", "") * times,
        mirror=row.get("mirror", "") * times,
        steps=staircase + "answer = 1",
    )


@pytest.mark.parametrize("row", HOSTILE, ids=[row["name"] for row in HOSTILE])
def test_a_hostile_program_gets_nothing_and_ends(row: dict[str, Any], bait: Bait) -> None:
    began = time.monotonic()
    outcome = ran(written(row, bait), seconds=SECONDS)
    assert time.monotonic() - began < PATIENCE
    assert (outcome.value is None) != (outcome.error is None)
    told = outcome.value or outcome.error or ""
    assert len(told) <= sandbox.RESULT
    assert SECRET not in told
    # which limit is met first depends on how fast the machine is
    ends = "MemoryError" if row.get("ends") == "limit" else row.get("ends", "")
    assert told.startswith((ends, "TimeoutError")), told
    assert bait.untouched()
    assert all(peak(worker) < MEMORY + OWN for worker in children(os.getpid()))
    assert ran("answer = 6 * 7") == Outcome("42")


def test_there_are_many_hostile_programs() -> None:
    assert len({row["source"] + row.get("repeat", "") for row in HOSTILE}) > 200


def test_bait_that_is_taken_is_noticed(tmp_path: Path) -> None:
    bait = Bait(tmp_path)
    assert bait.untouched()
    (tmp_path / "out").touch()
    assert not bait.untouched()
    (tmp_path / "out").unlink()
    bait.secret.chmod(0o600 if bait.mode & 0o077 else 0o644)
    assert not bait.untouched()
    bait.secret.chmod(bait.mode)
    with socket.create_connection(bait.listening.getsockname()):
        assert not bait.untouched()
    bait.listening.close()


def test_nothing_is_left_of_one_program_for_the_next() -> None:
    # in PAL's own code a program without a function is taken to have the one before it
    assert ran("def solution():\n    return 3", "solution()") == Outcome("3")
    assert ran("x = 1", "solution()").error == "NameError: name 'solution' is not defined"


def test_a_program_gives_the_same_each_time() -> None:
    source = "import random\nfrom datetime import datetime\n"
    source += "answer = str(random.random()) + str(datetime.now())"
    assert ran(source).value is not None
    assert ran(source) == ran(source)


def test_what_exceeds_a_limit_says_so_in_the_same_words_each_time() -> None:
    assert ran("while True:\n    pass", seconds=0.1).error == "TimeoutError: more than 0.1 seconds"
    assert ran("answer = 'a' * 10**10").error == (
        "MemoryError: more than 64 MiB, or 100,000 bytes printed"
    )


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("answer = 3 * 8", "24"),
        ("answer = 7 / 2", "3.5"),
        ("answer = 72 / 8", "9"),
        ("answer = 0.1 + 0.2", "0.3"),
        ("answer = 1e22", "1" + "0" * 22),
        ("answer = 1e-7", "0.0000001"),
        ("answer = 10 ** 30", "1" + "0" * 30),
        ("from decimal import Decimal\nanswer = Decimal('1.10') * 2", "2.20"),
        ("import math\nanswer = math.comb(5, 2) + math.gcd(12, 18)", "16"),
        ("answer = ''.join(w[-1] for w in 'Ivy Stone'.split())", "ye"),
        (
            "import datetime\nanswer = datetime.date(2024, 3, 1) - datetime.timedelta(1)",
            "02/29/2024",
        ),
        ("from datetime import datetime\nanswer = datetime(2024, 3, 1, 8)", "03/01/2024"),
        ("import itertools\nanswer = len(list(itertools.permutations('abcd')))", "24"),
        ("print('thinking')\nanswer = 1", "1"),
        ("x = {'a': 1}\nx['b'] = 2\nanswer = sum(v for v in x.values())", "3"),
        ("answer = round(2 / 3, 2)", "0.67"),
    ],
)
def test_a_good_program_gives_its_result_as_a_text(source: str, value: str) -> None:
    assert ran(source) == Outcome(value)


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("answer = 1 / 0", "ZeroDivisionError: division by zero"),
        ("answer = [1, 2]", "TypeError: the result is list, no number, text or date"),
        ("answer = None", "TypeError: the result is NoneType, no number, text or date"),
        ("answer = float('inf')", "TypeError: the result is not finite, no number, text or date"),
        ("answer = float('nan')", "TypeError: the result is not finite, no number, text or date"),
        ("answer = 10 ** 2000", "ValueError: the result has more than 1,000 characters"),
        ("answer = 10 ** 9000", "ValueError: the result has thousands of digits"),
        ("result = 1", "NameError: name 'answer' is not defined"),
        ("", "NameError: name 'answer' is not defined"),
    ],
)
def test_what_gives_no_result_says_why(source: str, error: str) -> None:
    assert ran(source) == Outcome(error=error)


NUMBERS = st.integers(-999, 999) | st.decimals(-99, 99, places=2).map(float)
EXPRESSIONS = st.recursive(
    NUMBERS.map(lambda number: f"({number!r})"),
    lambda inner: (
        st.tuples(inner, st.sampled_from("+ - * / // % **".split()), inner).map(
            lambda parts: f"({' '.join(parts)})"
        )
        | st.tuples(st.sampled_from(["abs", "round", "int", "-"]), inner).map(
            "{0[0]}({0[1]})".format
        )
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS)
def test_arithmetic_is_that_of_python(expression: str) -> None:
    powers = re.findall(r"\*\* \(+(-?[\d.]+)", expression)
    if any(abs(float(power)) > 20 for power in powers) or expression.count("**") > 1:
        return
    outcome = ran(f"answer = {expression}")
    try:
        expected = eval(expression)  # noqa: S307
    except TypeError:
        return  # of complex numbers, which the sandbox does not have
    except (ArithmeticError, ValueError) as error:
        expected = type(error).__name__
    if isinstance(expected, str):
        assert (outcome.error or "").startswith(expected)
        return
    if isinstance(expected, complex) or abs(expected) > 1e200:
        return
    found = outcome.value
    assert found is not None
    assert math.isclose(float(found), expected, rel_tol=1e-13, abs_tol=1e-300)
    if isinstance(expected, int):
        assert found == str(expected)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("+-*"), st.integers(-(10**9), 10**9)), max_size=9))
def test_whole_numbers_and_decimals_are_exact(steps: list[tuple[str, int]]) -> None:
    lines, exact = (
        ["from decimal import Decimal", "whole = 1", "cents = Decimal('0.01')"],
        Fraction(1),
    )
    cents = Decimal("0.01")
    for sign, number in steps:
        lines.append(f"whole = whole {sign} ({number})")
        exact = {"+": exact + number, "-": exact - number, "*": exact * number}[sign]
        lines.append(f"cents = cents {sign if sign != '*' else '+'} ({number})")
        cents = cents - number if sign == "-" else cents + number
    source = "\n".join(lines)
    assert ran(source, "whole").value == str(exact)
    assert Decimal(ran(source, "cents").value or "nan") == cents


def test_programs_run_side_by_side_and_leave_the_loop_free() -> None:
    async def several() -> tuple[list[Outcome], int]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        clock = asyncio.create_task(tick())
        sources = ["while True:\n    pass", *(f"answer = {n}" for n in range(20))]
        outcomes = await asyncio.gather(*(execute(s, seconds=0.5) for s in sources))
        clock.cancel()
        return outcomes, ticks

    [endless, *good], ticks = asyncio.run(several())
    assert endless.error == "TimeoutError: more than 0.5 seconds"
    assert [outcome.value for outcome in good] == [str(n) for n in range(20)]
    assert ticks > 3


def test_without_the_interpreter_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install 'reasoning-harness\[programs\]'"):
        ran("answer = 1")
