"""lm-evaluation-harness's logged samples, as `lm_eval --log_samples` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.interop.rows import Text
from harness.interop.source import sources
from tests.interop.found import only, reason, written


def logged(doc_id: int, filter_: str, texts: Sequence[object], /, **more: Any) -> dict[str, Any]:
    """A row as `lm_eval --log_samples` (0.4.13) writes it."""
    return {
        "doc_id": doc_id,
        "doc": {"question": "Ann has 3 boxes of 6 pens. How many pens?", "answer": "..."},
        "target": "3 boxes of 6 are 3*6=<<3*6=18>>18 pens.\n#### 18",
        "arguments": {"gen_args_0": {"arg_0": "Q: ...\nA:", "arg_1": {"until": ["Q:"]}}},
        "resps": [list(texts)],
        "filtered_resps": ["[invalid]"],
        "filter": filter_,
        "metrics": ["exact_match"],
        "doc_hash": "d5", "prompt_hash": "44", "target_hash": "a2",
        "exact_match": 0.0,
        **more,
    }  # fmt: skip


def test_a_row_of_lm_evaluation_harness_has_its_repeats_before_any_filter(tmp_path: Path) -> None:
    row = only(written(tmp_path, logged(4, "strict-match", ["so 18", "no"])))
    assert row.gold.endswith("#### 18")
    assert row.texts == (Text("so 18"), Text("no"))
    assert (row.id, row.variant) == ("4", "strict-match")
    assert row.question == "Ann has 3 boxes of 6 pens. How many pens?"


@pytest.mark.parametrize(
    ("doc", "choices"),
    [
        ({"choices": ["red", "blue"]}, ("red", "blue")),
        ({"choices": {"text": ["red", "blue"], "label": ["A", "B"]}}, ("red", "blue")),
        ({"options": ["A)21", "B)22.5"]}, ("21", "22.5")),
        ({"options": [1, 2]}, ()),
        ({}, ()),
    ],
)
def test_the_options_are_those_of_its_data_set(
    tmp_path: Path, doc: dict[str, Any], choices: tuple[str, ...]
) -> None:
    row = only(written(tmp_path, logged(0, "none", ["B"], doc=doc, target="(B)")))
    assert row.choices == choices


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"resps": [["a"], ["b"]]}, "2 requests for one problem"),
        ({"resps": []}, "no texts"),
        ({"resps": [[]]}, "no texts"),
        ({"resps": "a"}, "no list of lists"),
        ({"resps": [[3]]}, "no text but 3"),
        ({"target": None}, "no 'target'"),
        ({"doc_id": None}, "'doc_id' is no number"),
    ],
)
def test_a_row_of_lm_evaluation_harness_without_texts_says_so(
    tmp_path: Path, more: dict[str, Any], why: str
) -> None:
    assert why in reason(written(tmp_path, logged(0, "none", ["a"], **more)))


def test_its_file_tells_the_task_and_the_results_beside_it_the_model(tmp_path: Path) -> None:
    date = "2026-01-31T12-00-00.123456"
    name = f"samples_gsm8k_cot_{date}.jsonl"
    [source] = sources([written(tmp_path, logged(0, "none", ["a"]), name=name)])
    assert (source.model, source.task) == (name.removesuffix(".jsonl"), "gsm8k_cot")
    (tmp_path / f"results_{date}.json").write_text('{"model_name": "org/model"}')
    [source] = sources([source.path])
    assert (source.model, source.task) == ("org/model", "gsm8k_cot")


@pytest.mark.parametrize(
    ("target", "golds"),
    [
        (["7", "seven"], ("7", "seven")),
        ("['7', 'seven']", ("7", "seven")),
        ('["7", "it\'s seven"]', ("7", "it's seven")),
        ("['7']", ("7",)),
        ("[1, 2]", ("[1, 2]",)),  # an interval, or whatever the task makes of it
        ("['a', b']", ("['a', b']",)),
        (7, ("7",)),
    ],
)
def test_a_target_may_be_a_list_of_which_any_is_right(
    tmp_path: Path, target: object, golds: tuple[str, ...]
) -> None:
    assert only(written(tmp_path, logged(0, "none", ["7"], target=target))).golds == golds


def test_the_texts_of_a_request_may_stand_without_its_list(tmp_path: Path) -> None:
    row = only(written(tmp_path, logged(0, "none", [], resps=["so 18", "no"])))
    assert row.texts == (Text("so 18"), Text("no"))


def test_its_files_are_known_by_name_in_every_form_that_the_hub_has(tmp_path: Path) -> None:
    for ending in ("jsonl", "json", "jsonl.gz"):
        name = f"samples_gsm8k_cot_2026-01-31T12-00-00.123456.{ending}"
        assert (
            sources([written(tmp_path, logged(0, "none", ["a"]), name=name)])[0].task == "gsm8k_cot"
        )
