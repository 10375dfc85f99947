"""Plain rows: `{"gold": "18", "texts": ["...", "..."]}`, one JSON object per line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.interop.rows import (
    Row,
    Text,
    Unusable,
    bare,
    count,
    finish,
    golds,
    listed,
    logprob,
    name,
    shown,
    tagged,
    words,
)

PER_TEXT = ("logprobs", "tokens", "finish")
"""Fields with one entry per text."""


def recognised(content: Mapping[str, Any]) -> bool:
    """Whether an object is such a row."""
    return "gold" in content


def row(content: Mapping[str, Any]) -> Row:
    """The row that an object is. Raises `Unusable` with the reason where it cannot be scored."""
    gold, others = golds(content.get("gold"), "gold")
    return Row(
        gold=gold,
        accepted=others,
        texts=_texts(content),
        id=bare(content, "id"),
        kind=words(content, "kind"),
        choices=listed(content, "choices"),
        question=words(content, "question") or "",
        tags=tagged(content),
        model=name(content, "model"),
        task=name(content, "task"),
        strategy=name(content, "strategy"),
    )


def _texts(content: Mapping[str, Any]) -> tuple[Text, ...]:
    """The texts with what is known of each; a row with a single one may call it `text`."""
    single = words(content, "text")
    if single is not None and content.get("texts") is not None:
        raise Unusable("it has both 'text' and 'texts'")
    texts = listed(content, "texts") if single is None else (single,)
    if not texts:
        raise Unusable("no texts")
    if not any(field in content for field in PER_TEXT):  # a million texts are faster without
        return tuple(map(Text, texts))
    logprobs, tokens, finishes = (
        _each(content, field, len(texts), single is not None) for field in PER_TEXT
    )
    return tuple(
        Text(
            text,
            finish(finishes[place]),
            _tokens(tokens, logprobs, place),
            logprob(logprobs[place]),
        )
        for place, text in enumerate(texts)
    )


def _each(content: Mapping[str, Any], field: str, texts: int, single: bool) -> list[Any]:
    """A field with one entry per text; that of a single text may stand without its list."""
    value = content.get(field)
    if value is None:
        return [None] * texts
    if single and not (isinstance(value, list) and len(value) == 1):
        return [value]
    if not isinstance(value, list):
        raise Unusable(f"{field!r} is no list but {shown(value)}")
    if len(value) != texts:
        raise Unusable(f"{field!r} has {len(value)} entries for {texts} texts")
    return value


def _tokens(tokens: list[Any], logprobs: list[Any], place: int) -> int | None:
    """The count that is given, or that of the log-probabilities where each token has its own."""
    each = logprobs[place]
    if tokens[place] is None and isinstance(each, list):
        return len(each)
    return count(tokens[place])
