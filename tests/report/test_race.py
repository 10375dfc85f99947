"""The report of a race: its first sentence, who left when and why, and its picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from harness.records.loading import read
from harness.records.racing import race_of, stored_race
from harness.report.forms import terminal
from harness.report.pictures.race import picture
from harness.report.report import report
from harness.report.sections.race import headlines, section

LOOK = {
    "problems": 16,
    "asked": [0, 1, 2],
    "tokens": 900.0,
    "ahead": {"0": [-0.5, -0.9, -0.1], "1": [0.02, -0.3, 0.4]},
}
RECORD: dict[str, Any] = {
    "schema": 1,
    "task": "sums",
    "model": "tiny",
    "problems": 500,
    "population": 500,
    "alpha": 0.05,
    "margin": 0.01,
    "objective": "accuracy",
    "measure": "tokens",
    "budget": None,
    "end": "sure",
    "asked": 16,
    "named": 2,
    "left": [2],
    "sure": [],
    "spent": {"tokens": 900.0, "seconds": 1.5},
    "full": {"tokens": 30000.0, "seconds": 45.0},
    "contestants": [
        {"label": "plain", "problems": 16, "accuracy": 0.25, "ahead": [-0.9, -0.1], "cost": 5.0,
         "tokens": 80, "errors": 0},
        {"label": "vote", "problems": 16, "accuracy": 0.77, "ahead": [-0.3, 0.4], "cost": 400.0,
         "tokens": 6400, "errors": 0},
        {"label": "thought", "problems": 16, "accuracy": 0.75, "ahead": [0.0, 0.0], "cost": 50.0,
         "tokens": 800, "errors": 0},
    ],
    "departures": [
        {"who": 0, "problems": 16, "reason": "worse", "other": 2, "log_e": 7.0},
        {"who": 1, "problems": 16, "reason": "margin", "other": 2, "log_e": 6.0},
    ],
    "looks": [LOOK],
}  # fmt: skip

OPEN = {"left": [1, 2], "departures": RECORD["departures"][:1]}


@pytest.mark.parametrize(
    ("change", "first"),
    [
        (
            {},
            "sums: take thought: it is the best of 3 or less than 1 point behind it, with 95 % "
            "confidence, after 16 of 500 problems.",
        ),
        (
            {"margin": 0.0, "end": "all asked"},
            "sums: take thought: on all 500 problems it is the best of 3.",
        ),
        (
            {**OPEN, "end": "budget", "budget": "1k tokens"},
            "sums: thought leads, but it is not sure: vote may be better; the budget of 1k tokens "
            "did not last for more than 16 of 500 problems.",
        ),
        (
            {**OPEN, "end": "all asked", "population": None},
            "sums: thought leads, but it is not sure: vote may be better; all 500 problems were asked "
            "(--limit makes more).",
        ),
        (
            {**OPEN, "end": "all asked"},
            "sums: take thought: on all 500 problems vote is no better, and no cheaper.",
        ),
        (
            {"objective": "accuracy-at-cost", "left": [0, 2], "sure": [0, 2]},
            "sums: the front of accuracy at cost is plain and thought, with 95 % confidence.",
        ),
        (
            {"objective": "accuracy-at-cost", "left": [0, 1, 2], "sure": [0, 2], "end": "budget"},
            "sums: on the front of accuracy at cost are with 95 % confidence plain and thought; "
            "vote may be.",
        ),
    ],
)
def test_the_first_sentence_is_the_answer(change: dict[str, Any], first: str) -> None:
    assert headlines({**RECORD, **change})[0] == first


def test_the_second_is_what_it_cost_and_what_a_table_would_have() -> None:
    assert headlines(RECORD)[1] == (
        "It took 900 tokens, 3 % of the 30,000 of a full table; "
        "1.5 seconds of generation, 3 % of the 45 of a full table."
    )


def test_every_strategy_has_a_row_with_why_it_left() -> None:
    part = section(RECORD)
    assert part.columns[4] == "to #3"
    assert part.rows == (
        ("1", "plain", "16", "25.0", "-50.0", "[-90.0, -10.0]", "5", "16: below #3"),
        ("2", "vote", "16", "77.0", "+2.0", "[-30.0, +40.0]", "400", "16: near #3"),
        ("3", "thought", "16", "75.0", "", "", "50", ""),
    )
    assert "the 500 problems of this race, drawn without replacement" in part.caption


def test_who_ran_on_no_problem_is_said_to_have_failed_and_is_no_rival() -> None:
    plain, vote, thought = RECORD["contestants"]
    change = {
        "left": [0, 2],
        "end": "all asked",
        "contestants": [{**plain, "errors": 16}, vote, thought],
    }
    assert headlines({**RECORD, **change})[0] == (
        "sums: take thought: on all 500 problems it is the best of 2 or less than 1 point behind it; "
        "plain failed on every problem."
    )
    row = section({**RECORD, **change, "departures": []}).rows[0]
    assert row == ("1", "plain", "16", "–", "", "", "5", "failed")
    front = {**change, "objective": "accuracy-at-cost", "left": [0, 1, 2], "sure": [1, 2]}
    assert headlines({**RECORD, **front})[0] == (
        "sums: the front of accuracy at cost is thought and vote, on all 500 problems; "
        "plain failed on every problem."
    )
    alone = [{**plain, "errors": 16}, {**vote, "errors": 16}, thought]
    assert (
        "take thought: no other one ran; plain and vote failed"
        in (headlines({**RECORD, **change, "contestants": alone})[0])
    )


def test_eighty_columns_hold_it() -> None:
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        console.print(terminal.section(section(RECORD)))
    lines = captured.get().splitlines()
    assert max(map(len, lines)) <= 80
    assert any("near #3" in one for one in lines)


def test_the_picture_has_a_panel_for_each_other_strategy() -> None:
    drawn = picture(RECORD)
    assert drawn is not None
    plain, vote = drawn.spec["concat"]
    assert plain["title"]["text"] == "plain"
    assert vote["title"]["subtitle"] == "out after 16: not worth more than thought"
    assert plain["data"]["values"] == [
        {"problems": 16, "mean": -0.5, "low": -0.9, "high": -0.1, "shown": "-50.0",
         "between": "[-90.0, -10.0]"}
    ]  # fmt: skip
    assert picture({**RECORD, "looks": []}) is None


def scores(directory: Path) -> None:
    """A run of two columns on other problems, as a race leaves it behind."""
    directory.mkdir()
    names = {"model": "tiny", "task": "sums", "options": {}, "generated_tokens": 9}
    rows = [
        {**names, "strategy": s, "problems": n, "accuracy": a, "interval": [0.1, 0.9]}
        for s, n, a in (("plain", 16, 0.2), ("thought", 32, 0.7))
    ]
    (directory / "scores.json").write_text(json.dumps({"schema": 1, "scores": rows}))


def test_a_report_of_a_race_begins_with_it_and_has_no_p_values(tmp_path: Path) -> None:
    scores(tmp_path / "race")
    without = report(read([tmp_path / "race"]))
    assert not without.headlines[0].startswith("sums: take")
    (tmp_path / "race" / "race.json").write_text(json.dumps(RECORD))
    whole = report(read([tmp_path / "race"]))
    assert whole.headlines == headlines(RECORD)
    assert whole.sections[0].title == "Race"
    assert "Differences" not in {part.title for part in whole.sections}
    assert not any(cell.best for row in whole.table.rows for cell in row.cells.values())


def test_a_race_is_known_by_its_own_directory_alone(tmp_path: Path) -> None:
    for name in ("one", "two"):
        scores(tmp_path / name)
        (tmp_path / name / "race.json").write_text(json.dumps(RECORD))
    assert race_of(read([tmp_path / "one"])) == RECORD
    assert race_of(read([tmp_path / "one", tmp_path / "two"])) is None
    (tmp_path / "two" / "race.json").write_text("{")
    assert stored_race(tmp_path / "two") is None
