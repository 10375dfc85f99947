"""Reads a spec, "NAME:option=value,...", as one of several functions with its options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from harness.catalogue.marks import Option, options
from harness.catalogue.settings import typed
from harness.errors import UserError
from harness.nearest import nearest

R_co = TypeVar("R_co", covariant=True)


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
        defaults = options(self.function)
        changed = [
            f"{name}={value}" for name, value in self.options.items() if value != defaults[name]
        ]
        name = self.function.__name__
        return f"{name}:{','.join(changed)}" if changed else name


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
    given = typed(function, split(settings, spec))
    return Specified(function, {**options(function), **given})


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
    found, depth = [""], 0
    for letter in value:
        depth += (letter == "(") - (letter == ")")
        if letter == "+" and not depth:
            found.append("")
        else:
            found[-1] += letter
    return found


def unwrapped(spec: str) -> str:
    """A spec without the parentheses that it stands in as a part of another."""
    return spec[1:-1] if spec.startswith("(") and spec.endswith(")") else spec


def _is_open(value: str) -> bool:
    return ("+" + value).find("+(") >= 0 and value.count("(") > value.count(")")
