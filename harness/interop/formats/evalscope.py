"""evalscope's reviews and predictions: a generation on each line, in the order in which they ended.

A prediction has no gold: that stands in the review of the same name, in `reviews/` instead of
`predictions/`. The repeats of a problem are its chains. Versions before 1.0 have all generations of a
problem on one line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.interop.formats.inspect_logs import content as said
from harness.interop.formats.inspect_logs import texts as generated
from harness.interop.rows import Row, Text, Unusable, asked, golds, parts, shown

NAME = "evalscope"

PREDICTIONS, REVIEWS = "predictions", "reviews"
"""The folders of a run: in each, a folder for every model."""


def named(file: Path) -> tuple[str | None, str | None]:
    """The model and the task of a file: its folder is called after the model."""
    folder = file.absolute().parent
    ours = folder.parent.name in (PREDICTIONS, REVIEWS)
    return (folder.name, file.stem) if ours else (None, None)


def recognised(content: Mapping[str, Any]) -> bool:
    """Whether an object is such a line."""
    now = "index" in content and ("sample_score" in content or "model_output" in content)
    return now or ("choices" in content and "raw_input" in content)


def rows(path: Path, lines: Iterator[Mapping[str, Any] | str]) -> Iterator[Row | str]:
    """The rows of a file, one per problem, or why there is none.

    Raises `UserError` for predictions without the reviews that have their golds.
    """
    reviews: Mapping[int, Mapping[str, Any]] | None = None
    problems: dict[str, list[tuple[int, Row]]] = {}
    for line in lines:
        if isinstance(line, str):
            yield line
            continue
        try:
            if "model_output" in line and reviews is None:
                reviews = _reviews(path)
            place, problem, row = _row(line, reviews or {})
            problems.setdefault(problem, []).append((place, row))
        except Unusable as reason:
            yield f"index {shown(line.get('index'))}: {reason}"
    for problem, repeats in problems.items():
        in_order = [row for _, row in sorted(repeats, key=lambda one: one[0])]
        yield _joined(problem, in_order)


def _row(line: Mapping[str, Any], reviews: Mapping[int, Mapping[str, Any]]) -> tuple[int, str, Row]:
    """The place of a generation, its problem, and a row with its text alone."""
    if "raw_input" in line:
        return _before(line)
    index = line.get("index")
    if not isinstance(index, int):
        raise Unusable("it has no index")
    review = reviews.get(index) if "model_output" in line else line
    if review is None:
        raise Unusable("its review is missing, and so its gold")
    score = review.get("sample_score")
    inner = score.get("score") if isinstance(score, dict) else None
    if not isinstance(score, dict) or not isinstance(inner, dict):
        raise Unusable(f"its review has no score but {shown(score)}")
    gold, others = golds(review.get("target"), "target")
    messages = parts(line.get("messages"))
    texts = tuple(_texts(line, inner, messages))
    group = score.get("group_id")
    question = asked(messages or line.get("input"))
    row = Row(gold=gold, accepted=others, texts=texts, question=question)
    return index, str(index if group is None else group), row


def _texts(
    line: Mapping[str, Any], score: Mapping[str, Any], messages: list[Any]
) -> Iterator[Text]:
    """What was generated: as the prediction has it, else the conversation, else the review."""
    output = line.get("model_output")
    if isinstance(output, dict):
        yield from generated(output, said)
        return
    last = messages[-1] if messages and isinstance(messages[-1], dict) else {}
    text = said(last) if last.get("role") == "assistant" else score.get("prediction")
    if not isinstance(text, str):
        raise Unusable("no texts")
    yield Text(text)


def _before(line: Mapping[str, Any]) -> tuple[int, str, Row]:
    choices = parts(line.get("choices"))
    reviews = [choice.get("review") for choice in choices if isinstance(choice, dict)]
    review = reviews[0] if reviews else None
    if not isinstance(review, dict):
        raise Unusable("evalscope's predictions have no gold: name its file in reviews/ instead")
    gold, others = golds(review.get("gold"), "gold")
    messages = [choice.get("message") for choice in choices if isinstance(choice, dict)]
    texts = tuple(Text(said(one)) for one in messages if isinstance(one, dict))
    if not texts:
        raise Unusable("no texts")
    index = line.get("index")
    place = index if isinstance(index, int) else 0
    return place, shown(index), Row(gold=gold, accepted=others, texts=texts)


def _joined(problem: str, rows: list[Row]) -> Row:
    first = rows[0]
    texts = tuple(text for row in rows for text in row.texts)
    return Row(first.gold, texts, id=problem, accepted=first.accepted, question=first.question)


def _reviews(path: Path) -> Mapping[int, Mapping[str, Any]]:
    """The reviews of a file of predictions by their index."""
    folder = path.absolute().parent
    file = folder.parent.parent / REVIEWS / folder.name / path.name
    try:
        with file.open(encoding="utf-8") as lines:
            reviews = [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(
            f"{path} has evalscope's predictions, whose golds stand in its reviews, and {file} cannot "
            f"be read ({error}): name the file of reviews instead"
        ) from None
    return {
        review["index"]: review
        for review in reviews
        if isinstance(review, dict) and isinstance(review.get("index"), int)
    }
