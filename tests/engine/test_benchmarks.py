"""The programs that measure the engine run, small: so that they do not rot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

MODEL = Path(__file__).parents[2] / "harness/reference/model"
FOLDER = Path(__file__).parent.parent / "benchmarks"


def ran(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, FOLDER / program, *arguments], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_engine_is_measured_against_the_library(tmp_path: Path) -> None:
    file = tmp_path / "rounds.json"
    ran("engine.py", "against", str(file), "--model", str(MODEL), "--quick")
    rounds = json.loads(file.read_text())
    assert len(rounds) == 3
    for work in rounds:
        assert work["found"]["engine"] > 0
        assert work["found"]["generate"] > 0
        assert work["processor"]


def test_the_program_for_a_gpu_runs_on_a_processor(tmp_path: Path) -> None:
    file = tmp_path / "gpu.json"
    ran("gpu.py", str(file), "--small", "--device", "cpu")
    found = json.loads(file.read_text())["tiny"]
    assert 0 < found["KL, engine"] < 0.01
    assert found["broken rows that failed, of 4"] == 4
    assert found["neighbours that changed, of 4"] == 0
    assert found["rows after memory ran out"] == 2
    assert found["chains compared"] > 0
    assert found["differing"] == 0 or not found["bitwise claimed"]
    assert found["tokens/s, 4 slots"] > 0
