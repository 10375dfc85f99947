"""Finds tasks and strategies: "gsm8k", "self_consistency:paths=5", "./mine.py@name" -> a function.

Built-in functions and users' own come through the same door, so the door is always tested.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import inspect
import pkgutil
import re
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from harness.catalogue import groups
from harness.catalogue.marks import Option, marks, options, role
from harness.catalogue.specs import label, members, split, typed, unwrapped
from harness.errors import UserError, nearest
from harness.problem import Chain, Problem

PACKAGES = {"task": "harness.tasks", "strategy": "harness.prompts"}
FLAGS = {"task": "-t", "strategy": "-s"}
FILE = re.compile(r"(?P<path>.*?\.py)(?:@(?P<name>\w*))?(?::(?P<options>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """A marked function with the options that it is to be called with.

    `options` holds every option, defaults included; `spec` is what was asked for. `digest` is a
    SHA-256 of the file of a function that is not built in, and of files that its options name as
    strategies, so that a run knows what it ran.
    """

    function: Callable[..., Any]
    options: Mapping[str, Option]
    name: str
    spec: str
    digest: str | None = None

    @property
    def label(self) -> str:
        """Name and changed options, as in `arithmetic:steps=3-5`; of a path the last part."""
        return label(self.name, self.options, options(self.function))

    @property
    def unlimited(self) -> bool:
        """Whether a task never ends: it says so, and is not given a `path` to read instead."""
        return bool(marks(self.function).get("unlimited")) and not self.options.get("path")


def find(spec: object, role_name: str) -> Found:
    """The function that `spec` means, of the role `role_name`: "task" or "strategy".

    `spec` is `NAME`, `FILE.py@NAME` or `FILE.py` (where the file marks one function), each with
    `:option=value,...` behind it or not, in parentheses or not; or a marked function, or a
    `functools.partial` of one.
    Raises `UserError` with the nearest name for what is not there.
    """
    return spec if isinstance(spec, Found) else _asked(spec, role_name).found()


def find_all(spec: object, role_name: str) -> list[Found]:
    """As `find`; a function with an option `order` takes `orders=5` for five: order=0 to order=4.

    Of tasks, `@NAME` is a group. Raises `UserError` for fewer than 2 orders, and for both at once.
    """
    if isinstance(spec, Found):
        return [spec]
    if role_name == "task" and isinstance(spec, str) and spec.startswith(groups.SIGN):
        return [find(one, role_name) for one in groups.expanded(spec)]
    spec_asked = _asked(spec, role_name)
    defaults = options(spec_asked.function)
    if "orders" not in spec_asked.given or "orders" in defaults or "order" not in defaults:
        return [spec_asked.found()]
    rest = {name: value for name, value in spec_asked.given.items() if name != "orders"}
    orders = str(spec_asked.given["orders"])
    if not orders.isdecimal() or int(orders) < 2 or "order" in rest:
        raise UserError(
            f"orders={orders} in {spec_asked.spec!r}: it stands for that many columns, order=0, order=1 "
            "and so on; take a whole number from 2 on, and no order beside it"
        )
    return [
        replace(spec_asked, given={**rest, "order": number}).found()
        for number in range(int(orders))
    ]


def single_chain(spec: str, **given: Option) -> Callable[[Problem, Any], Awaitable[Chain]]:
    """The strategy that `spec` means, as a function of a problem and a model to its one chain.

    Options that are None are left to the strategy. Raises `UserError` as `find` does; the function
    does where the strategy makes several chains.
    """
    strategy_found = find(spec, "strategy")
    settings_given = {name: value for name, value in given.items() if value is not None}
    settings = {**strategy_found.options, **typed(strategy_found.function, settings_given)}

    async def solve(problem: Problem, model: Any) -> Chain:
        chains = await strategy_found.function(problem, model, **settings)
        if len(chains) != 1:
            raise UserError(
                f"{strategy_found.label} makes {len(chains)} chains of a problem, not one"
            )
        one: Chain = chains[0]
        return one

    return solve


@dataclass(frozen=True, slots=True)
class _Asked:
    """A function with the options that were given, of which nothing was checked yet."""

    function: Callable[..., Any]
    given: Mapping[str, Any]
    spec: str
    digest: str | None

    def found(self) -> Found:
        values = typed(self.function, self.given)
        every = {**options(self.function), **values}
        files = [digest for value in values.values() for digest in _named_files(value)]
        digest = self.digest
        if files:
            digest = hashlib.sha256("".join([digest or "", *files]).encode()).hexdigest()
        return Found(self.function, every, self.function.__name__, self.spec, digest)


def _asked(spec: object, role_name: str) -> _Asked:
    return _from_text(spec, role_name) if isinstance(spec, str) else _from_function(spec, role_name)


def _named_files(value: Option) -> Iterator[str]:
    """The SHA-256 of each file whose strategy an option names, as `base=./mine.py@name` does."""
    for spec in members(value) if isinstance(value, str) else ():
        file = FILE.fullmatch(unwrapped(spec))
        path = Path(file["path"]).expanduser() if file else None
        if path and path.is_file():
            yield hashlib.sha256(path.read_bytes()).hexdigest()


def names(role_name: str) -> list[str]:
    """The built-in tasks or strategies: modules with a marked function of the module's own name."""
    package = importlib.import_module(PACKAGES[role_name])
    modules = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return [name for name in modules if _built_in(name, role_name) is not None]


