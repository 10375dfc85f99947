"""Threads that wait give their core to others."""

from __future__ import annotations

import os
import subprocess
import sys

from harness.engine.threads import AGAIN, SPINS, TIMED, Team, wait_briefly


def test_a_user_who_said_how_to_wait_is_not_overruled() -> None:
    for said in ({"OMP_WAIT_POLICY": "active"}, {"GOMP_SPINCOUNT": "5"}, {"KMP_BLOCKTIME": "0"}):
        environment = dict(said)
        wait_briefly(environment)
        assert environment == said
    nothing: dict[str, str] = {}
    wait_briefly(nothing)
    assert nothing == {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": SPINS}


def test_it_is_said_before_torch_is_loaded() -> None:
    program = (
        "import os, sys, harness\n"
        "assert 'torch' not in sys.modules\n"
        "print(os.environ['OMP_WAIT_POLICY'], os.environ['GOMP_SPINCOUNT'])\n"
    )
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OMP_", "GOMP_", "KMP_"))
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=clean, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["passive", SPINS]


def test_the_number_of_threads_that_takes_least_is_found_for_each_size_and_found_anew() -> None:
    takes = {(1, "few"): 1.0, (2, "few"): 1.2, (1, "many"): 5.0, (2, "many"): 3.0}
    now, used = [0.0], [0]

    def use(number: int) -> None:
        used[0] = number

    team = Team((2, 1), use, clock=lambda: now[0])

    def passes(rows: int, count: int) -> list[int]:
        numbers = []
        for _ in range(count):
            with team.computing(rows):
                now[0] += takes[used[0], "few" if rows < 8 else "many"]
                numbers.append(used[0])
            assert used[0] == 2  # for whoever computes next
        return numbers

    assert passes(4, 12) == [2, 1] * TIMED + [1] * 6
    assert passes(100, 12) == [2, 1] + [2] * 10  # one was far behind
    takes[2, "few"] = 0.5  # the other program has ended
    assert passes(5, 2 * AGAIN)[-20:].count(2) >= 20 - TIMED


def test_a_pass_that_was_interrupted_does_not_decide() -> None:
    now = [0.0]
    said: list[int] = []
    team = Team((2, 1), said.append, clock=lambda: now[0])
    used: list[int] = []
    for place in range(30):
        with team.computing(4):
            used.append(said[-1])
            now[0] += 100 if place in (6, 9, 12) else used[-1]
    assert used[6:] == [1] * 24


def test_one_number_is_not_timed() -> None:
    team = Team((2,), lambda number: 1 / 0)  # type: ignore[arg-type]
    with team.computing(4):
        pass
