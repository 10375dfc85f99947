"""Tasks of lm-evaluation-harness that compare options: the choice is the one with the largest sum, as `acc`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.interop.scoring import score
from tests.interop.found import only, reason, written

OPTIONS = ("They melt.", "They freeze.", "They burn.")


def compared(
    sums: Sequence[object], target: object = 1, doc_id: int = 0, /, **more: Any
) -> dict[str, Any]:
    """A row of a task with `output_type: multiple_choice`, as 0.4.13 writes it."""
    asked = {
        f"gen_args_{place}": {"arg_0": "Question: What do ponds do?\nAnswer:", "arg_1": f" {said}"}
        for place, said in enumerate(OPTIONS)
    }
    return {
        "doc_id": doc_id,
        "doc": {"question": "What do ponds do?", "choices": {"text": list(OPTIONS)}},
        "target": target,
        "arguments": asked,
        "resps": [[[total, "False"]] for total in sums],
        "filtered_resps": [[total, "False"] for total in sums],
        "filter": "none",
        "metrics": ["acc", "acc_norm"],
        "acc": 0.0,
        **more,
    }


@pytest.mark.parametrize("target", [1, "1", " They freeze.", "They freeze.", [1], "[1]"], ids=repr)
def test_the_answer_is_the_option_with_the_largest_sum(tmp_path: Path, target: object) -> None:
    row = only(written(tmp_path, compared(["-4.5", "-2.25", "-3.0"], target)))
    assert (row.gold, row.accepted, row.kind) == ("B", (), "choice")
    assert row.choices == OPTIONS
    [text] = row.texts
    assert (text.text, text.logprob, text.rule) == ("B", -2.25, "likelihood")
    assert text.scores == {"A": -4.5, "B": -2.25, "C": -3.0}
    assert row.question == "What do ponds do?"


def test_of_equal_sums_the_first_is_taken_as_there(tmp_path: Path) -> None:
    assert only(written(tmp_path, compared([-2.0, -1.0, -1.0]))).texts[0].text == "B"


def test_several_options_may_be_right(tmp_path: Path) -> None:
    assert only(written(tmp_path, compared([-2.0, -1.0, -3.0], "[2, 0]"))).golds == ("C", "A")


def test_the_requests_may_be_a_list_and_options_letters(tmp_path: Path) -> None:
    pairs = [["Q\nAnswer:", f" {letter}"] for letter in "AB"]
    row = only(written(tmp_path, compared([-1, -2], 1, doc={"x": 1}, arguments=pairs)))
    assert (row.choices, row.gold, row.texts[0].text) == (("A", "B"), "B", "A")


def test_what_was_asked_once_more_behind_nothing_is_left_out(tmp_path: Path) -> None:
    pairs = [[before, f" {said}"] for before in ("Q:", "") for said in OPTIONS]
    row = only(written(tmp_path, compared([-3, -2, -1, -9, -0.5, -9], arguments=pairs)))
    assert row.texts[0].scores == {"A": -3.0, "B": -2.0, "C": -1.0}


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"target": 3}, "'target' is none of its 3 options: 3"),
        ({"target": "They sing."}, "'target' is none of its 3 options"),
        ({"target": None}, "no 'target'"),
        ({"resps": [[["-1", "False"]]]}, "3 'arguments' and 1 'resps'"),
        ({"resps": [[["-1", "False"]], [["nan", "True"]], [["-2", "True"]]]}, "is no number"),
        (
            {"resps": [[["-1", "False"]], [["x", "True"]], [[]]]},
            "no log-likelihood but ['x', 'True']",
        ),
        ({"arguments": [["Q", " a"]], "resps": [[[-1, True]]]}, "nothing to choose"),
        (
            {"arguments": [["Ann", " ran."], ["Ben", " ran."]], "resps": [[[-1, 0]], [[-2, 0]]]},
            "beginnings of one text",
        ),
    ],
)
def test_a_row_without_a_choice_says_so(tmp_path: Path, more: dict[str, Any], why: str) -> None:
    assert why in reason(written(tmp_path, compared([-1, -2, -3]) | more))


def test_its_accuracy_is_acc_and_no_other_reading_stands_beside_it(tmp_path: Path) -> None:
    rows = [
        compared([-1.0, -2.0, -3.0], 0, 0),
        compared([-1.0, -2.0, -3.0], 1, 1),
        compared([-9.0, -2.0, -3.0], "[1, 2]", 2),
        compared([-9.0, -8.0, -3.0], 2, 3),
    ]
    run = score([written(tmp_path, *rows)], output=tmp_path / "scored", progress=False)
    [entry] = run.scores
    assert entry["accuracy"] == 3 / 4
    assert entry["rules"] == {"likelihood": 4}
    assert set(entry["readings"]) == {"flexible", "strict"}
    assert entry["readings"]["strict"]["accuracy"] == 3 / 4
    [first, *_] = (tmp_path / "scored" / "samples.jsonl").read_text().splitlines()
    assert json.loads(first)["chains"][0]["scores"] == {"A": -1.0, "B": -2.0, "C": -3.0}