def _built_in(name: str, role_name: str) -> Callable[..., Any] | None:
    place = f"{PACKAGES[role_name]}.{name}"
    if not name.isidentifier() or importlib.util.find_spec(place) is None:
        return None
    function = getattr(importlib.import_module(place), name, None)
    return function if role(function) == role_name else None


def _from_text(spec: str, role_name: str) -> _Asked:
    spec = unwrapped(spec)
    name, _, settings = spec.partition(":")
    # an option's value may be a file too, as in self_consistency:base=./mine.py@name
    if not name.isidentifier() and (file := FILE.fullmatch(spec)):
        path = Path(file["path"]).expanduser()
        module, digest = _load(path)
        picked = _pick(module, file["name"], path, role_name)
        return _Asked(picked, split(file["options"] or "", spec), spec, digest)
    function = _built_in(name, role_name)
    if function is None:
        raise _unknown(name, role_name)
    return _Asked(function, split(settings, spec), spec, None)


def _unknown(name: str, role_name: str) -> UserError:
    for other in PACKAGES.keys() - {role_name}:
        if _built_in(name, other):
            return UserError(
                f"{name!r} is a {other}, not a {role_name}: give it with {FLAGS[other]}"
            )
    plural = {"task": "tasks", "strategy": "strategies"}[role_name]
    return UserError(
        f"there is no {role_name} {name!r}{nearest(name, names(role_name))}: `harness list {plural}` "
        "shows them, and FILE.py@NAME names one of your own"
    )


def _from_function(thing: object, role_name: str) -> _Asked:
    arguments: dict[str, Any] = {}
    while isinstance(thing, functools.partial):
        if thing.args:
            raise UserError(f"options are given by name: {thing} has {thing.args}")
        arguments = {**thing.keywords, **arguments}
        thing = thing.func
    if not inspect.isfunction(thing) or role(thing) != role_name:
        raise UserError(
            f"{getattr(thing, '__name__', thing)!r} is no {role_name}: give a name, FILE.py@NAME, or "
            f"a function marked with @harness.{role_name}"
        )
    return _Asked(thing, arguments, thing.__name__, _source_digest(thing))


def _source_digest(function: Callable[..., Any]) -> str | None:
    if function.__module__.startswith("harness."):
        return None
    try:
        return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()
    except (OSError, TypeError):
        return None  # typed at a prompt: there is no source to read


def _load(path: Path) -> tuple[ModuleType, str]:
    """Import a user's file, once for every content that it has, and its SHA-256."""
    if not path.is_file():
        beside = [str(p) for p in path.parent.glob("*.py")] if path.parent.is_dir() else []
        raise UserError(f"there is no file {path}{nearest(str(path), beside)}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    place = hashlib.sha256(str(path.resolve()).encode()).hexdigest()
    name = f"harness_file_{path.stem}_{place[:8]}_{digest[:8]}"
    if name not in sys.modules:
        _execute(name, path.resolve())
    return sys.modules[name], digest


class _Uncached(SourceFileLoader):
    """Compiles the file each time: the cache goes by second and size, which an edit can keep."""

    def path_stats(self, path: str) -> NoReturn:
        raise OSError(f"the compiled form of {path} is not kept")


def _execute(name: str, path: Path) -> None:
    loader = _Uncached(name, str(path))
    module_spec = importlib.util.spec_from_loader(name, loader)
    assert module_spec is not None
    module = importlib.util.module_from_spec(module_spec)
    sys.modules[name] = module
    # as when Python runs the file itself: what lies beside it can be imported while it loads
    sys.path.insert(0, str(path.parent))
    try:
        loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise UserError(f"{path} cannot be loaded: {type(error).__name__}: {error}") from error
    finally:
        with suppress(ValueError):  # the file may have changed the path itself
            sys.path.remove(str(path.parent))


def _pick(module: ModuleType, name: str | None, path: Path, role_name: str) -> Callable[..., Any]:
    marked = {
        key: value
        for key, value in vars(module).items()
        if role(value) == role_name and getattr(value, "__module__", None) == module.__name__
    }
    if not name:
        if len(marked) == 1:
            name = next(iter(marked))
        else:
            which = f"marks {', '.join(marked)}: say which" if marked else f"marks no {role_name}"
            raise UserError(f"{path} {which}, as in {path}@NAME")
    function: Callable[..., Any] | None = getattr(module, name, None)
    if function is None:
        raise UserError(f"{path} has no {role_name} {name!r}{nearest(name, marked)}")
    if role(function) != role_name:
        what = f"is a {role(function)}" if role(function) else "is not marked"
        raise UserError(f"{name!r} in {path} {what}: write @{role_name} (from harness) above it")
    return function
