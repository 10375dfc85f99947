"""Reads a spec, "NAME:option=value,...": which function, with which options, in the types that it declares."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from harness.catalogue.marks import Option, options
from harness.errors import UserError, nearest

R_co = TypeVar("R_co", covariant=True)

TRUE = ("true", "yes", "on", "1")
FALSE = ("false", "no", "off", "0")
NOTHING = ("none", "null")
NAMES = {int: "a whole number", float: "a number", bool: "true or false", types.NoneType: "none"}
ORDER = (types.NoneType, bool, int, float, str)
"""Of the types of a union, the narrower is tried first: `"3"` for `int | str` is a number."""


@dataclass(frozen=True, slots=True)
class Specified(Generic[R_co]):
    """A function with the options, defaults included, that it is to be called with."""

    function: Callable[..., R_co]
    options: Mapping[str, Option]

    def __call__(self, *arguments: Any) -> R_co:
        """The function's result for `arguments` and the options."""
        return self.function(*arguments, **self.options)

    @property
    def label(self) -> str:
        """Name and changed options, as in `weighted_sum:normalised=False`."""
        return label(self.function.__name__, self.options, options(self.function))


def label(
    name: str, options: Mapping[str, Any], defaults: Mapping[str, Any] = MappingProxyType({})
) -> str:
    """What a task, a strategy or a rule is called: `arithmetic:steps=3-5`.

    Its name with the options that are not `defaults`; of a path the last part.
    """
    shown = [
        f"{option}={Path(str(value)).name if option == 'path' else value}"
        for option, value in options.items()
        if option not in defaults or value != defaults[option]
    ]
    return f"{name}:{','.join(shown)}" if shown else name


def specified(
    spec: str, functions: Mapping[str, Callable[..., R_co]], what: str
) -> Specified[R_co]:
    """The function that `spec` names among `functions`, with the options that it gives.

    `what` says in messages what the functions are. Raises `UserError` with the nearest name for an
    unknown function or option, and for a value that does not fit.
    """
    name, _, settings = spec.partition(":")
    if name not in functions:
        raise UserError(
            f"there is no {what} {name!r}{nearest(name, functions)}: give one of "
            f"{', '.join(functions)}"
        )
    function = functions[name]
    values = typed(function, split(settings, spec))
    return Specified(function, {**options(function), **values})


def split(text: str, spec: str) -> dict[str, str]:
    """`"a=1,b=2,3"` as `{"a": "1", "b": "2,3"}`: a part without `=` belongs to the last value.

    So does every part up to the closing one of parentheses that begin a value, or a member of one:
    `"a=(b:c=1,d=2),e=3"`, `"of=x+(b:c=1,d=2),e=3"`.
    """
    settings: dict[str, str] = {}
    last = ""
    for part in text.split(",") if text else []:
        name, equals, value = part.partition("=")
        if equals and not _is_open(settings.get(last, "")):
            last = name.strip()
            if last in settings:
                raise UserError(f"the option {last!r} is given twice in {spec!r}")
            settings[last] = value.strip()
        elif last:
            settings[last] += f",{part}"
        else:
            raise UserError(f"in {spec!r}, {part!r} is no option: write NAME=VALUE, as in paths=5")
    return settings


def members(value: str) -> list[str]:
    """Specs that are joined by `+`: `"a+(b:x=1,y=2)"` as `["a", "(b:x=1,y=2)"]`."""
    parts, depth = [""], 0
    for letter in value:
        depth += (letter == "(") - (letter == ")")
        if letter == "+" and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def unwrapped(spec: str) -> str:
    """A spec without the parentheses that it stands in as a part of another."""
    return spec[1:-1] if spec.startswith("(") and spec.endswith(")") else spec


def _is_open(value: str) -> bool:
    return ("+" + value).find("+(") >= 0 and value.count("(") > value.count(")")


def typed(function: Callable[..., Any], texts: Mapping[str, Any]) -> dict[str, Option]:
    """The given options with their values in the types that `function` declares.

    Text becomes what the annotation (or else the default) asks for; other values are checked
    against it. Raises `UserError` for an unknown option and for a value that does not fit.
    """
    defaults = options(function)
    for name in texts:
        if name not in defaults:
            takes = f"it takes {', '.join(defaults)}" if defaults else "it takes none"
            raise UserError(
                f"{function.__name__} has no option {name!r}{nearest(name, defaults)}: {takes}"
            )
    kinds = _types(function)
    return {
        name: _value(value, kinds[name], f"the option {name!r} of {function.__name__}")
        for name, value in texts.items()
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


def _value(value: Any, annotation: Any, what: str) -> Option:
    members = typing.get_args(annotation)
    if typing.get_origin(annotation) is typing.Literal:
        for member in members:
            if value == member or str(value) == str(member):
                return typing.cast(Option, member)
        raise UserError(
            f"{what} cannot be {value!r}{nearest(str(value), map(str, members))}: "
            f"one of {', '.join(map(str, members))}"
        )
    kinds = (
        members
        if typing.get_origin(annotation) in (typing.Union, types.UnionType)
        else (annotation,)
    )
    for literal in [kind for kind in kinds if typing.get_origin(kind) is typing.Literal]:
        if str(value) in map(str, typing.get_args(literal)):
            return _value(value, literal, what)
    for kind in [kind for kind in ORDER if kind in kinds]:
        fits, result = _fit(value, kind)
        if fits:
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
