"""What a run took of energy and computation stands in its scores, by itself, also when it is run again."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.cli import main
from harness.energy.counters import Counters
from harness.errors import UserError
from harness.models.ledger import TABLE, Ledger
from harness.problem import Reply, Thought
from harness.records.racing import RaceRecord
from harness.records.scoring import Cost
from harness.request import Key
from harness.running.racing import race

WATTS = 40.0


class FortyWatts:
    """A piece of hardware as codecarbon has it, that always takes 40 watts."""

    total = 0.0

    def start(self) -> None:
        self.total = 0.0

    def measure_power_and_energy(self, last_duration: float) -> tuple[Any, Any]:
        joules = WATTS * last_duration
        self.total += joules
        return None, KiloWattHours(joules)


class KiloWattHours:
    """Energy as codecarbon has it."""

    JOULES_TO_KWH = 2.77778e-7

    def __init__(self, joules: float) -> None:
        self.kWh = joules * self.JOULES_TO_KWH


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a counter, whose idle power is measured quickly."""
    monkeypatch.setattr(
        "harness.running.metering.counters", lambda **_: Counters({"hardware": FortyWatts()})
    )
    monkeypatch.setattr(Counters, "idle", lambda machine: 10.0)


@pytest.fixture
def uncounted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any."""

    def none(*, required: bool) -> None:
        if required:
            raise UserError("energy cannot be measured: leave --energy out")

    monkeypatch.setattr("harness.running.metering.counters", none)


def ran(folder: Path, name: str = "run", **settings: Any) -> harness.Run:
    return harness.run(
        "reference",
        "coin_flip",
        settings.pop("strategies", "standard"),
        limit=4,
        output=folder / name,
        ledger=folder / "ledger.sqlite",
        progress=False,
        **settings,
    )


@pytest.mark.usefixtures("counted")
def test_joules_are_those_of_the_counter_while_replies_were_made(tmp_path: Path) -> None:
    began = time.perf_counter()
    [score] = ran(tmp_path).scores
    passed = time.perf_counter() - began
    assert score["joules"] == pytest.approx(WATTS * score["seconds"], rel=0.2)
    [(name, joules)] = score["energy"]["counted"].items()
    assert (name, score["energy"]["idle_watts"]) == ("hardware", 10.0)
    assert 0.8 * score["joules"] <= joules <= WATTS * passed
    noted = json.loads((tmp_path / "run" / "run.json").read_text())
    assert noted["energy"] == {"counters": ["hardware"], "idle_watts": 10.0, "carbon": None}


@pytest.mark.usefixtures("counted")
def test_what_the_ledger_knows_is_charged_what_it_once_took(tmp_path: Path) -> None:
    [first] = ran(tmp_path).scores
    [again] = ran(tmp_path, "again").scores
    assert again["joules"] == first["joules"] > 0
    assert again["flops"] == first["flops"]


@pytest.mark.usefixtures("counted")
def test_a_region_brings_grams_into_the_report(tmp_path: Path) -> None:
    pytest.importorskip("codecarbon")
    [score] = ran(tmp_path, region="FRA").scores
    assert score["carbon"]["region"] == "FRA"
    text = (tmp_path / "run" / "report.md").read_text()
    grams = score["joules"] / 3.6e6 * score["carbon"]["intensity"]
    assert f"| {grams:,.3g} |" in text
    assert f"FRA at {score['carbon']['intensity']:g} g a kWh (codecarbon" in text


def test_replies_from_before_anything_was_measured_leave_no_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("uncounted")
    [before] = ran(tmp_path).scores
    assert not {"joules", "energy", "carbon"} & set(before)
    request.getfixturevalue("counted")
    standard, other = ran(tmp_path, "more", strategies=["standard", "chain_of_thought"]).scores
    assert "joules" not in standard
    assert other["joules"] > 0


def raced(folder: Path, **settings: Any) -> RaceRecord:
    return race(
        "reference",
        "coin_flip",
        ["standard", "chain_of_thought"],
        limit=4,
        output=folder / "race",
        ledger=folder / "ledger.sqlite",
        cost="joules",
        progress=False,
        **settings,
    ).record


@pytest.mark.usefixtures("counted")
def test_a_race_can_be_about_joules(tmp_path: Path) -> None:
    record = raced(tmp_path, objective="accuracy-at-cost")
    assert record["spent"]["joules"] == pytest.approx(WATTS * record["spent"]["seconds"], rel=0.2)
    assert all(one["cost"] > 0 for one in record["contestants"])
    assert "Cost: joules for a problem." in (tmp_path / "race/report.md").read_text()
    noted = json.loads((tmp_path / "race/run.json").read_text())
    assert noted["energy"]["counters"] == ["hardware"]


def test_a_race_about_joules_is_refused_where_they_were_not_counted(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("uncounted")
    with pytest.raises(UserError, match="energy cannot be measured"):
        raced(tmp_path)
    ran(tmp_path)
    request.getfixturevalue("counted")
    with pytest.raises(UserError, match="nobody counted the joules: name another one"):
        raced(tmp_path)


def test_a_cost_is_not_known_once_a_part_of_it_is_not() -> None:
    cost = Cost()
    cost.took(Reply("", "end", 1, 0.0, joules=2.0))
    assert cost.joules == 2.0
    cost.took(Reply("", "end", 1, 0.0))
    cost.took(Reply("", "end", 1, 0.0, joules=2.0))
    assert cost.joules is None


@pytest.mark.usefixtures("uncounted")
def test_without_a_counter_a_run_that_asks_for_energy_is_refused_and_another_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = ["--ledger", str(tmp_path / "l"), "-o", str(tmp_path / "run")]
    chosen = ["-t", "coin_flip", "-s", "standard", "--limit", "2", *folders]
    with pytest.raises(SystemExit) as ended:
        main(["run", *chosen, "--energy"])
    assert ended.value.code == 2
    assert "energy cannot be measured" in capsys.readouterr().err
    pytest.importorskip("codecarbon")
    main(["run", *chosen, "--region", "DEU"], standalone_mode=False)
    said = capsys.readouterr()
    assert "energy is not measured here, so that nothing is said of carbon in DEU" in said.err
    assert "## Energy" not in (tmp_path / "run" / "report.md").read_text()


def test_operations_stand_in_the_scores_and_in_the_report(tmp_path: Path) -> None:
    column = "self_consistency:paths=3"
    [score] = ran(tmp_path, strategies=column, energy=False).scores
    flops = score["flops"]
    assert flops["prefill_alone"] > 3 * flops["prefill"] > 0
    whole = flops["prefill_alone"] + flops["decode"]
    saved = (flops["prefill_alone"] - flops["prefill"]) / whole
    row = f"| coin_flip | {column} | {flops['prefill'] / 4e9:.3g} | {flops['decode'] / 4e9:.3g} |"
    text = (tmp_path / "run" / "report.md").read_text()
    assert f"{row} {whole / 4e9:.3g} | {100 * saved:.1f} % |" in text


def test_a_ledger_of_the_version_before_gets_columns_for_joules_and_thoughts(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.put(Key("old"), Reply("said", "end", 1, -1.0))
    with closing(sqlite3.connect(path)) as connection:  # as version 2 had it
        old = TABLE.replace(", joules REAL, thought TEXT", "")
        old = old.replace("TABLE replies", "TABLE before")
        rows = connection.execute("SELECT * FROM replies").fetchall()
        connection.execute(old)
        connection.executemany(
            f"INSERT INTO before VALUES ({', '.join('?' * 15)})", [row[:-2] for row in rows]
        )
        connection.execute("DROP TABLE replies")
        connection.execute("ALTER TABLE before RENAME TO replies")
        connection.execute("PRAGMA user_version=2")
        connection.commit()
    with Ledger(path) as ledger:
        thought = Thought("so", 1, "end")
        ledger.put(Key("new"), Reply("said", "end", 1, -1.0, joules=3.5, thought=thought))
    with Ledger(path) as ledger:
        known = ledger.get([Key("old"), Key("new")])
    assert [known[Key(name)].joules for name in ("old", "new")] == [None, 3.5]
    assert [known[Key(name)].thought for name in ("old", "new")] == [None, thought]
