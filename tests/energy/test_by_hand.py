"""The column of `docs/energy.md`, added up by hand there, comes out of the same readings in the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.energy.counters import counters
from harness.energy.shares import Shares
from harness.problem import Reply
from harness.records.record import Column
from harness.records.scoring import Cost, score, tallied
from harness.report.sections import energy
from tests.test_documents import table

pytest.importorskip("codecarbon")

RANGE = 262_143_328_850


def number(text: str) -> float:
    return float(text.replace(",", ""))


def test_a_column_takes_as_many_joules_as_it_does_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for vendor in ("PYNVML_AVAILABLE", "AMDSMI_AVAILABLE"):
        monkeypatch.setattr(f"codecarbon.core.gpu.{vendor}", False)
    readings = table("docs/energy.md", "### A column by hand")
    place, now = tmp_path / "intel-rapl" / "subsystem", [0.0]

    def show(row: list[str]) -> None:
        now[0] = number(row[0])
        for package in (0, 1):
            folder = place / f"intel-rapl:{package}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "name").write_text(f"package-{package}\n")
            (folder / "max_energy_range_uj").write_text(f"{RANGE}\n")
            (folder / "energy_uj").write_text(f"{number(row[1 + package]):.0f}\n")

    show(readings[0])
    machine = counters(powercap=str(place), clock=lambda: now[0])
    assert machine is not None
    shares, cost = Shares(machine.joules, lambda: now[0]), Cost()
    for row in readings[1:]:
        show(row)
        seconds = float(row[4].split(", ")[1].removesuffix(" s"))
        reply = shares.charged(Reply("", "end", 1, 0.0, seconds=seconds))
        assert reply.joules == pytest.approx(number(row[5].split("= ")[1]), rel=1e-9)
        assert machine.joules() == pytest.approx(counted(readings, row), rel=1e-9)
        cost.took(reply)
    column = Column("model", "task", "standard", {})
    reported: dict[str, Any] = score(column, tallied(column), cost)
    assert (reported["joules"], reported["seconds"]) == (8.5, 2.0)
    made = energy.energy([{**reported, "problems": 2, "accuracy": 0.5}], ["standard"])
    assert made is not None
    assert made.rows[0][2:5] == ("8.5", "4.25", "8.5")


def counted(readings: list[list[str]], last: list[str]) -> float:
    """All joules up to this row, by the sums that stand in it."""
    rows = readings[1 : readings.index(last) + 1]
    return sum(float(part) for row in rows for part in row[3].split(" + "))
