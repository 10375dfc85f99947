"""Multiple-choice rows: options in the forms that releases have them in, and the problem they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeGuard

from harness import Problem, choice_letters

from .files import shown
from .released import Row


def posed(
    row: Row,
    name: str,
    question: str,
    choices: Sequence[str],
    gold: object,
    tags: Mapping[str, str | int] | None = None,
) -> Problem:
    """A multiple-choice problem; `gold` is a letter or a place from 0.

    The tag `same_text` has the letters of other options with the gold's text.
    """
    letters = choice_letters(len(choices))
    if isinstance(gold, int) and 0 <= gold < len(choices):
        gold = letters[gold]
    answer = row.gold(gold, "choice", choices)
    text = choices[letters.index(answer)]
    twins = "".join(x for x, c in zip(letters, choices, strict=True) if c == text and x != answer)
    all_tags = {**(tags or {}), **({"same_text": twins} if twins else {})}
    return Problem(name, question, answer, "choice", tuple(choices), tags=all_tags)


def labelled(row: Row, choices: object) -> tuple[list[str], list[str]]:
    """The texts and labels of options: `{"text": [...], "label": [...]}`, or `[{"text", "label"}, ...]`."""
    texts: object = None
    labels: object = None
    if isinstance(choices, Mapping):
        texts, labels = choices.get("text"), choices.get("label")
    elif isinstance(choices, list) and all(isinstance(one, Mapping) for one in choices):
        texts, labels = ([one.get(key) for one in choices] for key in ("text", "label"))
    if not _texts(texts) or not _texts(labels) or len(texts) != len(labels):
        raise row.wrong(f"the options are {shown(choices)}, not texts with labels")
    return [text.strip() for text in texts], list(labels)


def keyed(row: Row, labels: Sequence[str], key: object) -> int:
    """The place of the option with the label `key`: some rows count their options, others letter them."""
    if key not in labels:
        raise row.wrong(f"the gold {shown(key)} is none of the labels {', '.join(labels)}")
    return labels.index(str(key))


def _texts(values: object) -> TypeGuard[list[str]]:
    return isinstance(values, list) and all(isinstance(one, str) and one.strip() for one in values)
