"""Rows of any other form: the user says which of their fields is what (`gold=target,texts=outputs`)."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any

from harness.errors import UserError, nearest
from harness.interop.formats import plain
from harness.interop.rows import Row, Unusable, shown

NAME = "fields"

MEANINGS = (
    "gold", "texts", "text", "id", "question", "choices", "kind", "tags", "model", "task", "strategy",
    "tokens", "logprobs", "finish",
)  # fmt: skip
"""What a field may be: the fields of a plain row."""

LISTS = {"texts", "tokens", "logprobs", "finish", "choices"}
"""Those that are lists."""

EXAMPLE = "--fields gold=answer,texts=outputs"

Fields = Mapping[str, tuple[str, ...]]
"""For each meaning the fields that have it. Several fields of texts (`a+b`) are the chains of a problem."""

_MISSING = object()


def parsed(text: str) -> Fields:
    """What `--fields` says. Raises `UserError` for what it cannot mean."""
    fields: dict[str, tuple[str, ...]] = {}
    for part in text.split(","):
        meaning, equals, names = (word.strip() for word in part.partition("="))
        if not equals or not meaning or not names:
            raise UserError(f"--fields: {part.strip()!r} is no MEANING=FIELD, as in {EXAMPLE}")
        if meaning not in MEANINGS:
            raise UserError(
                f"--fields: there is no {meaning!r}{nearest(meaning, MEANINGS)}: {', '.join(MEANINGS)}"
            )
        if meaning in fields:
            raise UserError(f"--fields: {meaning} is said twice; join fields by +, as in texts=a+b")
        fields[meaning] = tuple(names.split("+"))
    if {"text", "texts"} <= fields.keys():
        raise UserError("--fields: it says both text and texts; text is one, texts may be a list")
    return fields


def columns(fields: Fields) -> list[str]:
    """The columns of a table that are read: those that are named, and those of plain rows."""
    return [*MEANINGS, *(name for names in fields.values() for name in names)]


def row(content: Mapping[str, Any], fields: Fields, cells: bool = False) -> Row:
    """The row that an object is. Raises `Unusable` with the reason where it cannot be scored.

    `cells` says that all values are texts, as in CSV: a list is then written as one.
    """
    taken = {"text", "texts"} if {"text", "texts"} & fields.keys() else set[str]()
    own = {name: content[name] for name in MEANINGS if name in content and name not in taken}
    named = {meaning: _meant(content, meaning, names) for meaning, names in fields.items()}
    values: dict[str, Any] = own | named
    if cells:
        values = {name: _from_cell(name, value) for name, value in values.items() if value != ""}
    if "gold" not in values:
        raise Unusable(f"no 'gold', among the fields {shown(list(content))}")
    values["choices"] = choices = _options(values.get("choices"))
    values["gold"] = _lettered(values["gold"], choices)
    texts = values.get("texts")
    if texts is not None and not isinstance(texts, list):
        values["text"] = _text(values.pop("texts"))
    elif texts is not None:
        values["texts"] = [_text(text) for text in texts]
    if isinstance(values.get("text"), int | float):
        values["text"] = _text(values["text"])
    return plain.row(values)


def _meant(content: Mapping[str, Any], meaning: str, names: tuple[str, ...]) -> Any:
    values = [_found(content, name) for name in names]
    if meaning == "tags":
        each = zip(names, values, strict=True)
        return {name: value for name, value in each if value is not None}
    if len(values) == 1:
        return values[0]
    if meaning not in LISTS:
        raise Unusable(f"{meaning} is one field, not {'+'.join(names)}")
    return [one for value in values for one in (value if isinstance(value, list) else [value])]


def _found(content: Mapping[str, Any], name: str) -> Any:
    """A field by its name, or by a path: `choices.message.content` looks into objects and lists."""
    value = content.get(name, _MISSING)
    if value is _MISSING and "." in name:
        value = _inside(content, name.split("."))
    if value is _MISSING:
        known = list(content)
        raise Unusable(f"no {shown(name)}{nearest(name, known)}, among the fields {shown(known)}")
    return value


def _inside(value: Any, path: list[str]) -> Any:
    if not path:
        return value
    if isinstance(value, str) and value[:1] in ("{", "["):
        value = _decoded(value)
    if isinstance(value, dict):
        return _inside(value[path[0]], path[1:]) if path[0] in value else _MISSING
    if not isinstance(value, list):
        return _MISSING
    if path[0].isdecimal():
        place = int(path[0])
        return _inside(value[place], path[1:]) if place < len(value) else _MISSING
    each = [_inside(item, path) for item in value]
    return _MISSING if _MISSING in each else each


def _from_cell(name: str, cell: Any) -> Any:
    """What a cell of a table holds: a list of texts where it is written as one, and numbers."""
    if not isinstance(cell, str):
        return cell
    if name in ("tokens", "logprobs"):
        return _decoded(cell)
    if name in LISTS or name == "gold":
        value = _decoded(cell) if cell[:1] in ("[", "{") else cell
        texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return value if texts or (name == "choices" and isinstance(value, list | dict)) else cell
    return cell


def _decoded(text: str) -> Any:
    """A value that is written as JSON, or as Python writes it; the text itself where it is neither."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    return text


def _options(choices: Any) -> Any:
    """The texts of options that may have letters: `{"A": ...}`, or lists of texts and of labels."""
    if isinstance(choices, dict):
        listed = choices.get("text")
        choices = listed if isinstance(listed, list) else list(choices.values())
    return [_text(one) for one in choices] if isinstance(choices, list) else choices


def _lettered(gold: Any, choices: Any) -> Any:
    """A gold, where it is the place of an option (from 0, as data sets count) its letter."""
    place = gold if isinstance(gold, int) and not isinstance(gold, bool) else None
    if isinstance(gold, str) and gold.isdecimal():
        place = int(gold) if len(gold) < 3 else None
    if not isinstance(choices, list) or place is None or str(place) in choices:
        return gold
    return chr(ord("A") + place) if 0 <= place < min(len(choices), 26) else gold


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) else value


def known(header: Mapping[str, Any]) -> bool:
    """Whether the columns of a table say by themselves what they are."""
    return "gold" in header and ("texts" in header or "text" in header)
