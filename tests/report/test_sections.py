"""The parts below the main table: which differences are real, and how far to trust the figures."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from harness.errors import UserError
from harness.report import differences
from harness.report.forms import markdown, terminal
from harness.report.report import report
from harness.report.section import Section, between, percent, probability, signed
from harness.report.sections import audit, costs


def score(strategy: str, right: int, problems: int = 40, **changes: Any) -> dict[str, Any]:
    """A column whose first `right` problems are right."""
    made: dict[str, Any] = {
        "model": "reference",
        "task": "arithmetic",
        "strategy": strategy,
        "label": strategy,
        "options": {},
        "problems": problems,
        "accuracy": right / problems,
        "interval": [0.1, 0.9],
        "generated_tokens": 100,
        "run": "one",
        "credits": {f"p{n}": float(n < right) for n in range(problems)},
        "clusters": None,
    }
    return made | changes


def found(*scores: dict[str, Any], baseline: str | None = None) -> Section | None:
    made = differences.differences(scores, [one["label"] for one in scores], baseline)
    return differences.section(made, several=len({one["model"] for one in scores}) > 1)


def test_every_strategy_is_held_against_greedy_chain_of_thought_or_else_the_first() -> None:
    made = found(score("standard", 10), score("chain_of_thought", 30), score("vote", 35))
    assert made is not None
    assert [row[:3] for row in made.rows] == [
        ("arithmetic", "standard", "-50.0 *"),
        ("arithmetic", "vote", "+12.5"),
    ]
    made = found(score("standard", 10), score("vote", 35))
    assert made is not None
    assert [row[:3] for row in made.rows] == [("arithmetic", "vote", "+62.5 *")]


def test_wins_and_losses_are_those_of_the_problems() -> None:
    first = score("chain_of_thought", 3, 4)
    second = score("vote", 3, 4, credits={"p0": 1.0, "p1": 0.0, "p2": 1.0, "p3": 1.0})
    made = found(first, second)
    assert made is not None
    row = dict(zip(made.columns, made.rows[0], strict=True))
    assert (row["points"], row["p"]) == ("+0.0", "1.00")
    assert [row[name] for name in ("wins", "losses", "both", "neither")] == ["1", "1", "2", "0"]
    assert row["needed"] == "–"


def test_another_baseline_can_be_named() -> None:
    scores = score("standard", 10), score("chain_of_thought", 30), score("vote", 35)
    made = found(*scores, baseline="vote")
    assert made is not None
    assert [row[1] for row in made.rows] == ["standard", "chain_of_thought"]
    with pytest.raises(UserError, match=r"no row is called 'voté' .did you mean 'vote'"):
        found(*scores, baseline="voté")


def test_columns_of_other_problems_are_never_compared_in_silence() -> None:
    made = found(score("chain_of_thought", 30), score("vote", 15, 20))
    assert made is not None
    assert made.rows[0][2] == "other problems: 40 and 20"
    assert set(made.rows[0][3:]) == {""}


def test_a_problem_that_failed_is_left_out_and_the_rest_is_compared() -> None:
    other = score("vote", 35)
    first = other["credits"].pop("p0")
    assert first == 1
    other["failed"] = {"p0": "ValueError: no"}
    made = found(score("chain_of_thought", 30), other)
    assert made is not None
    row = dict(zip(made.columns, made.rows[0], strict=True))
    counts = [row[name] for name in ("points", "wins", "losses", "both", "neither")]
    assert counts == ["+12.8", "5", "0", "29", "5"]
    assert made.caption.endswith(
        "vote on arithmetic: 39 of 40 problems ran in both columns; where those that failed count as "
        "wrong, the difference is +10.0 points."
    )


def test_what_failed_problems_cost_is_divided_by_them_as_well() -> None:
    whole = score("vote", 30, calls=80, prompt_tokens=800, generated_tokens=800, seconds=8.0)
    part = whole | {"problems": 30, "errors": 10}
    rows = [costs.section([one], ["vote"]) for one in (whole, part)]
    assert rows[0] is not None
    assert rows[0].rows[0][2:] == ("2.0", "20", "20", "0.200")
    assert rows[0] == rows[1]
    # of what others generated nobody counted what the failed ones cost
    assert costs.costs([part | {"origin": "scored from a.jsonl"}], "seconds")[0].each == 8 / 30


def test_columns_of_which_one_failed_everywhere_are_not_compared() -> None:
    other = score("vote", 0) | {"credits": {}, "failed": {f"p{n}": "no" for n in range(40)}}
    made = found(score("chain_of_thought", 30), other)
    assert made is not None
    assert made.rows[0][2] == "other problems: 40 and 0"


def test_models_are_held_against_the_same_strategy_of_the_first() -> None:
    made = found(
        score("chain_of_thought", 30),
        score("vote", 35),
        score("chain_of_thought", 20, model="other"),
        score("vote", 35, model="other"),
    )
    assert made is not None
    assert [row[1:4] for row in made.rows] == [
        ("reference, vote", "reference, chain_of_thought", "+12.5"),
        ("other, chain_of_thought", "reference, chain_of_thought", "-25.0 *"),
        ("other, vote", "other, chain_of_thought", "+37.5 *"),
    ]


def test_holm_is_over_the_rows_of_a_task() -> None:
    rows = [score(name, right) for name, right in (("chain_of_thought", 20), ("a", 26), ("b", 27))]
    alone = found(rows[0], rows[1])
    both = found(*rows, score("c", 28))
    assert alone is not None
    assert both is not None
    assert alone.rows[0][4:6] == ("0.031", "0.031")
    assert both.rows[2][4:6] == ("0.0078", "0.023")  # the smallest of three counts three times


def test_scores_without_samples_have_no_differences() -> None:
    first, second = score("a", 3), score("b", 4)
    del first["credits"], second["credits"]
    assert found(first, second) is None
    assert found(score("a", 3)) is None


DETAILS: dict[str, Any] = {
    "paths": {"chains": 80, "least": 2, "most": 2},
    "standard_errors": {"questions": 0.0712, "clusters": None, "chains": 0.031},
    "single_path": {"accuracy": 0.6, "interval": [0.5, 0.7], "first": 0.575},
    "rules": {"answer_phrase": 60, "unread": 20},
    "readings": {
        "flexible": {"single_path": 0.6, "first": 0.575, "accuracy": 0.75, "unread": 0.25},
        "strict": {"single_path": 0.5, "first": 0.5, "accuracy": 0.5, "unread": 0.5},
    },
    "curve": {"majority": [0.6, 0.6], "interval": [[0.5, 0.7], [0.52, 0.71]], "pass": [0.6, 0.8]},
    "calibration": {"ece": 0.123, "brier": 0.2, "auroc": None, "coverage": {"50": 0.9, "75": 0.8}},
}


def test_readings_stand_side_by_side() -> None:
    made = audit.readings([score("vote", 30, **DETAILS)], ["vote"])
    assert made is not None
    assert made.columns[2:4] == ("flexible", "strict")
    assert made.rows[0][2:] == (
        "60.0 → 75.0", "50.0 → 50.0", "25.0", "answer_phrase 75.0, unread 25.0",
    )  # fmt: skip


def test_paths_show_the_curve_and_certainty_its_errors() -> None:
    made = audit.paths([score("vote", 30, **DETAILS), score("greedy", 3)], ["vote", "greedy"])
    assert made is not None
    assert made.columns[2:] == ("maj@1", "maj@2", "95 %", "pass@n", "first path")
    assert made.rows == (("arithmetic", "vote", "60.0", "60.0", "[52.0–71.0]", "80.0", "57.5"),)
    certain = audit.certainty([score("vote", 30, **DETAILS)], ["vote"])
    assert certain is not None
    assert certain.rows[0][2:] == ("7.12", "–", "3.10", "0.123", "0.200", "–", "90.0", "80.0")


def test_older_scores_have_the_main_table_alone() -> None:
    made = report([score("a", 3) | {"credits": {}}])
    assert made.sections == ()
    assert made.markdown().count("|") > 4


def test_names_in_sections_are_shown_and_never_become_markup() -> None:
    made = found(score("chain_of_thought", 30), score("a|b<i>[red]", 10))
    assert made is not None
    assert r"a\|b\<i\>\[red\]" in markdown.section(made)
    console = Console(file=io.StringIO(), width=200)
    console.print(terminal.section(made))
    assert "a|b<i>[red]" in console.file.getvalue()  # type: ignore[attr-defined]


def test_figures_are_written_with_what_they_can_say() -> None:
    assert (percent(0.62), percent(None), signed(-0.047)) == ("62.0", "–", "-4.7")
    assert between((0.5, 0.75)) == "[50.0–75.0]"
    assert between((-0.01, 0.02), sign=True) == "[-1.0, +2.0]"
    assert between((None, None)) == ""
    assert [probability(p) for p in (1e-9, 0.00123, 0.0456, 0.5)] == [
        "< 0.0001", "0.0012", "0.046", "0.50",
    ]  # fmt: skip


def test_the_cost_of_a_problem_is_told_where_calls_were_counted() -> None:
    counted: dict[str, Any] = {"calls": 100, "prompt_tokens": 48_000, "seconds": 3.0}
    paid, idle = score("vote", 30, **counted), score("idle", 0) | counted | {"problems": 0}
    made = costs.section([score("old", 10), paid, idle], ["old", "vote", "idle"])
    assert made is not None
    assert made.rows == (("arithmetic", "vote", "2.5", "1,200", "2", "0.075"),)
    assert made in report([paid]).sections
    assert costs.section([score("old", 10)], ["old"]) is None
