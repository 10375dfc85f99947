"""Problems are grouped by their tags: in order, in bins, each group with its interval."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.errors import UserError
from harness.report.report import report
from harness.report.sections.grouping import groups, wanted
from harness.report.writing import rendered
from harness.statistics import wilson

DEMO = Path(__file__).parents[3] / "results/reference/demo"


def score(tags: list[dict[str, Any]], right: int, **changes: Any) -> dict[str, Any]:
    """A column whose first `right` problems are right, with a problem for each of the tags."""
    made = {
        "model": "reference",
        "task": "arithmetic",
        "strategy": "vote",
        "label": "vote",
        "options": {"paths": 3},
        "run": "one",
        "problems": len(tags),
        "accuracy": right / len(tags),
        "interval": [0.1, 0.9],
        "generated_tokens": 100,
        "credits": {f"p{n}": float(n < right) for n in range(len(tags))},
        "clusters": None,
        "tags": {f"p{n}": own for n, own in enumerate(tags)},
    }
    return made | changes


def values(column: dict[str, Any], *by: str) -> list[tuple[tuple[str, ...], int]]:
    return [(group.values, group.problems) for group in groups([column], by)[0]]


def test_a_group_has_its_accuracy_n_and_interval() -> None:
    [[low, high]] = groups([score([{"steps": 2}] * 6 + [{"steps": 3}] * 2, 4)], ("steps",))
    assert (low.problems, low.accuracy, low.interval) == (6, 4 / 6, wilson(4, 6))
    assert (high.problems, high.accuracy, high.interval) == (2, 0.0, wilson(0, 2))


def test_numbers_sort_as_numbers_texts_by_alphabet_and_problems_without_come_last() -> None:
    tags: list[dict[str, Any]] = [{"t": one} for one in (10, "b", 9, "a")] + [{}]
    assert [one for (one,), _ in values(score(tags, 1), "t")] == ["9", "10", "a", "b", "–"]


def test_many_numbers_are_put_into_bins_that_are_about_equally_full() -> None:
    found = values(score([{"length": one} for one in range(60)], 1), "length")
    assert found[0] == (("0–9",), 10)
    assert found[-1] == (("50–59",), 10)
    heavy = values(score([{"length": max(0, one - 50)} for one in range(100)], 1), "length")
    assert heavy[0] == (("0",), 51)
    assert sum(size for _, size in heavy) == 100


def test_all_rows_of_a_task_have_the_same_bins() -> None:
    tags = [{"length": one} for one in range(60)]
    first, second = score(tags, 1), score(tags, 1, label="part")
    second["tags"] = dict(list(second["tags"].items())[:15])
    assert [one.values for one in groups([first, second], ("length",))[1]] == [("0–9",), ("10–19",)]


def test_several_tags_make_a_group_of_each_combination() -> None:
    tags = [{"steps": n % 2, "far": n // 2} for n in range(4)]
    found = values(score(tags, 1), "steps", "far")
    assert found == [(("0", "0"), 1), (("0", "1"), 1), (("1", "0"), 1), (("1", "1"), 1)]


def test_clusters_widen_the_interval_of_a_group() -> None:
    column = score([{"steps": 2}] * 8, 4)
    clusters = {f"p{n}": str(n // 2) for n in range(8)}
    [[alone]], [[shared]] = (
        groups([column | {"clusters": own}], ("steps",)) for own in (None, clusters)
    )
    assert shared.interval[1] - shared.interval[0] > alone.interval[1] - alone.interval[0]


def test_a_tag_that_no_problem_has_is_told_with_those_that_there_are() -> None:
    column = score([{"steps": 2, "far": 1}], 1)
    assert wanted([column], ["steps, far", "far"]) == (("steps", "far"), ("far",))
    with pytest.raises(
        UserError, match=r"tag 'stepz' .did you mean 'steps'.*: there are steps, far"
    ):
        wanted([column], ["stepz"])
    del column["tags"]
    with pytest.raises(UserError, match="or any: there is nothing to group by"):
        wanted([column], ["steps"])


def test_a_report_has_a_section_for_every_task_that_has_the_tag() -> None:
    column = score([{"<b>|": 2}] * 3 + [{"<b>|": 3}], 3)
    other = score([{}], 1, task="other")
    [made] = report([column, other], by=["<b>|"]).sections
    assert made.title == "arithmetic by <b>|"
    assert made.columns == ("strategy", "2, n = 3", "3, n = 1")
    assert made.rows[0] == ("vote", "100.0 [43.9–100.0]", "0.0 [0.0–79.3]")
    assert r"## arithmetic by \<b\>\|" in rendered([column], "markdown", by=["<b>|"])


def test_groups_of_other_sizes_say_theirs_in_the_cell() -> None:
    tags = [{"steps": 2}, {"steps": 2}]
    [made] = report([score(tags, 1), score(tags[:1], 1, label="part")], by=["steps"]).sections[-1:]
    assert made.columns == ("strategy", "2")
    assert [row[1][-5:] for row in made.rows] == ["n = 2", "n = 1"]


def test_many_groups_stand_below_each_other() -> None:
    [made] = report([score([{"name": f"{n:02}"} for n in range(12)], 1)], by=["name"]).sections
    assert made.columns == ("name", "vote")
    assert [row[0] for row in made.rows[:2]] == ["00, n = 1", "01, n = 1"]


def test_csv_has_a_line_per_group_and_json_the_groups_of_each_score() -> None:
    column = score([{"steps": 2}] * 3 + [{"steps": 3}], 3)
    first, second = csv.DictReader(io.StringIO(rendered([column], "csv", by=["steps"])))
    assert (first["by"], first["group"], first["problems"], first["accuracy"]) == (
        "steps", "2", "3", "1.0",
    )  # fmt: skip
    assert (second["group"], second["accuracy"], second["low"]) == ("3", "0.0", "0.0")
    [plain] = json.loads(rendered([column], "json", by=["steps"]))["scores"]
    assert [one["values"] for one in plain["groups"]] == [["2"], ["3"]]
    assert "tags" not in plain


def test_the_command_groups_draws_and_refuses(tmp_path: Path) -> None:
    words = ["report", str(DEMO), "--group-by", "steps", "--plots", str(tmp_path / "drawn")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert "arithmetic by steps" in done.stdout
    names = {file.name for file in (tmp_path / "drawn").iterdir()}
    assert {"accuracy.png", "accuracy.svg", "paths.svg", "by-steps.png"} <= names
    done = CliRunner().invoke(main, ["report", str(DEMO), "--group-by", "step"])
    assert done.exit_code == 2
    assert "did you mean 'steps'?" in done.stderr
    (tmp_path / "file").touch()
    done = CliRunner().invoke(main, ["report", str(DEMO), "--plots", str(tmp_path / "file")])
    assert done.exit_code == 2
    assert "no pictures can be written" in done.stderr
