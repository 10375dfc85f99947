"""How far a run is, told to somebody who reads a file: by the clock, and no more than is known."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import Chain, Problem, chain, direct, strategy, task
from harness.models.scripted import Scripted
from harness.records.scoring import Cost
from harness.running.progress import Lines, lasting
from harness.running.run import run


class Clock:
    """Time that passes only when the test says so: `sleep` ends when its moment has come."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._waiting: list[tuple[float, asyncio.Event]] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        self._waiting.append((self.now + seconds, event))
        await event.wait()

    async def pass_by(self, seconds: float) -> None:
        await asyncio.sleep(0)  # so that who wants to sleep does
        for _ in range(int(seconds)):
            self.now += 1
            for moment, event in self._waiting:
                if moment <= self.now:
                    event.set()
            for _ in range(3):
                await asyncio.sleep(0)


def test_a_column_is_told_at_its_start_every_minute_and_at_its_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def watch() -> None:
        clock, cost = Clock(), Cost()
        lines = Lines("a sums ask", 1000, cost, clock=clock, sleep=clock.sleep)
        async with lines.shown():
            assert capsys.readouterr().err == "a sums ask: 1,000 problems\n"
            await clock.pass_by(59)
            assert capsys.readouterr().err == ""
            await clock.pass_by(1)  # nothing has ended: nothing is known of what is left
            assert capsys.readouterr().err == "a sums ask: 0 of 1,000 problems\n"
            cost.generated_tokens, cost.seconds = 60_000, 50.0
            for _ in range(100):
                lines.advance()
            await clock.pass_by(60)
            assert capsys.readouterr().err == (
                "a sums ask: 100 of 1,000 problems, 1,200 tokens/s, about 18 min left\n"
            )
            for _ in range(900):
                lines.advance()
            await clock.pass_by(59)
        assert capsys.readouterr().err == ("a sums ask: 1,000 problems in 3 min, 1,200 tokens/s\n")

    asyncio.run(watch())


def test_what_ended_before_says_nothing_about_the_time_that_is_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def watch() -> None:
        clock = Clock()
        lines = Lines("a sums ask", 1000, Cost(), ended=400, clock=clock, sleep=clock.sleep)
        async with lines.shown():
            for _ in range(100):
                lines.advance()
            await clock.pass_by(60)
        assert "500 of 1,000 problems, about 5 min left" in capsys.readouterr().err

    asyncio.run(watch())


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.2, "0 s"), (59, "59 s"), (60, "1 min"), (7_170, "2 h"), (12_000, "3 h 20 min")],
)
def test_a_time_is_told_as_roughly_as_it_is_known(seconds: float, told: str) -> None:
    assert lasting(seconds) == told


@task()
def sums() -> Iterator[Problem]:
    """Two sums."""
    for number in range(2):
        yield Problem(f"sums/{number}", f"What is {number} + 1?", f"{number + 1}", "number")


@strategy
async def ask(problem: Problem, model: Any) -> list[Chain]:
    """Asks once."""
    return [chain(problem, reply) for reply in await model.sample(direct(problem))]


def test_a_run_writes_lines_where_there_is_no_terminal_and_nothing_where_it_is_not_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    model = Scripted(lambda text: "The answer is 1.", name="fake")
    run(model=model, tasks=sums, strategies=ask)
    first, last = capsys.readouterr().err.splitlines()
    assert first == "fake sums ask: 2 problems"
    assert last.startswith("fake sums ask: 2 problems in 0 s")
    run(model=model, tasks=sums, strategies=ask, progress=False)
    assert capsys.readouterr().err == ""
    run(model=model, tasks=sums, strategies=ask, progress=True)
    assert "100%" in capsys.readouterr().err
