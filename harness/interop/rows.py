"""Rows: what the files of every format are turned into, each a gold with the texts to be read."""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from harness.problem import Finish

NOTHING: Mapping[str, Any] = {}
"""The tags, options and scores of what has none: an ordinary dict, as rows are sent to other processes."""

FINISHES: Mapping[str, Finish] = MappingProxyType(
    {
        **dict.fromkeys(("end", "eos", "end_turn"), "end"),
        **dict.fromkeys(("stop", "stop_sequence"), "stop"),
        **dict.fromkeys(("length", "max_tokens", "model_length"), "length"),
    }
)
"""How programs call the ends of a text; what stands here under no name is not known."""

SHOWN = 40
"""Characters of a value that a reason shows."""


class Unusable(Exception):
    """A row that cannot be scored; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text that a model generated. What its file does not say of it is None.

    `logprob` is summed over `tokens`. `asked`, `start` and what follows are those of
    `harness.problem.Chain`; a `rule` that is told is that of an answer which was chosen, and not read.
    """

    text: str
    finish: Finish | None = None
    tokens: int | None = None
    logprob: float | None = None
    asked: str = ""
    start: int = 0
    weight: float = 1
    confidence: float | None = None
    scores: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    note: str = ""
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One problem and what was generated for it. What its file does not say is None or empty.

    `gold` is as the file has it, and `accepted` are other golds that count as right as well; `also_right`
    are answers that a task's own checker took when our run asked it. `error` is what the strategy raised
    instead of making texts.
    `variant` tells apart several rows of one file that hold the same texts.
    """

    gold: str
    texts: tuple[Text, ...]
    id: str | None = None
    accepted: tuple[str, ...] = ()
    also_right: tuple[str, ...] = ()
    kind: str | None = None
    choices: tuple[str, ...] = ()
    question: str = ""
    tags: Mapping[str, str | int] = field(default_factory=lambda: NOTHING)
    model: str | None = None
    task: str | None = None
    strategy: str | None = None
    options: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    error: str | None = None
    variant: str = ""

    @property
    def golds(self) -> tuple[str, ...]:
        """All golds, the first of them first."""
        return (self.gold, *self.accepted)


def shown(value: object) -> str:
    """A value as a reason shows it: short, on one line, and in ASCII, for any terminal."""
    text = reprlib.repr(value).encode("ascii", "backslashreplace").decode()
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def words(content: Mapping[str, Any], name: str) -> str | None:
    """A field that is a text, or None where it is missing or null."""
    value = content.get(name)
    if value is None or isinstance(value, str):
        return value
    raise Unusable(f"{name!r} is no text but {shown(value)}")


def name(content: Mapping[str, Any], field: str) -> str | None:
    """A field that is a name, to be shown in reports; None where it is missing or null."""
    value = words(content, field)
    writable(value, field)
    return value


def writable(value: object, field: str) -> None:
    """Raises `Unusable` for what no report can show: half a surrogate pair, NaN among options."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise Unusable(f"{field!r} cannot be written: {shown(value)}") from None


def bare(content: Mapping[str, Any], name: str) -> str | None:
    """A field that is a text or a number, as text; None where it is missing or null."""
    value = content.get(name)
    return words(content, name) if value is None else _written(value, name)


def golds(value: object, name: str) -> tuple[str, tuple[str, ...]]:
    """A gold, and others that count as right: one text or number, or a list of which any is right."""
    several = value if isinstance(value, list) else [value]
    if not several:
        raise Unusable(f"{name!r} is an empty list")
    if None in several:
        raise Unusable(f"{name!r} is null" if several == [None] else f"a gold in {name!r} is null")
    first, *others = dict.fromkeys(_written(gold, name) for gold in several)
    return first, tuple(others)


def _written(value: object, name: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return value
    raise Unusable(f"{name!r} is no text but {shown(value)}")


def thought(reasoning: object) -> str:
    """What a model thought before a text, in the tags that readers know; nothing where it did not."""
    return f"<think>{reasoning}</think>\n" if isinstance(reasoning, str) and reasoning else ""


def asked(messages: object) -> str:
    """The last that a user said in a conversation, or the text that stands for one."""
    if isinstance(messages, str):
        return messages
    said = [
        message.get("content")
        for message in (messages if isinstance(messages, list) else [])
        if isinstance(message, dict) and message.get("role") == "user"
    ]
    return said[-1] if said and isinstance(said[-1], str) else ""


def parts(value: object) -> list[Any]:
    """A list, whatever stands in it; empty for anything else."""
    return value if isinstance(value, list) else []


def listed(content: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A field that is a list of texts; empty where it is missing or null."""
    value = content.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise Unusable(f"{name!r} is no list but {shown(value)}")
    for place, text in enumerate(value):
        if not isinstance(text, str):
            raise Unusable(f"{name}[{place}] is no text but {shown(text)}")
    return tuple(value)


def tagged(content: Mapping[str, Any]) -> Mapping[str, str | int]:
    """The tags of a row: texts and whole numbers by name."""
    value = content.get("tags") or {}
    if not isinstance(value, dict):
        raise Unusable(f"'tags' is no object but {shown(value)}")
    for name, tag in value.items():
        if not isinstance(tag, str | int):
            raise Unusable(f"tag {shown(name)} is no text or whole number but {shown(tag)}")
    return value


def number(value: object, name: str) -> float | None:
    """A finite number, such as a weight; None where it is missing or null."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unusable(f"{name!r} is no number but {shown(value)}")
    return value


def finish(value: object) -> Finish | None:
    """How a text ended, by whatever name; None where that is not known."""
    if value is None or isinstance(value, str):
        return FINISHES.get((value or "").lower())
    raise Unusable(f"'finish' is no text but {shown(value)}")


def count(value: object) -> int | None:
    """How many tokens a text has; None where that is not known."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise Unusable(f"'tokens' is no count but {shown(value)}")


def logprob(value: object) -> float | None:
    """A log-probability, or the sum of those of a text's tokens; None where it is not known."""
    parts: list[Any] = value if isinstance(value, list) else [value]
    for part in parts:
        if isinstance(part, bool) or not isinstance(part, int | float | None):
            raise Unusable(f"'logprobs' has no number but {shown(part)}")
    if None in parts:
        return None
    try:
        total = math.fsum(parts)
    except (OverflowError, ValueError):  # Python's JSON knows numbers that no float can hold
        return None
    return total if math.isfinite(total) else None
