"""One's own problems from a file: formats, kinds, options, and faults that are told with their line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness.tasks.files import Table, file_rows
from harness.tasks.rows import rows

from harness import Problem, UserError

SUMS = [{"question": "1 + 1?", "answer": 2.0}, {"question": "Half of 2,400?", "answer": "1,200"}]


def made(tmp_path: Path, name: str, content: str) -> str:
    path = tmp_path / name
    path.write_bytes(content.encode())
    return str(path)


def told(path: str, **options: object) -> str:
    with pytest.raises(UserError) as caught:
        list(rows(path=path, **options))
    message = str(caught.value)
    assert "\n" not in message
    return message


def answers(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(problem.answer, problem.kind) for problem in problems]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", json.dumps(SUMS)),
        ("a.jsonl", "\n".join(map(json.dumps, SUMS))),
        ("a.csv", 'question,answer\r\n1 + 1?,2.0\r\n"Half of 2,400?","1,200"'),
        ("a.tsv", "question\tanswer\n1 + 1?\t2.0\n\nHalf of 2,400?\t1,200\n"),
    ],
)
def test_rows_of_every_format_are_problems(tmp_path: Path, name: str, content: str) -> None:
    problems = list(rows(path=made(tmp_path, name, content)))
    assert [problem.question for problem in problems] == ["1 + 1?", "Half of 2,400?"]
    assert answers(problems) == [("2", "number"), ("1200", "number")]
    assert [problem.id for problem in problems] == ["rows/a/0000", "rows/a/0001"]


def test_rows_of_parquet_are_problems(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    row = {"question": "Which?", "answer": "fig", "choices": ["plum", "fig"]}
    parquet.write_table(pyarrow.Table.from_pylist([row]), tmp_path / "a.parquet")
    (problem,) = rows(path=str(tmp_path / "a.parquet"), choices="choices")
    assert (problem.answer, problem.choices) == ("B", ("plum", "fig"))


def test_columns_have_the_names_that_the_options_say(tmp_path: Path) -> None:
    row = {"q": "Is it?", "gold": True, "key": "x7", "why": "It is."}
    path = made(tmp_path, "a.json", json.dumps([row]))
    (problem,) = rows(path=path, question="q", answer="gold", name="key", rationale="why")
    assert (problem.id, problem.answer, problem.kind) == ("rows/a/x7", "yes", "yes_no")
    assert problem.rationales == ("It is.",)


@pytest.mark.parametrize(
    ("header", "cells", "options"),
    [
        ("o", "plum|fig|pear", {"choices": "o"}),
        ("o", '"[""plum"", ""fig"", ""pear""]"', {"choices": "o"}),
        ("o1,o2,o3", "plum,fig,pear", {"choices": "o1,o2,o3"}),
        ("other", "x", {"choices": "plum|fig|pear"}),
    ],
)
@pytest.mark.parametrize(
    ("gold", "more"), [("B", {}), ("fig", {}), ("1", {"count_from": 0}), ("2", {"count_from": 1})]
)
def test_options_stand_in_one_column_in_several_or_in_the_spec(
    tmp_path: Path,
    header: str,
    cells: str,
    options: dict[str, str],
    gold: str,
    more: dict[str, int],
) -> None:
    path = made(tmp_path, "a.csv", f"question,answer,{header}\nWhich?,{gold},{cells}\n")
    (problem,) = rows(path=path, **options, **more)
    assert (problem.answer, problem.choices) == ("B", ("plum", "fig", "pear"))


def test_labels_are_golds_of_a_fixed_list(tmp_path: Path) -> None:
    path = made(tmp_path, "a.csv", "question,answer\nFine?,Positive\nBad?,negative\n")
    problems = list(rows(path=path, choices="positive|negative", kind="label"))
    assert answers(problems) == [("positive", "label"), ("negative", "label")]


def test_faults_are_told_together_each_with_its_line(tmp_path: Path) -> None:
    golds = ["2", "two of them", "3", "x y", "", "none at all", "5"]
    path = made(
        tmp_path, "a.csv", "question,answer\n" + "\n".join(f'"How many\n?",{g}' for g in golds)
    )
    message = told(path, kind="number")
    assert message.startswith("rows: 4 of 7 rows cannot be used: ")
    assert 'a.csv, line 4: the gold "two of them" is no answer of the kind number; ' in message
    assert "a.csv, line 8: " in message
    assert message.endswith("; and 1 more")


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (
            "question,answer\nq,a b c,d\n",
            {},
            "line 2: 3 cells, not 2; the columns are question, an",
        ),
        ('question,answer\nq,"a\n', {}, "a.csv, line 2: no table"),
        ("q,a\nx,1\n", {}, "no column question; the columns are q, a"),
        ("question,answer\nq,red\n", {}, "neither all numbers nor all yes or no: say kind="),
        (
            "question,answer\nq,C\n",
            {"choices": "x|y"},
            'the gold "C" is no answer of the kind choice',
        ),
        ("question,answer\nq,3\n", {"choices": "x|y", "count_from": 1}, "no number from 1 to 2"),
        ("question,answer,o\nq,A,x\n", {"choices": "o"}, 'o is ["x"], not a list of 2 to 26'),
        ("question,answer\nq,1\n", {"kind": "nmber"}, "there is no kind 'nmber'"),
        ("question,answer\n ,1\n", {}, 'line 2: question is " ", not a text'),
    ],
)
def test_what_does_not_fit_is_one_line(
    tmp_path: Path, content: str, options: dict[str, object], said: str
) -> None:
    assert said in told(made(tmp_path, "a.csv", content), **options)


def test_without_a_file_it_says_how_to_name_one() -> None:
    with pytest.raises(UserError, match=r"rows:path=mine\.csv"):
        rows()


def test_a_table_without_a_header_and_with_quotes_of_its_own(tmp_path: Path) -> None:
    path = made(tmp_path, "a.tsv", 'He said "one\t1\n')
    placed = list(file_rows(path, Table(("question", "answer"), quoted=False)))
    assert placed == [(f"{path}, line 1", {"question": 'He said "one', "answer": "1"})]
