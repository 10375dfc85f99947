"""Joules, what a correct answer costs of them, and operations: each figure by hand."""

from __future__ import annotations

from typing import Any

from harness.report.sections import energy

SCORE: dict[str, Any] = {
    "task": "gsm8k",
    "problems": 50,
    "errors": 0,
    "accuracy": 0.4,
    "seconds": 30.0,
    "joules": 3000.0,
    "energy": {"counted": {"GPUs (NVML)": 3300.0}, "seconds": 33.0, "idle_watts": 40.0},
    "carbon": {"region": "DEU", "intensity": 360.0, "source": "codecarbon 3.3.2"},
    "flops": {"prefill": 4e11, "decode": 1e11, "prefill_alone": 9e11},
}


def test_joules_are_told_by_problem_and_by_correct_answer_with_the_idle_part_and_carbon() -> None:
    made = energy.energy([SCORE], ["standard"])
    assert made is not None
    # 20 right; 30 s of 40 W idle; 3,000 J are a 1,200th of a kWh
    row = ("gsm8k", "standard", "3,000.0", "60", "150", "40%", "0.3")
    assert made.rows == (row,)
    assert "DEU at 360 g a kWh (codecarbon 3.3.2)" in made.caption
    assert "Counted: GPUs (NVML)." in made.caption


def test_what_was_not_measured_has_no_figure() -> None:
    assert energy.energy([{**SCORE, "joules": None}], ["standard"]) is None
    bare = {"task": "t", "problems": 2, "accuracy": 0.0, "seconds": 1.0, "joules": 5.0}
    made = energy.energy([bare], ["standard"])
    assert made is not None
    assert made.rows == (("t", "standard", "5.0", "2.5", "–", "–", "–"),)
    assert "Without --region" in made.caption
    assert energy.computation([bare], ["standard"]) is None


def test_operations_are_told_with_and_without_sharing() -> None:
    made = energy.computation([SCORE], ["standard"])
    assert made is not None
    assert made.rows == (("gsm8k", "standard", "8", "2", "20", "50.0 %"),)
