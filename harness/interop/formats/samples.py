"""Our own samples: the lines of a run's `samples.jsonl`, to be read again by today's readers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.interop.rows import (
    Row,
    Text,
    Unusable,
    count,
    finish,
    listed,
    logprob,
    name,
    number,
    shown,
    tagged,
    words,
    writable,
)


def recognised(content: Mapping[str, Any]) -> bool:
    """Whether an object is a sample."""
    return "chains" in content and "problem" in content and "gold" in content


def row(content: Mapping[str, Any]) -> Row:
    """The row that a sample is. Its problem has chains, or the error that its strategy raised."""
    chains, options = content["chains"], content.get("options") or {}
    error = words(content, "error")
    if not isinstance(chains, list) or not isinstance(options, dict):
        raise Unusable("'chains' is no list, or 'options' no object")
    writable(options, "options")
    if not chains and error is None:
        raise Unusable("no texts")
    return Row(
        gold=_needed(content, "gold"),
        accepted=listed(content, "accepted"),
        also_right=listed(content, "also_right"),
        texts=tuple(_text(chain) for chain in chains),
        id=_needed(content, "problem"),
        kind=words(content, "kind"),
        choices=listed(content, "choices"),
        question=words(content, "question") or "",
        tags=tagged(content),
        model=name(content, "model"),
        task=name(content, "task"),
        strategy=name(content, "strategy"),
        options=options,
        error=error,
    )


def _text(chain: object) -> Text:
    if not isinstance(chain, dict):
        raise Unusable(f"a chain is no object but {shown(chain)}")
    text, lead = _needed(chain, "text"), words(chain, "asked") or ""
    start = chain.get("start", 0)
    if not isinstance(start, int) or not 0 <= start <= len(text):
        raise Unusable(f"a chain's 'start' is {shown(start)}, which is no place in its text")
    if start and not text.endswith(lead, 0, start):
        raise Unusable("what asked for a chain's answer does not stand where its answer starts")
    return Text(
        text,
        finish(chain.get("finish")),
        count(chain.get("tokens")),
        logprob(chain.get("logprob")),
        lead,
        start,
        **_weighing(chain),
    )


def _weighing(chain: Mapping[str, Any]) -> dict[str, Any]:
    """What a strategy that weighs its chains, or compares answers, noted of one."""
    weight, scores = number(chain.get("weight"), "weight"), chain.get("scores") or {}
    if not isinstance(scores, dict):
        raise Unusable(f"'scores' is no object but {shown(scores)}")
    return {
        "weight": 1 if weight is None else weight,
        "confidence": number(chain.get("confidence"), "confidence"),
        "scores": {name: number(value, "scores") for name, value in scores.items()},
        "note": words(chain, "note") or "",
    }


def _needed(content: Mapping[str, Any], name: str) -> str:
    value = words(content, name)
    if value is None:
        raise Unusable(f"{name!r} is missing")
    return value
