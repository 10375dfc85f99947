"""JSON that is no lines of rows: a list of them, an object of them, or a document of a known program."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO

from harness.errors import UserError
from harness.interop.files import opened
from harness.interop.formats import evalscope, helm, inspect_logs, openai_evals, simple_evals
from harness.interop.formats.fields import Fields
from harness.interop.json_stream import BLOCK, Scanner, scanned
from harness.interop.lines import CHUNK, FORMATS
from harness.interop.pieces import Broken, Entry
from harness.interop.rows import Row


class Form(Enum):
    """How rows stand in a JSON text."""

    LINES = "a row on each line"
    LIST = "a list of rows"
    MEMBERS = "an object of rows, by their ids"
    WITHIN = "an object with a list of rows"
    VALUES = "rows that go over several lines"
    INSPECT = inspect_logs.NAME
    HELM = helm.NAME
    SIMPLE_EVALS = simple_evals.NAME


OBJECTS = "[{"
"""Among the first signs of fields, a list of objects."""

RECOGNISED = {
    Form.INSPECT: inspect_logs.recognised,
    Form.HELM: helm.recognised,
    Form.SIMPLE_EVALS: simple_evals.recognised,
}
"""Documents of known programs, known by their fields in whatever order."""


def form(path: Path, meant: Fields | None = None) -> Form:
    """How rows stand in a file that begins like JSON; `meant` is what `--fields` says."""
    with opened(path) as file:
        scanner = scanned(file)
        try:
            return _of_list(scanner) if scanner.peek() == "[" else _of_object(scanner, meant)
        except ValueError:
            return Form.LINES  # which say what is wrong with the first of them


def collected(path: Path, form: Form) -> list[Entry]:
    """The rows of a document of a known program, put together from all of its parts."""
    with opened(path) as file:
        try:
            if form is Form.INSPECT:
                return _checked(path, list(inspect_logs.entries(scanned(file))))
            read = helm.document if form is Form.HELM else simple_evals.document
            return named(form.value, read(scanned(file)))
        except ValueError:
            program = "Inspect" if form is Form.INSPECT else form.value
            raise UserError(f"{path} is a log of {program}'s that is cut off or broken") from None


def pages(path: Path) -> list[Entry]:
    """The rows of an HTML page of simple-evals."""
    with opened(path) as file:
        return named(simple_evals.NAME, simple_evals.page(_text(file)))


def named(form: str, rows: Iterable[Row | str]) -> list[Entry]:
    """Rows with the name of their format."""
    return [row if isinstance(row, str) else (form, row) for row in rows]


def batches(path: Path, form: Form) -> Iterator[list[object]]:
    """The values that are rows, and at last what is wrong with the text, if anything.

    As many at a time as are worth another process's while.
    """
    with opened(path) as file:
        scanner = scanned(file)
        batch: list[object] = []
        begin = 0
        try:
            for value in READ[form](scanner):
                batch.append(value)
                if scanner.passed - begin >= CHUNK:
                    yield batch
                    batch, begin = [], scanner.passed
        except ValueError as error:
            batch.append(Broken(f"not JSON that can be read, line {scanner.line}: {error}"))
        if batch:
            yield batch


def _of_list(scanner: Scanner) -> Form:
    for _ in scanner.items():
        if scanner.peek() == "{":
            return Form.LIST
        scanner.skip()
    # a list of other things: as the first of several lines it is a bad row
    return Form.LINES if scanner.peek() else Form.LIST


def _of_object(scanner: Scanner, meant: Fields | None) -> Form:
    signs: dict[str, str] = {}
    for key in scanner.members():
        signs[key] = scanner.peek()
        for document, recognised in RECOGNISED.items():
            if meant is None and recognised(signs):
                return document
        if signs[key] != "[":
            scanner.skip()
            continue
        for _ in scanner.items():
            signs[key] = OBJECTS if signs[key] == "[" and scanner.peek() == "{" else signs[key]
            scanner.value()
    one_line, more = scanner.line == 1, scanner.peek()
    if not more and not _is_row(signs, meant):
        if set(signs.values()) == {"{"}:
            return Form.MEMBERS
        if list(signs.values()).count(OBJECTS) == 1:
            return Form.WITHIN
    return Form.LINES if one_line else Form.VALUES


def _is_row(signs: Mapping[str, str], meant: Fields | None) -> bool:
    """Whether an object with these fields, and the first sign of each, is a row by itself."""
    if meant is not None:
        named = [name for names in meant.values() for name in names]
        return any(name in signs or name.partition(".")[0] in signs for name in named)
    likeness: dict[str, Any] = {key: {} if sign == "{" else None for key, sign in signs.items()}
    return any(form.recognised(likeness) for form in (*FORMATS.values(), evalscope, openai_evals))


def _list(scanner: Scanner) -> Iterator[object]:
    for _ in scanner.items():
        yield scanner.value()


def _members(scanner: Scanner) -> Iterator[object]:
    for key in scanner.members():
        value = scanner.value()
        yield {"id": key, **value} if isinstance(value, dict) else value


def _within(scanner: Scanner) -> Iterator[object]:
    for _ in scanner.members():
        if scanner.peek() != "[":
            scanner.skip()
            continue
        for _ in scanner.items():
            if scanner.peek() == "{":
                yield scanner.value()
            else:
                scanner.skip()


def _values(scanner: Scanner) -> Iterator[object]:
    while scanner.peek():
        yield scanner.value()


READ: dict[Form, Callable[[Scanner], Iterator[object]]] = {
    Form.LIST: _list,
    Form.MEMBERS: _members,
    Form.WITHIN: _within,
    Form.VALUES: _values,
}


def _text(file: BinaryIO) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    while block := file.read(BLOCK):
        yield decoder.decode(block)


def _checked(path: Path, entries: list[Any]) -> list[Entry]:
    if not entries:
        raise UserError(
            f"{path} is a log of Inspect's without samples: it holds a header alone (as --header-only "
            "prints it), or the evaluation ran with --no-log-samples; name the whole log"
        )
    return entries
