"""Inspect's logs in JSON, as inspect_ai writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.interop.rows import Row, Text
from tests.interop.found import found, only, reason


def evaluated(sample: object, epoch: object = 1, content: object = "ANSWER: 5", **more: Any) -> Any:
    """A sample as Inspect's JSON logs (version 2) have it."""
    choice = {"message": {"role": "assistant", "content": content}, "stop_reason": "stop"}
    output = {"model": "m", "choices": [choice], "usage": {"output_tokens": 9}}
    return {
        "id": sample, "epoch": epoch, "input": "2 + 3?", "target": "5", "messages": [],
        "output": output, "scores": {}, "metadata": {}, **more,
    }  # fmt: skip


def log(folder: Path, *samples: object, indent: int | None = 2) -> Path:
    spec = {"task": "sums", "model": "org/m", "dataset": {}, "config": {"epochs": 2}}
    content = {"version": 2, "status": "success", "eval": spec, "samples": list(samples)}
    file = folder / "log.json"
    file.write_text(json.dumps(content, indent=indent), encoding="utf-8")
    return file


@pytest.mark.parametrize("indent", [None, 2])
def test_the_epochs_of_a_sample_are_its_chains(tmp_path: Path, indent: int | None) -> None:
    samples = [evaluated("a", 2, "it is 6"), evaluated("b"), evaluated("a", 1, "it is 5")]
    first, second = found(log(tmp_path, *samples, indent=indent))
    assert first == (
        "inspect",
        Row(
            gold="5",
            texts=(Text("it is 5", "stop", 9), Text("it is 6", "stop", 9)),
            id="a",
            question="2 + 3?",
            model="org/m",
            task="sums",
        ),
    )
    assert second[1].id == "b"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([{"type": "text", "text": "it "}, {"type": "text", "text": "is 5"}], "it is 5"),
        (
            [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "5"}],
            "<think>hm</think>\n5",
        ),
        (
            [{"type": "reasoning", "reasoning": "x", "redacted": True, "summary": "sums"}, "5"],
            "<think>sums</think>\n5",
        ),
        ([{"type": "image", "image": "data:"}, {"type": "text", "text": "5"}], "5"),
        ("attachment://ab", "a long text"),
    ],
)
def test_a_message_may_have_parts(tmp_path: Path, content: object, text: str) -> None:
    sample = evaluated(1, content=content, attachments={"ab": "a long text"})
    assert only(log(tmp_path, sample)).texts[0].text == text


def test_an_input_may_be_messages_and_an_output_several_choices(tmp_path: Path) -> None:
    asked = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2 + 3?"}]
    logprobs = {"content": [{"token": "5", "logprob": -0.5}, {"token": ".", "logprob": -0.25}]}
    choices = [
        {"message": {"content": "5."}, "stop_reason": "max_tokens", "logprobs": logprobs},
        {"message": {"content": "6"}, "stop_reason": "content_filter"},
    ]
    output = {"choices": choices, "usage": {"output_tokens": 3}}
    row = only(log(tmp_path, evaluated(1, input=asked, output=output, target=["5"])))
    assert row.question == "2 + 3?"
    # the tokens of several choices are known together alone
    assert row.texts == (Text("5.", "length", None, -0.75), Text("6"))


def test_an_epoch_that_failed_did_not_run(tmp_path: Path) -> None:
    failed: dict[str, Any] = {
        "output": {"choices": []},
        "error": {"message": "timed out", "traceback": "..."},
    }
    half, none = found(
        log(tmp_path, evaluated(1), evaluated(1, 2, **failed), evaluated(2, **failed))
    )
    assert half[1].texts == (Text("ANSWER: 5", "stop", 9),)  # type: ignore[union-attr]
    assert half[1].error is None  # type: ignore[union-attr]
    assert none[1].texts == ()  # type: ignore[union-attr]
    assert none[1].error == "timed out"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("samples", "why"),
    [
        ([evaluated(1, target=[])], "'target' is an empty list"),
        (
            [evaluated(1, target=["A", "B"], choices=["red", "blue", "green"])],
            "it asks for several options at once",
        ),
        ([evaluated(1), evaluated(1)], "two samples have the same id and epoch"),
        ([evaluated(1, epoch="one")], "'epoch' is no number"),
        ([evaluated(1, output={})], "no texts"),
        ([evaluated(1, content=7)], "a message has no text but 7"),
        ([evaluated(None)], "a sample has no id"),
        ([7], "a sample has no id"),
    ],
)
def test_a_sample_of_inspects_that_cannot_be_scored_says_why(
    tmp_path: Path, samples: list[object], why: str
) -> None:
    assert why in reason(log(tmp_path, *samples))
