"""Scores become tables: rows, columns, best marked, doubts told, in every form."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from harness.errors import UserError
from harness.records.loading import finished, read, titled
from harness.report.forms.csv import as_csv, as_json
from harness.report.forms.markdown import markdown
from harness.report.forms.terminal import drawn
from harness.report.table import Table, table


def score(strategy: str, accuracy: float, **changes: Any) -> dict[str, Any]:
    made = {
        "model": "reference",
        "task": "arithmetic",
        "strategy": strategy,
        "options": {},
        "problems": 500,
        "accuracy": accuracy,
        "interval": [round(accuracy - 0.05, 3), round(accuracy + 0.05, 3)],
        "unread": 0,
        "truncated": 0,
        "ties": 0,
        "errors": 0,
        "prompt_tokens": 1_000,
        "generated_tokens": 20_000,
        "seconds": 12.5,
        "run": "one",
        "label": strategy,
    }
    return made | changes


NOTHING = {
    "problems": 0,
    "accuracy": None,
    "interval": [None, None],
    "errors": 7,
    "generated_tokens": 0,
}
"""A column all of whose problems failed."""


def shown(made: Table, width: int = 200) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(drawn(made))
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def test_one_row_per_strategy_and_one_column_per_task_in_the_order_of_the_run() -> None:
    made = table(
        [
            score("zero_shot", 0.1),
            score("zero_shot", 0.5, task="coin_flip"),
            score("chain_of_thought", 0.4),
        ]
    )
    assert made.tasks == ("arithmetic", "coin_flip")
    assert [row.strategy for row in made.rows] == ["zero_shot", "chain_of_thought"]
    assert "coin_flip" not in made.rows[1].cells


def test_the_best_of_each_column_is_marked_and_what_reads_the_same_is_equally_good() -> None:
    made = table([score("a", 0.62), score("b", 0.6201), score("c", 0.6)])
    assert [row.cells["arithmetic"].best for row in made.rows] == [True, True, False]
    assert shown(made).count("62.0* [") == 2


def test_where_all_are_equal_none_is_best() -> None:
    for scores in (
        [score("a", 0.5)],
        [score("a", 0.5), score("b", 0.5)],
        [score("a", 0) | NOTHING],
    ):
        assert not any(row.cells["arithmetic"].best for row in table(scores).rows)


def test_the_cost_is_tokens_per_problem_over_all_tasks() -> None:
    made = table([score("a", 0.5), score("a", 0.5, task="b", problems=100, generated_tokens=4_000)])
    assert made.rows[0].tokens == 24_000 / 600


def test_a_run_of_no_problems_costs_nothing_and_divides_by_nothing() -> None:
    made = table([score("a", 0.0, problems=0, generated_tokens=0)])
    assert made.rows[0].tokens == 0


def test_what_qualifies_an_accuracy_stands_below_and_only_where_there_is_some() -> None:
    made = table(
        [
            score("a", 0.5, unread=3, errors=1, ties=2),
            score("a", 0.5, task="b", truncated=5),
            score("b", 0.5),
        ]
    )
    assert made.notes == ("a: arithmetic 1 error, 3 unread, 2 ties; b 5 truncated",)


def test_models_are_told_apart() -> None:
    made = table([score("a", 0.5), score("a", 0.6, model="other")])
    assert made.models == ("reference", "other")
    assert [row.cells["arithmetic"].best for row in made.rows] == [False, True]
    assert markdown(made).startswith("| model | strategy |")


def test_two_runs_of_the_same_thing_are_two_rows_named_by_their_directories() -> None:
    made = table([score("a", 0.5), score("a", 0.6, run="two"), score("b", 0.4)])
    assert [row.strategy for row in made.rows] == ["a (one)", "a (two)", "b"]


def test_a_strategy_is_called_as_its_run_calls_it(tmp_path: Path) -> None:
    options = {"paths": 10, "temperature": 0.7}
    named = {"name": "a", "options": options, "label": "a:paths=10"}
    (tmp_path / "run.json").write_text(json.dumps({"strategies": [named]}), encoding="utf-8")
    (tmp_path / "scores.json").write_text(as_json([score("a", 0.62, options=options)]))
    assert table(read([tmp_path])).rows[0].strategy == "a:paths=10"


def test_a_strategy_has_all_its_options_where_its_run_is_not_known(tmp_path: Path) -> None:
    content = as_json([score("a", 0.62, options={"paths": 3, "stop": None}), score("b", 0.5)])
    (tmp_path / "scores.json").write_text(content, encoding="utf-8")
    assert [row.strategy for row in table(read([tmp_path])).rows] == ["a:paths=3,stop=None", "b"]


def test_rows_that_others_generated_are_marked_and_never_joined_with_a_run_of_ours(
    tmp_path: Path,
) -> None:
    own, theirs = tmp_path / "own", tmp_path / "theirs"
    for directory, task in ((own, "a"), (theirs, "b")):
        directory.mkdir()
        (directory / "scores.json").write_text(as_json([score("cot", 0.5, task=task)]))
    files = [{"file": f"/some/where/{name}.jsonl"} for name in ("one", "two", "three", "four")]
    manifest = {"origin": "scored from elsewhere", "sources": files}
    (theirs / "run.json").write_text(json.dumps(manifest), encoding="utf-8")
    scores = read([own, theirs])
    made = table(scores)
    assert [row.title for row in made.rows] == [f"cot ({own})", f"cot ({theirs}) §"]
    origin = "scored from one.jsonl, two.jsonl, three.jsonl and 1 more"
    assert made.notes == (f"§ {origin}",)
    assert f"cot ({theirs}) §" in markdown(made)
    assert f"§ {origin}" in shown(made)
    rows = list(csv.DictReader(io.StringIO(as_csv(scores))))
    assert [row["origin"] for row in rows] == ["", origin]


def test_a_column_where_no_problem_ran_has_no_accuracy() -> None:
    made = table([score("a", 0.5), score("b", 0) | NOTHING])
    assert made.notes == ("b: arithmetic 7 errors",)
    assert "| b | – n = 0 | 0 |" in markdown(made)
    assert "–  n=0" in shown(made)


def test_a_run_is_finished_when_it_says_so(tmp_path: Path) -> None:
    assert finished(tmp_path)  # scores alone, from elsewhere
    (tmp_path / "run.json").write_text('{"status": "running"}', encoding="utf-8")
    assert not finished(tmp_path)
    (tmp_path / "run.json").write_text('{"status": "finished"}', encoding="utf-8")
    assert finished(tmp_path)


def test_markdown_has_n_in_the_heading_where_it_is_one_for_all() -> None:
    text = markdown(table([score("a", 0.62), score("b", 0.5)]))
    assert text.splitlines()[:5] == [
        "Model: reference",
        "",
        "| strategy | arithmetic, n = 500 | tokens |",
        "| --- | ---: | ---: |",
        "| a | **62.0** [57.0–67.0] | 40 |",
    ]


def test_markdown_has_n_in_the_cell_where_it_differs() -> None:
    text = markdown(table([score("a", 0.62), score("b", 0.5, problems=20)]))
    assert "| strategy | arithmetic | tokens |" in text
    assert "50.0 [45.0–55.0] n = 20" in text


def test_names_are_shown_and_never_become_markup() -> None:
    hostile = "a|b<script>`x`\n[red]*c*"
    made = table([score(hostile, 0.5, task="[bold]t", unread=1)])
    lines = markdown(made).splitlines()
    assert r"a\|b\<script\>\`x\` \[red\]\*c\*" in lines[4]
    assert "[bold]t" in shown(made)
    assert "<script>`x`" in shown(made)


def test_underscores_inside_names_stay_readable_in_markdown() -> None:
    assert "| zero_shot |" in markdown(table([score("zero_shot", 0.5)]))


def test_the_terminal_shows_the_same_figures() -> None:
    text = shown(table([score("zero_shot", 0.1), score("chain_of_thought", 0.62)]))
    assert "62.0* [57.0–67.0]" in text
    assert "n = 500" in text
    assert "Model: reference" in text


def test_the_terminal_never_breaks_a_number() -> None:
    scores = [score("zero_shot_chain_of_thought", 0.6, task=t) for t in ("a", "b", "c")]
    text = shown(table(scores), width=60)
    assert text.count("60.0") == 3
    assert text.count("[55.0–65.0]") == 3


def test_csv_has_one_line_per_score() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv([score("a", 0.62, options={"paths": 3})]))))
    assert len(rows) == 1
    assert (rows[0]["accuracy"], rows[0]["low"], rows[0]["problems"]) == ("0.62", "0.57", "500")
    assert json.loads(rows[0]["options"]) == {"paths": 3}


def test_json_is_the_format_that_it_was_read_from(tmp_path: Path) -> None:
    (tmp_path / "scores.json").write_text(as_json([score("a", 0.62)]), encoding="utf-8")
    assert read([tmp_path]) == [score("a", 0.62, run=str(tmp_path))]


def test_a_directory_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "scores.json").write_text(as_json([score("a", 0.62)]), encoding="utf-8")
    assert len(read([tmp_path, tmp_path / "."])) == 1


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "holds no run"),
        ({"samples.jsonl": ""}, "not finished: give the same `harness run` command again"),
        ({"scores.json": "{"}, "is not JSON"),
        ({"scores.json": "[]"}, "is not a file of scores"),
        ({"scores.json": '{"schema": 9, "scores": []}'}, "schema 9"),
        ({"scores.json": '{"schema": 1, "scores": [{}]}'}, "score 1 has no usable 'model'"),
    ],
)
def test_what_is_no_run_is_refused_with_its_reason(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        read([tmp_path])


@pytest.mark.parametrize("field", ["accuracy", "generated_tokens", "interval"])
def test_scores_that_lack_what_may_be_null_are_refused_as_well(tmp_path: Path, field: str) -> None:
    lacking = {key: value for key, value in score("a", 0.5).items() if key != field}
    (tmp_path / "scores.json").write_text(as_json([lacking]), encoding="utf-8")
    with pytest.raises(UserError, match=f"score 1 has no usable '{field}'"):
        read([tmp_path])


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a folder"):
        read([tmp_path / "none"])


def test_an_accuracy_of_which_many_chains_were_cut_off_is_marked() -> None:
    scores = [
        score("few", 0.5, cut_off=50, paths={"chains": 1000}),
        score("many", 0.5, cut_off=51, paths={"chains": 1000}),
    ]
    text = markdown(table(scores))
    assert "| few | 50.0 [45.0–55.0] |" in text
    assert "| many | 50.0‡ [45.0–55.0] |" in text
    assert "‡ more than 5 % of its chains were cut off: --max-tokens raises their limit." in text
    assert "‡" not in markdown(table(scores[:1]))


def test_what_a_run_said_for_all_strategies_stands_below(tmp_path: Path) -> None:
    said = {"config": "model", "max_tokens": 16, "temperature": 0.7}
    for name, overrides in (("a", said), ("b", {"config": "ours", "max_tokens": None})):
        (tmp_path / name).mkdir()
        (tmp_path / name / "scores.json").write_text(
            json.dumps({"schema": 1, "scores": [score(name, 0.5)]})
        )
        (tmp_path / name / "run.json").write_text(json.dumps({"overrides": overrides}))
    settings = "--generation-config model, what the model's makers suggest"
    line = f"{settings}, --max-tokens 16, --temperature 0.7"
    [one], [other] = titled(tmp_path / "a"), titled(tmp_path / "b")
    assert table([one]).notes == (f"Settings for all strategies: {line}",)
    assert table([one, other]).notes == (f"a: {line}",)
    assert table([other]).notes == ()
