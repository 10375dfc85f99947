"""lighteval's details: a parquet file for each task, a row for each problem.

Since 0.11 a row has the columns `doc` and `model_response`; before, `predictions`, `gold` and
`choices`, some of them lists that are written as texts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.interop.rows import Row, Text, Unusable, golds, name, parts, shown, thought, words

NAME = "lighteval"

COLUMNS = (
    "doc.query", "doc.choices", "doc.gold_index", "doc.id", "doc.task_name", "model_response.text",
    "model_response.reasonings", "model_response.logprobs",
    "example", "predictions", "gold", "choices", "gold_index", "full_prompt",
)  # fmt: skip
"""The columns that are read, of both versions."""

NO_TEXTS = (
    "lighteval chose among its options by log-likelihood, so there are no texts to read: take a task "
    "of it that generates"
)

NAMED = re.compile(r"details_(?P<task>.+)_\d{4}-\d\d-\d\dT[\d.:-]+\.parquet")
"""How the files are named: the task, and when it was run."""

FOLDER = "details"
"""Where the files are: in `details/ORGANISATION/MODEL/DATE`."""

_LETTER = re.compile(r"\s*\(?[A-Z]\)?\s*")


def named(file: Path) -> tuple[str | None, str | None]:
    """The model and the task of a file, where its folders and its name tell them."""
    match = NAMED.fullmatch(file.name)
    if match is None:
        return None, None
    folders = file.absolute().parts[:-2]
    after = folders[folders.index(FOLDER) + 1 :] if FOLDER in folders else ()
    return "/".join(after) or None, match["task"]


def recognised(content: Mapping[str, Any]) -> bool:
    """Whether an object is such a row."""
    now = isinstance(content.get("doc"), dict) and isinstance(content.get("model_response"), dict)
    return now or ("predictions" in content and ("gold" in content or "gold_index" in content))


def row(content: Mapping[str, Any]) -> Row:
    """The row that an object is. Raises `Unusable` with the reason where it cannot be scored."""
    doc = content.get("doc")
    if not isinstance(doc, dict):
        return _before(content)
    response = content["model_response"]
    texts, thoughts = response.get("text"), parts(response.get("reasonings"))
    if not texts and response.get("logprobs"):
        raise Unusable(NO_TEXTS)
    gold, others, choices = _golds(doc.get("choices"), doc.get("gold_index"))
    return Row(
        gold=gold,
        accepted=others,
        texts=tuple(_texts(texts, thoughts)),
        id=str(doc["id"]) if doc.get("id") not in (None, "") else None,
        choices=choices,
        question=words(doc, "query") or "",
        task=name(doc, "task_name") or None,
    )


def _before(content: Mapping[str, Any]) -> Row:
    """A row as versions before 0.11 wrote it."""
    predictions = _list(content["predictions"])
    texts = [text for one in predictions for text in (one if isinstance(one, list) else [one])]
    if texts and not any(isinstance(text, str) for text in texts):
        raise Unusable(NO_TEXTS)
    if _list(content.get("gold")):
        gold, others = golds(_list(content["gold"]), "gold")
        choices: tuple[str, ...] = ()
    else:
        gold, others, choices = _golds(
            _list(content.get("choices")), _list(content.get("gold_index"))
        )
    question = content.get("example") or content.get("full_prompt")
    return Row(
        gold=gold,
        accepted=others,
        texts=tuple(_texts(texts, [])),
        choices=choices,
        question=question if isinstance(question, str) else "",
    )


def _texts(texts: object, thoughts: list[Any]) -> Iterator[Text]:
    if not isinstance(texts, list) or not texts:
        raise Unusable("no texts")
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise Unusable(f"a text is no text but {shown(text)}")
        yield Text(thought(thoughts[place] if place < len(thoughts) else None) + text)


def _golds(choices: object, index: object) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The gold, others that count as well, and the options where there are any besides."""
    places = index if isinstance(index, list) else [index]
    if not isinstance(choices, list) or not choices:
        raise Unusable("it has no 'choices', and so no gold")
    right: list[Any] = []
    for place in places:
        if not isinstance(place, int) or not 0 <= place < len(choices):
            raise Unusable(
                f"its gold index {shown(index)} is no place among {len(choices)} choices"
            )
        right += _list(choices[place])
    gold, others = golds(right, "choices")
    options = tuple(choices) if all(isinstance(one, str) for one in choices) else ()
    # with a gold alone there is nothing to choose from, and letters are what the question lists
    if set(options) <= {gold, *others} or all(map(_LETTER.fullmatch, options)):
        options = ()
    return gold, others, options


def _list(value: object) -> list[Any]:
    """A list, also one that is written as a text; any other value as the one thing in a list."""
    if isinstance(value, str) and value[:1] == "[":
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return [value]
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
