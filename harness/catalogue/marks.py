"""Marks functions as tasks and strategies, and reads their options from their signatures.

The keyword-only arguments of a marked function, with their defaults, are its options: on the command
line (`self_consistency:paths=5`), in the identity of a run, and in `harness list`.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, overload

from harness.errors import UserError
from harness.problem import Chain, Problem
from harness.reading.kinds import KINDS

Option = str | int | float | bool | None
TaskFunction = Callable[..., Iterator[Problem]]
StrategyFunction = Callable[..., Awaitable[list[Chain]]]


F = TypeVar("F", bound=Callable[..., Any])


def task(
    *,
    exemplars: str | None = None,
    unlimited: bool = False,
    area: str = "",
    kind: str = "",
    rows: str = "",
    licence: str = "",
) -> Callable[[F], F]:
    """Mark a generator function `(*, options) -> Iterator[Problem]` as a task.

    `exemplars` names the default set of worked examples (a file of `prompts/exemplars/`), in which
    `{tag}` stands for that tag of each problem (`"bbh_{task}"`);
    `unlimited` says that the generator never ends, so that a run must limit it. `area`, `kind`, `rows` and
    `licence` are for `harness list tasks`: what it is about, the kind of its answers, how many there are, and
    the terms of its publishers.
    """

    def mark(function: F) -> F:
        about = {"area": area, "kind": kind, "rows": rows, "licence": licence}
        return _marked(function, "task", exemplars=exemplars, unlimited=unlimited, **about)

    return mark


@overload
def strategy(function: F) -> F: ...


@overload
def strategy(*, kinds: Sequence[str] = (), pool: bool = False) -> Callable[[F], F]: ...


def strategy(
    function: F | None = None, *, kinds: Sequence[str] = (), pool: bool = False
) -> F | Callable[[F], F]:
    """Mark an async function `(problem, model, *, options) -> list[Chain]` as a strategy.

    `@strategy`, or `@strategy(kinds=("number", "date"))` for one that serves these kinds of answer
    alone: a run refuses problems of any other kind before anything is generated. `pool` asks for
    `problem.pool`, the first questions of the task.
    """
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise TypeError(f"{unknown[0]!r} is no kind of answer: one of {', '.join(KINDS)}")

    def mark(function: F) -> F:
        return _marked(function, "strategy", kinds=tuple(kinds), pool=pool)

    return mark if function is None else mark(function)


def require_served(function: Callable[..., object], problem: Problem) -> None:
    """Raises `UserError` where a strategy does not serve the kind of a problem's answer."""
    served: Sequence[str] = marks(function).get("kinds", ())
    if served and problem.kind not in served:
        raise UserError(
            f"{function.__name__} serves answers of the kind {' or '.join(served)}, and that of "
            f"{problem.id} is {problem.kind}: take another strategy for this task"
        )


def role(thing: object) -> str | None:
    """`"task"`, `"strategy"`, or None for a function that was not marked."""
    mark = getattr(thing, "harness_role", None)
    return mark if isinstance(mark, str) else None


def marks(function: object) -> Mapping[str, Any]:
    """What the mark says beside the role: `exemplars` and `unlimited` of a task, `kinds` and `pool` of a strategy."""
    details: Mapping[str, Any] = getattr(function, "harness_marks", {})
    return details


def options(function: Callable[..., object]) -> dict[str, Option]:
    """The options of a marked function and their defaults, in the order of its signature."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


def summary(function: Callable[..., object]) -> str:
    """The first line of the docstring: the row of `harness list`."""
    return (inspect.getdoc(function) or "").partition("\n")[0]


def _marked(function: F, name: str, **details: object) -> F:
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty:
            raise TypeError(
                f"option {parameter.name!r} of {name} {function.__name__!r} has no default: give it one"
            )
    function.harness_role = name  # type: ignore[attr-defined]
    function.harness_marks = details  # type: ignore[attr-defined]
    return function
