"""evalscope's reviews and predictions, as versions 0.17 and 1.14 write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness import UserError
from harness.interop.rows import Row, Text
from harness.interop.source import sources
from tests.interop.found import found, only, reason, written


def review(index: int, group: int, said: str, **more: Any) -> dict[str, Any]:
    messages = [
        {"id": "u", "content": "Three boxes of 6 pens?", "role": "user"},
        {"id": "a", "content": said, "role": "assistant", "model": "m"},
    ]
    score = {"value": {"acc": 1.0}, "extracted_prediction": "18", "prediction": f"extracted {said}"}
    told = {"score": score, "sample_id": index, "group_id": group, "sample_metadata": {}}
    return {"index": index, "target": ["18"], "messages": messages, "sample_score": told, **more}


def prediction(index: int, said: str) -> dict[str, Any]:
    content = [{"type": "reasoning", "reasoning": "3 * 6"}, {"type": "text", "text": said}]
    choice = {"message": {"content": content, "role": "assistant"}, "stop_reason": "max_tokens"}
    output = {"model": "m", "choices": [choice], "usage": {"input_tokens": 5, "output_tokens": 9}}
    asked = [{"role": "user", "content": "Three boxes of 6 pens?"}]
    return {"index": index, "model": "m", "model_output": output, "messages": asked, "metadata": {}}


def test_the_repeats_of_a_problem_are_its_chains_whatever_their_order(tmp_path: Path) -> None:
    reviews = [review(3, 1, "19"), review(1, 0, "b"), review(0, 0, "a"), review(2, 1, "18")]
    second, first = found(written(tmp_path, *reviews))
    texts = (Text("a"), Text("b"))
    row = Row("18", texts, id="0", question="Three boxes of 6 pens?")
    assert first == ("evalscope", row)
    assert [text.text for text in second[1].texts] == ["18", "19"]  # type: ignore[union-attr]


def test_the_golds_of_predictions_stand_in_the_reviews(tmp_path: Path) -> None:
    for folder in ("predictions/model", "reviews/model"):
        (tmp_path / folder).mkdir(parents=True)
    file = written(
        tmp_path / "predictions/model",
        prediction(0, "18."),
        prediction(5, "1"),
        name="gsm8k_main.jsonl",
    )
    with pytest.raises(
        UserError, match=r"golds stand in its reviews, .*: name the file of reviews"
    ):
        found(file)
    written(tmp_path / "reviews/model", review(0, 0, "18."), name="gsm8k_main.jsonl")
    missing, entry = found(file)
    assert missing == "index 5: its review is missing, and so its gold"
    assert entry[1].texts == (Text("<think>3 * 6</think>\n18.", "length", 9),)  # type: ignore[union-attr]
    [source] = sources([file])
    assert (source.model, source.task) == ("model", "gsm8k_main")


def test_reviews_of_1_0_have_the_input_and_the_prediction(tmp_path: Path) -> None:
    before = review(0, 0, "18.", target="18", input="3 * 6?", messages=[])
    row = only(written(tmp_path, before))
    assert (row.gold, row.question, row.texts) == ("18", "3 * 6?", (Text("extracted 18."),))


def test_before_1_0_all_generations_of_a_problem_are_on_one_line(tmp_path: Path) -> None:
    reviewed = {"gold": "18", "pred": "18", "result": 1.0}
    choices = [
        {"index": place, "message": {"content": said, "role": "assistant"}, "review": reviewed}
        for place, said in enumerate(["18", "19"])
    ]
    line = {"index": 4, "choices": choices, "raw_input": {"question": "3 * 6?"}, "reviewed": True}
    row = only(written(tmp_path, line))
    assert (row.id, row.gold, row.texts) == ("4", "18", (Text("18"), Text("19")))
    for choice in choices:
        del choice["review"]
    assert "name its file in reviews/ instead" in reason(written(tmp_path, line))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (review(0, 0, "x", target=None), "index 0: 'target' is null"),
        (review(0, 0, "x", sample_score=None), "index 0: its review has no score"),
    ],
)
def test_a_line_that_cannot_be_scored_says_why(tmp_path: Path, line: Any, why: str) -> None:
    assert reason(written(tmp_path, line)).startswith(why)
