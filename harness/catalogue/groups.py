"""`@NAME` among tasks: the specs of a group, with the files of a folder put in."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.catalogue.specs import split
from harness.errors import UserError, nearest

SIGN = "@"
"""What the name of a group begins with."""

SAME_FILE = ("first", "passage")
"""Options that choose within a file, and not among files."""

ENDINGS = ("json", "jsonl", "csv", "tsv", "parquet", "xml")


def groups() -> Mapping[str, Any]:
    """Every group by its name: `about` and `tasks`."""
    return dict(importlib.import_module("harness.tasks.groups").GROUPS)


def expanded(spec: str) -> list[str]:
    """The task specs that `@NAME` or `@NAME:files=DIR` stands for.

    With `files`, a task reads the file of that folder which bears its name, with the values of its options if
    it has any (`arc_easy.json` for `arc:level=easy`), or these alone (`navigate.json` for
    `bbh:name=navigate`); tasks without one are fetched as ever. Raises `UserError` for an unknown group or
    option, and for a folder that is none.
    """
    name, _, settings = spec.removeprefix(SIGN).partition(":")
    known = groups()
    if name not in known:
        raise UserError(
            f"there is no group {spec!r}{nearest(name, known)}: one of "
            f"{', '.join(SIGN + one for one in known)}"
        )
    options = split(settings, spec)
    folder = options.pop("files", None)
    if options:
        raise UserError(f"a group takes the option files alone, not {', '.join(options)}: {spec!r}")
    specs: tuple[str, ...] = known[name].tasks
    return [_with_file(one, Path(folder).expanduser()) for one in specs] if folder else list(specs)


def _with_file(spec: str, folder: Path) -> str:
    if not folder.is_dir():
        raise UserError(f"files={folder} is no folder")
    name, _, settings = spec.partition(":")
    values = [value for key, value in split(settings, spec).items() if key not in SAME_FILE]
    for stem in ("_".join([name, *values]), "_".join(values)):
        for ending in ENDINGS:
            if (file := folder / f"{stem}.{ending}").is_file():
                return f"{spec}{',' if settings else ':'}path={file}"
    return spec
