"""The `*_samples.jsonl` of Every Eval Ever, a collection of evaluations on the Hub (schema 0.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.interop.rows import (
    Row,
    Text,
    Unusable,
    bare,
    count,
    golds,
    listed,
    name,
    parts,
    shown,
    thought,
    words,
)

NAME = "Every Eval Ever"


def recognised(content: Mapping[str, Any]) -> bool:
    """Whether an object is such a row."""
    return "interaction_type" in content and "sample_id" in content and "input" in content


def row(content: Mapping[str, Any]) -> Row:
    """The row that an object is. Raises `Unusable` with the reason where it cannot be scored."""
    asked = content["input"]
    if not isinstance(asked, dict):
        raise Unusable(f"'input' is no object but {shown(asked)}")
    gold, others = golds(asked.get("reference"), "reference")
    choices = listed(asked, "choices")
    if set(choices) <= {gold, *others}:  # what is converted from HELM lists its references there
        choices = ()
    texts = tuple(_texts(content))
    if not texts:
        raise Unusable("no texts")
    return Row(
        gold=gold,
        accepted=others,
        texts=texts,
        id=bare(content, "sample_id"),
        choices=choices,
        question=words(asked, "raw") or "",
        model=name(content, "model_id"),
        task=name(content, "evaluation_name"),
    )


def _texts(content: Mapping[str, Any]) -> Iterator[Text]:
    """The outputs of one turn, or the last that the model said in a conversation."""
    output = content.get("output")
    if isinstance(output, dict):
        said, thoughts = (_several(output.get(field)) for field in ("raw", "reasoning_trace"))
    else:
        turns = [turn for turn in parts(content.get("messages")) if isinstance(turn, dict)]
        last = [turn for turn in turns if turn.get("role") == "assistant"][-1:]
        said = [turn.get("content") for turn in last]
        thoughts = [turn.get("reasoning_trace") for turn in last]
    usage = content.get("token_usage")
    tokens = usage.get("output_tokens") if isinstance(usage, dict) and len(said) == 1 else None
    for place, text in enumerate(said):
        if not isinstance(text, str):
            raise Unusable(f"an output is no text but {shown(text)}")
        yield Text(
            thought(thoughts[place] if place < len(thoughts) else None) + text,
            tokens=count(tokens),
        )


def _several(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
