"""The files of others: known by their content, and cut into chunks of rows.

Names decide nothing but what rows are called, and which files are seeds of one run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.interop import archives, documents, lines, tables
from harness.interop.documents import Form
from harness.interop.files import GZIP, check, names, opened, writable
from harness.interop.formats import (
    evalscope,
    fields,
    helm,
    lighteval,
    lm_evaluation_harness,
    nemo_skills,
    openai_evals,
    simple_evals,
)
from harness.interop.formats.fields import Fields
from harness.interop.pieces import Chunk, Entry, Read, batched, numbered, ready

HEAD = 1 << 16
"""Bytes in which a file is known."""

ZIP = b"PK\x03\x04"

TABLES = {".csv", ".tsv", ".tab"}
"""Endings by which a table is told that its columns need names."""

JSON = re.compile(rb"\s*[\[{]")
"""How JSON begins whose values are rows, or hold them."""

NAMED = (lm_evaluation_harness, lighteval, nemo_skills, evalscope)
"""Formats of which a file's name and folders tell what its rows are called."""

Batches = Callable[[], Iterable[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a file: what its rows are counted in, how it is cut into pieces, and what reads them."""

    unit: str
    batches: Batches
    read: Read
    named: Callable[[Path], tuple[str | None, str | None]] | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or the files of one run that differ in their seeds, and its name among the others.

    `model` and `task` are what rows are called that do not say it; `unit` is what they are counted in.
    """

    path: Path
    name: str
    model: str
    task: str
    sha256: str
    size: int
    content: Content

    @property
    def unit(self) -> str:
        """What its rows are counted in."""
        return self.content.unit

    def chunks(self) -> Iterator[Chunk]:
        """All of its rows in order."""
        return numbered(self.content.batches(), self.content.read)


def sources(paths: Sequence[Path], meant: Fields | None = None) -> list[Source]:
    """The files, each once; seeds of one run as one. `meant` is what `--fields` says.

    Raises `UserError` for one that cannot be read or has no rows.
    """
    once = {path.expanduser().resolve(): path.expanduser() for path in paths}
    for path in once.values():
        check(path)
    groups: dict[Path, list[Path]] = {}
    for path in once.values():
        common = _series(path) if meant is None else None
        groups.setdefault(common or path, []).append(path)
    called = [group[0] if len(group) == 1 else common for common, group in groups.items()]
    named = names([writable(path) for path in called])
    each = zip(called, groups.values(), named, strict=True)
    return [_source(path, files, name, meant) for path, files, name in each]


def _series(path: Path) -> Path | None:
    """What a file of NeMo-Skills' shares with those of other seeds; None of any other file."""
    common = nemo_skills.series(path)
    if common is None:
        return None
    first = next((line for line in lines.contents(path) if not isinstance(line, str)), {})
    return common if nemo_skills.recognised(first) else None


def _source(path: Path, files: Sequence[Path], name: str, meant: Fields | None) -> Source:
    digest, content = _digest(files[0]), _content(files[0], meant)
    if len(files) > 1:
        digest = hashlib.sha256("".join(map(_digest, files)).encode()).hexdigest()
        content = Content("line", partial(lines.series, files), lines.seeds)
    model, task = _names(files[0], content)
    size = sum(file.stat().st_size for file in files)
    return Source(path, name, model or name, task or name, digest, size, content)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _names(path: Path, content: Content) -> tuple[str | None, str | None]:
    if content.named is not None:
        return content.named(path)
    told = (form.named(path) for form in NAMED)
    return next((names for names in told if names != (None, None)), (None, None))


def _content(path: Path, meant: Fields | None) -> Content:
    with opened(path) as file:
        head = file.read(HEAD)
    if not head.strip(lines.MARK + b" \t\r\n"):
        raise UserError(f"{path} is empty: there is nothing to score")
    if head.startswith((ZIP, tables.PARQUET)) and _packed(path):
        raise UserError(f"{path} is packed by gzip, and packed inside as well: unpack it (gunzip)")
    if head.startswith(ZIP):
        _unmeant(path, meant, "Inspect")
        groups, read = archives.opened(path)
        return Content("sample", partial(archives.batches, groups), read)
    if head.startswith(tables.PARQUET):
        tables.columns(path)
        return _parsed("row", partial(tables.batches, path, meant), meant)
    if b"\0" in head:
        raise UserError(f"{path} is a binary file: outputs to score are lines of JSON in UTF-8")
    if simple_evals.PAGE.match(head):
        _unmeant(path, meant, "simple-evals")
        return _ready(documents.pages(path), "example", simple_evals.named)
    if JSON.match(head.removeprefix(lines.MARK)):
        return _json(path, meant)
    return _table(path, head, meant)


def _json(path: Path, meant: Fields | None) -> Content:
    form = documents.form(path, meant)
    if form in documents.RECOGNISED:
        named = {Form.HELM: helm.named, Form.SIMPLE_EVALS: simple_evals.named}.get(form)
        return _ready(documents.collected(path, form), "row", named)
    if form is not Form.LINES:
        return _parsed("row", partial(documents.batches, path, form), meant)
    return (_events(path) if meant is None else None) or _lines(path, meant)


def _lines(path: Path, meant: Fields | None) -> Content:
    return Content("line", partial(lines.batches, path), lines.parsing(meant))


def _parsed(unit: str, batches: Batches, meant: Fields | None) -> Content:
    return Content(unit, batches, partial(lines.items, meant, False))


def _ready(
    entries: Sequence[Entry], unit: str, named: Callable[[Path], Any] | None = None
) -> Content:
    return Content(unit, partial(batched, entries), ready, named)


def _events(path: Path) -> Content | None:
    """The content of lines of which several make a row; None where each is one."""
    first = next((line for line in lines.contents(path) if not isinstance(line, str)), {})
    if evalscope.recognised(first):
        rows = evalscope.rows(path, lines.contents(path))
        return _ready(documents.named(evalscope.NAME, rows), "row")
    if openai_evals.recognised(first):
        rows = openai_evals.rows(lines.contents(path))
        return _ready(documents.named(openai_evals.NAME, rows), "row")
    return None


def _table(path: Path, head: bytes, meant: Fields | None) -> Content:
    """The content of a text that is no JSON: a table, where its columns are known."""
    line = head.removeprefix(lines.MARK).decode("utf-8", "replace").lstrip("\r\n").splitlines()[0]
    columns, separator = tables.header(line)
    if meant is None and not fields.known(dict.fromkeys(columns)):
        if path.with_suffix("" if path.suffix == ".gz" else path.suffix).suffix in TABLES:
            raise UserError(
                f"{path} is a table with the columns {', '.join(columns)}: say which is what, as in "
                f"{fields.EXAMPLE}"
            )
        return _lines(path, meant)
    batches = partial(tables.cells, path, separator)
    read = partial(lines.items, meant or {}, True)
    return Content("row", lambda: batched(batches()), read)


def _packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(GZIP)) == GZIP


def _unmeant(path: Path, meant: Mapping[str, Any] | None, program: str) -> None:
    if meant is not None:
        raise UserError(
            f"{path} is a log of {program}'s, whose fields are known: leave out --fields"
        )
