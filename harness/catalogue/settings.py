"""Reads the options of a task or strategy from text, as their annotations and defaults say."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from harness.catalogue.marks import Option, options
from harness.errors import UserError
from harness.nearest import nearest

TRUE = ("true", "yes", "on", "1")
FALSE = ("false", "no", "off", "0")
NOTHING = ("none", "null")
NAMES = {int: "a whole number", float: "a number", bool: "true or false", types.NoneType: "none"}
ORDER = (types.NoneType, bool, int, float, str)
"""Of the types of a union, the narrower is tried first: `"3"` for `int | str` is a number."""


def typed(function: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Option]:
    """The given options with their values in the types that `function` declares.

    Text becomes what the annotation (or else the default) asks for; other values are checked
    against it. Raises `UserError` for an unknown option and for a value that does not fit.
    """
    known = options(function)
    for name in given:
        if name not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            raise UserError(
                f"{function.__name__} has no option {name!r}{nearest(name, known)}: {takes}"
            )
    wanted = _types(function)
    return {
        name: _value(value, wanted[name], f"the option {name!r} of {function.__name__}")
        for name, value in given.items()
    }


def _types(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # an annotation that only a type checker can resolve: defaults decide
        hints = {}
    return {
        name: hints.get(name, str | None if default is None else type(default))
        for name, default in options(function).items()
    }


def _value(value: Any, wanted: Any, what: str) -> Option:
    members = typing.get_args(wanted)
    if typing.get_origin(wanted) is typing.Literal:
        for member in members:
            if value == member or str(value) == str(member):
                return typing.cast(Option, member)
        raise UserError(
            f"{what} cannot be {value!r}{nearest(str(value), map(str, members))}: "
            f"one of {', '.join(map(str, members))}"
        )
    kinds = members if typing.get_origin(wanted) in (typing.Union, types.UnionType) else (wanted,)
    for literal in [kind for kind in kinds if typing.get_origin(kind) is typing.Literal]:
        if str(value) in map(str, typing.get_args(literal)):
            return _value(value, literal, what)
    for kind in [kind for kind in ORDER if kind in kinds]:
        found, result = _fit(value, kind)
        if found:
            return result
    if not any(kind in ORDER for kind in kinds):
        return typing.cast(Option, value)  # a type that text cannot be checked against, such as Any
    takes = " or ".join(NAMES.get(kind, "a text") for kind in ORDER if kind in kinds)
    raise UserError(f"{what} takes {takes}, not {value!r}")


def _fit(value: Any, kind: type) -> tuple[bool, Option]:
    """Whether `value` is or spells a value of `kind`, and that value."""
    if not isinstance(value, str):
        return _same_type(value, kind)
    text = value.strip().lower()
    if kind is str:
        return True, value
    if kind is types.NoneType:
        return text in NOTHING, None
    if kind is bool:
        return text in TRUE + FALSE, text in TRUE
    try:
        number: int | float = int(text) if kind is int else float(text)
    except ValueError:
        return False, None
    return math.isfinite(number), number


def _same_type(value: Any, kind: type) -> tuple[bool, Option]:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return True, float(value)  # so that temperature=1 and temperature=1.0 are one run
    if isinstance(value, bool) and kind is not bool:
        return False, None
    return isinstance(value, kind), value
