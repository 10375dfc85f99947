"""The forms in which one data set is released, and what is said of a row in none of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness import Problem, UserError, asked, direct, reasoned
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


PAIR = {"premise": "It rains.", "hypothesis": "It is wet."}
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
        ("minerva", [{"question": "q", "answer": "7.75 \\times 10^{-5}"}], ["0.0000775"]),
        ("minerva", [{"problem": "q", "solution": BOXES, "type": "Optics", "idx": 0}], ["5"]),
        ("aime", [{"id": 4, "problem": "q", "answer": "025"}], ["25"]),
        ("amc", [{"id": 4, "question": "q", "answer": -1.0}], ["-1"]),
        ("anli", [{**PAIR, "uid": "x", "label": 2, "reason": "why"}], ["no"]),
        ("mnli", [{**PAIR, "label": 0}], ["yes"]),
        ("snli", [{**PAIR, "label": -1}, {**PAIR, "label": 1}], ["it is not possible to tell"]),
        ("rte", [{**PAIR, "label": 1}], ["no"]),
        ("sst2", [{"sentence": "s", "label": 1}], ["positive"]),
        ("qqp", [{"question1": "q", "question2": "r", "label": 1}], ["yes"]),
        ("wic", [{"word": "w", "sentence1": "s", "sentence2": "t", "label": 0}], ["no"]),
        ("wsc", [{"text": "t", "span1_text": "a", "span2_text": "b", "label": 1}], ["yes"]),
        ("piqa", [{"goal": "g", "sol1": "a", "sol2": "b", "label": 1}], ["B"]),
        (
            "winogrande",
            [{"sentence": "a _ b", "option1": "a", "option2": "b", "answer": "2"}],
            ["B"],
        ),
        (
            "mmlu",
            [{"question": "q", "subject": "law", "choices": ["a", "b", "c", "d"], "answer": 3}],
            ["D"],
        ),
        (
            "mmlu_pro",
            [{"question_id": 1, "question": "q", "options": ["a", "b"], "answer": "B"}],
            ["B"],
        ),
        (
            "mmlu_pro",
            [{"question": "q\n Options are:\nA. one\ntwo\nB. A. b", "answer": "B"}],
            ["B"],
        ),
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
        ("mmlu_pro", {"question": "q", "answer": "A"}, "neither a column options nor a line"),
        ("mnli", {**PAIR, "label": 3}, "the gold 3 is none of entailment, 0"),
        ("rte", {**PAIR, "label": 2}, "none of entailment, 0, not_entailment, 1"),
        ("sst2", {"sentence": "s", "label": 2}, 'the gold "2" is neither 0 nor 1'),
        ("winogrande", {"sentence": "a b", "option1": "a"}, "option1"),
        ("copa", {"question": "why", "premise": "p"}, "neither cause nor effect"),
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


@pytest.mark.parametrize(("wording", "begins"), [("1", "Premise: "), ("3", "Suppose ")])
def test_inference_is_asked_in_three_wordings_with_the_options_as_a_list(
    tmp_path: Path, wording: str, begins: str
) -> None:
    (problem,) = problems(tmp_path, f"mnli:wording={wording}", {**PAIR, "label": 0})
    assert problem.question.startswith(begins)
    assert asked(problem).endswith("\nOptions:\n- yes\n- no\n- it is not possible to tell")


def test_esnli_files_that_do_not_belong_together_are_named(tmp_path: Path) -> None:
    task = find(f"esnli:path={tmp_path}", "task")
    with pytest.raises(UserError, match=r"there is no file .*s1\.test"):
        list(task.function(**task.options))
    for name in ("s1.test", "s2.test", "labels.test"):
        (tmp_path / name).write_text("a\nb\n")
    (tmp_path / "preproc1_expl_1.test").write_text("a\n")
    with pytest.raises(UserError, match=r"differ in length"):
        list(task.function(**task.options))


def test_piqa_labels_lie_in_a_file_beside_the_rows(tmp_path: Path) -> None:
    row = {"goal": "g", "sol1": "a", "sol2": "b"}
    with pytest.raises(UserError, match=r"has no labels, and there is no file .*a-labels\.lst"):
        problems(tmp_path, "piqa", row)
    (tmp_path / "a-labels.lst").write_text("1\n0\n")
    assert [p.answer for p in problems(tmp_path, "piqa", row, {**row, "goal": "h"})] == ["B", "A"]
    with pytest.raises(UserError, match=r"line 3: the file of labels has no line for this row"):
        problems(tmp_path, "piqa", row, row, row)


def test_the_options_of_gpqa_stand_in_an_order_of_each_row(tmp_path: Path) -> None:
    rows = [
        {
            "Question": "q",
            "Correct Answer": "right",
            "Record ID": f"r{number}",
            "Subdomain": "Optics",
        }
        | {f"Incorrect Answer {place}": f"wrong {place}" for place in (1, 2, 3)}
        for number in range(40)
    ]
    first = problems(tmp_path, "gpqa", *rows)
    assert all(p.choices["ABCD".index(p.answer)] == "right" for p in first)
    assert {p.answer for p in first} == set("ABCD")
    assert [p.choices for p in problems(tmp_path, "gpqa", *rows)] == [p.choices for p in first]
    assert first[0].tags == {"subject": "Optics"}
