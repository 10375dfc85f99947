"""lighteval's details, in the columns of its releases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyarrow import Table, parquet  # type: ignore[import-untyped]

from harness.interop.rows import Row, Text
from harness.interop.source import sources
from tests.interop.found import found, only, reason


def detail(doc: dict[str, Any], text: list[str], **response: Any) -> dict[str, Any]:
    """A row as 0.11 to 0.13 write it; tokens and metrics are there, and are not read."""
    known = {
        "query": "Three boxes of 6 pens?", "choices": [" 18"], "gold_index": [0], "id": "7",
        "instruction": None, "specific": None, "task_name": "gsm8k|0", "num_samples": len(text),
    }  # fmt: skip
    answer = {
        "input": "Q: ...", "input_tokens": [1, 2], "text": text, "output_tokens": [[3]] * len(text),
        "text_post_processed": None, "reasonings": [None] * len(text), "logprobs": [],
    }  # fmt: skip
    return {"doc": known | doc, "metric": {"em": 1.0}, "model_response": answer | response}


def file(folder: Path, *rows: dict[str, Any], name: str = "details.parquet") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(Table.from_pylist(list(rows)), path)
    return path


def test_the_samples_of_a_problem_are_its_chains(tmp_path: Path) -> None:
    row = detail({}, ["It is 18.", "It is 20."], reasonings=["3 * 6", None])
    assert found(file(tmp_path, row)) == [
        (
            "lighteval",
            Row(
                gold=" 18",
                texts=(Text("<think>3 * 6</think>\nIt is 18."), Text("It is 20.")),
                id="7",
                question="Three boxes of 6 pens?",
                task="gsm8k|0",
            ),
        )
    ]


@pytest.mark.parametrize(
    ("choices", "index", "golds", "options"),
    [
        ([" red", " blue"], [1], (" blue",), (" red", " blue")),
        (["A", "B", "C"], [1], ("B",), ()),  # the question lists them
        (["7", "seven"], [0, 1], ("7", "seven"), ()),
        (["7", "7"], [0, 1], ("7",), ()),
    ],
)
def test_the_gold_is_where_the_index_says(
    tmp_path: Path,
    choices: list[str],
    index: list[int],
    golds: tuple[str, ...],
    options: tuple[str, ...],
) -> None:
    row = only(file(tmp_path, detail({"choices": choices, "gold_index": index}, ["x"])))
    assert (row.golds, row.choices) == (golds, options)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (detail({}, [], logprobs=[-1.0, -2.0]), "by log-likelihood"),
        (detail({}, []), "no texts"),
        (detail({"choices": []}, ["x"]), "it has no 'choices'"),
        (detail({"gold_index": [3]}, ["x"]), "its gold index [3] is no place among 1 choices"),
        (
            {"predictions": [-1.5, -2.5], "choices": ["a", "b"], "gold_index": [0]},
            "by log-likelihood",
        ),
    ],
)
def test_a_row_that_cannot_be_scored_says_why(
    tmp_path: Path, row: dict[str, Any], why: str
) -> None:
    assert why in reason(file(tmp_path, row))


@pytest.mark.parametrize(
    ("predictions", "gold"),
    [
        (["It is 18.", "20"], ["18"]),
        ([["It is 18.", "20"]], ["18"]),
        ("['It is 18.', '20']", "['18']"),
    ],
)
def test_rows_before_0_11_have_predictions(
    tmp_path: Path, predictions: object, gold: object
) -> None:
    """Some of their lists are written as texts."""
    before = {
        "example": "3 * 6?",
        "full_prompt": "Q: 3 * 6?",
        "metrics": {"em": 1.0},
        "padded": [0],
    }
    row = only(file(tmp_path, {**before, "predictions": predictions, "gold": gold}))
    assert [text.text for text in row.texts] == ["It is 18.", "20"]
    assert (row.gold, row.question) == ("18", "3 * 6?")


def test_its_folders_tell_the_model_and_its_name_the_task(tmp_path: Path) -> None:
    date = "2026-01-31T12-00-00.123456"
    name = f"details/org/model/{date}/details_gsm8k|0_{date}.parquet"
    [source] = sources([file(tmp_path, detail({}, ["18"]), name=name)])
    assert (source.model, source.task, source.unit) == ("org/model", "gsm8k|0", "row")
