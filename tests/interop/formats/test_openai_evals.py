"""The logs of OpenAI's evals, as version 3 records them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.interop.rows import Row, Text
from tests.interop.found import found, only, reason, written

SPEC = {
    "spec": {
        "completion_fns": ["org/model"], "eval_name": "sums.dev.v0", "base_eval": "sums", "split": "dev",
        "run_config": {"seed": 1}, "created_by": "", "run_id": "26XY", "created_at": "2026-01-31",
    }
}  # fmt: skip
PROMPT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "3 * 6?"}]


def event(number: int, sample: str, kind: str, **data: Any) -> dict[str, Any]:
    return {
        "run_id": "26XY", "event_id": number, "sample_id": sample, "type": kind, "data": data,
        "created_by": "", "created_at": "2026-01-31 12:00:00+00:00",
    }  # fmt: skip


def sampled(number: int, sample: str, *said: str, prompt: object = PROMPT) -> dict[str, Any]:
    usage = {"completion_tokens": 7, "prompt_tokens": 5, "total_tokens": 12}
    return event(
        number, sample, "sampling", prompt=prompt, sampled=[*said], model="m-1", usage=usage
    )


def matched(number: int, sample: str, expected: object, **more: Any) -> dict[str, Any]:
    return event(number, sample, "match", correct=True, expected=expected, picked="18", **more)


def test_events_of_a_sample_make_its_row_though_others_stand_between(tmp_path: Path) -> None:
    log = [
        SPEC,
        sampled(0, "sums.dev.1", "It is 19."),
        sampled(1, "sums.dev.0", "It is 18."),
        matched(2, "sums.dev.0", "18"),
        matched(3, "sums.dev.1", ["20", "twenty"]),
        {"final_report": {"accuracy": 0.5}, "run_id": "26XY"},
    ]
    second, first = found(written(tmp_path, *log))
    assert first == (
        "OpenAI evals",
        Row("18", (Text("It is 18.", tokens=7),), "sums.dev.0", question="3 * 6?", model="org/model",
            task="sums.dev.v0"),
    )  # fmt: skip
    assert second[1].golds == ("20", "twenty")  # type: ignore[union-attr]


def test_several_texts_for_the_last_prompt_are_chains(tmp_path: Path) -> None:
    """What was asked before it, such as the reasoning of a chain of thought, is no answer."""
    log = [
        SPEC,
        sampled(0, "a", "3 boxes ...", prompt="Think."),
        sampled(1, "a", "18", "19", prompt="So?"),
        sampled(2, "a", "20", prompt="So?"),
        matched(3, "a", "18"),
    ]
    row = only(written(tmp_path, *log))
    assert ([text.text for text in row.texts], row.question) == (["18", "19", "20"], "So?")


def test_a_match_may_have_the_text_itself(tmp_path: Path) -> None:
    log = [
        {"spec": {"model_name": "m", "eval_name": "e"}},
        matched(0, "a", "18", sampled="It is 18."),
    ]
    assert only(written(tmp_path, *log)).texts == (Text("It is 18."),)


@pytest.mark.parametrize(
    ("events", "why"),
    [
        (
            [sampled(0, "a", "18")],
            "sample 'a': it has no 'expected', and so no gold: it was graded",
        ),
        ([matched(0, "a", "18")], "sample 'a': no texts"),
    ],
)
def test_a_sample_that_cannot_be_scored_says_why(
    tmp_path: Path, events: list[Any], why: str
) -> None:
    assert reason(written(tmp_path, SPEC, *events)).startswith(why)
