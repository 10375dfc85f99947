"""The forms in which one data set is released, and what is said of a row in none of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness import Problem, UserError, direct, reasoned
from harness.catalogue.finding import find
from harness.problems.choosing import choose
from harness.problems.exemplars import exemplars


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


NUMERICAL = {"id": 1, "subfield": "Algebra", "question": "q", "answer_type": "Numerical"} | {
    "is_multiple_answer": False
}
BOXES = r"First \boxed{3}, then \boxed{\frac{10}{2}} in \boxed{\text{no}}, so \boxed{5}."
HUB_OPTIONS = {"label": ["1", "2", "3"], "text": ["fig", "plum", "pear"]}


@pytest.mark.parametrize(
    ("spec", "rows", "answers"),
    [
        ("arc", [{"id": "x", "question": "q", "choices": HUB_OPTIONS, "answerKey": "3"}], ["C"]),
        (
            "arc:level=easy",
            [
                {
                    "instruction": "Please choose the correct answer to the question: Is it 5: 3?\n\n"
                    "Answer1: It is. So it is. Answer2: Answer 3: no.\n\nAnswer format: answer1/answer2",
                    "answer": "answer2",
                }
            ],
            ["B"],
        ),
        (
            "openbookqa",
            [{"id": "x", "question_stem": "q", "choices": HUB_OPTIONS, "answerKey": "2"}],
            ["B"],
        ),
        (
            "math",
            [{"problem": "q", "level": "Level 3", "type": "Algebra", "solution": BOXES}],
            ["5"],
        ),
        (
            "math",
            [{"problem": "q", "level": 2, "type": "Algebra", "solution": "So \\boxed 7."}],
            ["7"],
        ),
        ("aime", [{"id": 4, "problem": "q", "answer": "025"}], ["25"]),
        ("amc", [{"id": 4, "question": "q", "answer": -1.0}], ["-1"]),
        ("boolq", [{"question": "is it", "passage": "It is.", "answer": False}], ["no"]),
        ("hotpotqa", [{"question": "q", "answer": "Ah! Me", "type": "bridge"}], ["Ah Me"]),
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
        ("arc", {"instruction": "Which?", "answer": "answer1"}, "no question with options"),
        (
            "math",
            {"problem": "q", "level": "1", "type": "Algebra", "solution": "So 5."},
            "the solution has no",
        ),
        (
            "math",
            {"problem": "q", "level": "1", "type": "Algebra", "solution": "So \\boxed{5."},
            "is not closed",
        ),
        (
            "olympiadbench",
            {**NUMERICAL, "final_answer": ["1", "2"]},
            'final_answer is ["1", "2"], not a list of one text',
        ),
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
    examples = exemplars("commonsenseqa")
    assert "is cold. So the answer is (b)." in reasoned(examples[0], examples).plain()
    assert "A: The answer is (b)." in direct(examples[0], examples).plain()


def test_a_name_of_examples_is_filled_from_the_tags_of_each_problem(tmp_path: Path) -> None:
    (tmp_path / "sum_a.json").write_text('[{"question": "1?", "answer": 1}]')
    (tmp_path / "sum_b.json").write_text('[{"question": "2?", "answer": 2}]')
    (tmp_path / "mine.py").write_text(
        "from harness import Problem, task\n"
        '@task(exemplars="sum_{part}.json")\n'
        "def mine(*, parts: str = 'ab'):\n"
        "    for part in parts:\n"
        "        yield Problem(part, 'q', '3', 'number', tags={'part': part})\n"
    )
    chosen = choose(find(f"{tmp_path}/mine.py", "task"))
    assert [p.exemplars[0].question for p in chosen.problems] == ["1?", "2?"]
    assert chosen.exemplars is not None
    assert [p.question for p in chosen.exemplars.problems] == ["1?", "2?"]
    alone = choose(find(f"{tmp_path}/mine.py:parts=b", "task"))
    assert alone.exemplars is not None
    assert alone.exemplars.name == "sum_b"


def test_an_example_may_close_in_another_language() -> None:
    examples = exemplars("mgsm_de")
    assert "A: Die Antwort ist 20." in direct(examples[0], examples).plain()
