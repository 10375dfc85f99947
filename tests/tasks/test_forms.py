"""The forms in which one data set is released, and what is said of a row in none of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness import Problem, UserError, direct, reasoned
from harness.catalogue.finding import find


def problems(
    tmp_path: Path, spec: str, *rows: dict[str, Any], name: str = "a.jsonl"
) -> list[Problem]:
    """What a task makes of rows in a file; the spec's options stand behind its path."""
    path = tmp_path / name
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    task, _, options = spec.partition(":")
    found = find(f"{task}:path={path}{',' if options else ''}{options}", "task")
    return list(found.function(**found.options))


CSQA = {
    "id": "x",
    "answerKey": "B",
    "question": {
        "stem": "Which?",
        "choices": [{"label": "A", "text": "fig"}, {"label": "B", "text": "plum"}],
    },
}
HUB_CSQA = {
    "id": "x",
    "answerKey": "B",
    "question": "Which?",
    "choices": {"label": ["A", "B"], "text": ["fig", "plum"]},
}


@pytest.mark.parametrize(
    ("spec", "rows", "answers"),
    [
        ("commonsenseqa", [CSQA], ["B"]),
        ("commonsenseqa", [HUB_CSQA], ["B"]),
        ("strategyqa", [{"qid": "1", "question": "q", "answer": False, "facts": []}], ["no"]),
        ("strategyqa", [{"input": "q", "target_scores": {"Yes": 1, "No": 0}}], ["yes"]),
        (
            "date_understanding",
            [{"input": "q", "target_scores": {"01/02/2021": 0, "02/01/2021": 1}}],
            ["02/01/2021"],
        ),
        (
            "date_understanding",
            [{"input": "q\nOptions:\n(A) 01/02/2021\n(B) 02/01/2021", "target": "(B)"}],
            ["02/01/2021"],
        ),
    ],
)
def test_each_form_of_a_release_gives_the_same_problems(
    tmp_path: Path, spec: str, rows: list[dict[str, Any]], answers: list[str]
) -> None:
    assert [problem.answer for problem in problems(tmp_path, spec, *rows)] == answers


@pytest.mark.parametrize(
    ("spec", "row", "said"),
    [
        (
            "commonsenseqa",
            {**HUB_CSQA, "answerKey": "C"},
            'the gold "C" is none of the labels A, B',
        ),
        ("commonsenseqa", {**HUB_CSQA, "choices": ["fig"]}, "not texts with labels"),
        ("date_understanding", {"input": "q\nOptions:\n(B) x", "target": "(B)"}, "lettered B"),
        ("date_understanding", {"input": "q\nOptions:\nx", "target": "x"}, "no letter and no dash"),
        ("date_understanding", {"input": "q", "target_scores": {}}, "no options with their scores"),
    ],
)
def test_a_row_in_no_known_form_is_named(
    tmp_path: Path, spec: str, row: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError) as caught:
        problems(tmp_path, spec, row)
    assert said in str(caught.value)
    assert "line 1" in str(caught.value)


def test_commonsense_examples_conclude_with_so_where_they_reason() -> None:
    from harness.problems.exemplars import exemplars

    examples = exemplars("commonsenseqa")
    assert "is cold. So the answer is (b)." in reasoned(examples[0], examples).plain()
    assert "A: The answer is (b)." in direct(examples[0], examples).plain()
