"""The samples of Every Eval Ever, of schema 0.2.1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.interop.rows import Row, Text
from tests.interop.found import only, reason, written


def instance(**more: Any) -> dict[str, Any]:
    return {
        "schema_version": "0.2.1", "evaluation_id": "gsm8k/org_model/1", "model_id": "org/model",
        "evaluation_name": "gsm8k", "sample_id": "12", "interaction_type": "single_turn",
        "input": {"raw": "3 * 6?", "formatted": "Q: 3 * 6?", "reference": ["18"], "choices": None},
        "output": {"raw": ["It is 18.", "19"], "reasoning_trace": ["hm", ""]}, "messages": None,
        "answer_attribution": [], "evaluation": {"score": 1.0, "is_correct": True}, **more,
    }  # fmt: skip


def test_the_outputs_of_a_sample_are_its_chains(tmp_path: Path) -> None:
    assert only(written(tmp_path, instance())) == Row(
        gold="18",
        texts=(Text("<think>hm</think>\nIt is 18."), Text("19")),
        id="12",
        question="3 * 6?",
        model="org/model",
        task="gsm8k",
    )


def test_of_a_conversation_the_last_that_the_model_said_is_read(tmp_path: Path) -> None:
    turns = [
        {"turn_idx": 0, "role": "user", "content": "3 * 6?"},
        {"turn_idx": 1, "role": "assistant", "content": "Shall I?"},
        {"turn_idx": 2, "role": "user", "content": "Do."},
        {"turn_idx": 3, "role": "assistant", "content": "18", "reasoning_trace": None},
    ]
    row = only(written(tmp_path, instance(output=None, messages=turns)))
    assert row.texts == (Text("18"),)


def test_references_that_are_listed_as_choices_are_no_options(tmp_path: Path) -> None:
    """As what was converted from HELM has them."""
    both = {"raw": "3 * 6?", "reference": ["18", "eighteen"], "choices": ["18", "eighteen"]}
    usage = {"input_tokens": 5, "output_tokens": 4, "total_tokens": 9}
    row = only(written(tmp_path, instance(input=both, output={"raw": ["18"]}, token_usage=usage)))
    assert (row.golds, row.choices) == (("18", "eighteen"), ())
    assert row.texts == (Text("18", tokens=4),)
    options = {"raw": "Which?", "reference": ["red"], "choices": ["red", "blue"]}
    assert only(written(tmp_path, instance(input=options))).choices == ("red", "blue")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"output": None}, "no texts"),
        ({"output": {"raw": [None]}}, "an output is no text but None"),
        ({"input": {"raw": "x", "reference": []}}, "'reference' is an empty list"),
        ({"input": "x"}, "'input' is no object but 'x'"),
    ],
)
def test_a_sample_that_cannot_be_scored_says_why(
    tmp_path: Path, more: dict[str, Any], why: str
) -> None:
    assert reason(written(tmp_path, instance(**more))) == why
