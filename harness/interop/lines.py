"""Lines of JSON, a row on each; and objects of any origin, known by their fields."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

from harness.interop.files import opened
from harness.interop.formats import (
    every_eval_ever,
    fields,
    lighteval,
    lm_evaluation_harness,
    nemo_skills,
    plain,
    samples,
)
from harness.interop.formats.fields import Fields
from harness.interop.pieces import Broken, Entry, Read
from harness.interop.rows import Unusable, shown

CHUNK = 1 << 19
"""Bytes of lines that are worked on at a time: a few milliseconds of parsing."""

MARK = b"\xef\xbb\xbf"

FORMATS = {
    "samples": samples,
    lm_evaluation_harness.NAME: lm_evaluation_harness,
    lighteval.NAME: lighteval,
    nemo_skills.NAME: nemo_skills,
    every_eval_ever.NAME: every_eval_ever,
    "rows": plain,
}
"""The formats of rows, each known by the fields that a row of it has, in the order in which they are
tried: a sample of ours has a gold, as a plain row has."""

REMEDY = "--fields gold=...,texts=... says which is which"


def item(content: object, meant: Fields | None = None, cells: bool = False) -> Entry:
    """The format and the row of a JSON value, or why there is none.

    `meant` is what `--fields` says, and `cells` whether all values are texts.
    """
    if isinstance(content, Broken):
        return str(content)
    if not isinstance(content, dict):
        return f"no object but {shown(content)}"
    try:
        if meant is not None:
            return fields.NAME, fields.row(content, meant, cells)
        for name, form in FORMATS.items():
            if form.recognised(content):
                return name, form.row(content)
    except Unusable as reason:
        return str(reason)
    return f"no 'gold', among the fields {shown(list(content))} ({REMEDY})"


def items(meant: Fields | None, cells: bool, contents: Iterable[object]) -> Iterator[Entry]:
    """The rows of JSON values in order, or why there is none: `Read` of parsed pieces."""
    return (item(content, meant, cells) for content in contents)


def parsing(meant: Fields | None) -> Read:
    """What makes rows of lines."""
    return partial(_rows, meant)


def batches(path: Path) -> Iterator[list[bytes]]:
    """The lines of a file, so many at a time as are worth another process's while."""
    # Cut into lines by hand: jsonlines' Reader parses as it reads, and parsing is what other
    # processes are there for. They get the lines, and read them by it.
    with opened(path) as file:
        first = True
        while lines := file.readlines(CHUNK):  # ends lines at \n alone
            if first:
                lines[0], first = lines[0].removeprefix(MARK), False
            yield lines


def contents(path: Path) -> Iterator[Mapping[str, Any] | str]:
    """The objects on the lines of a file, or what is wrong with one."""
    for lines in batches(path):
        for content in parsed(lines):
            yield content if isinstance(content, dict | str) else f"no object but {shown(content)}"


def parsed(lines: Sequence[bytes]) -> Iterator[object]:
    """The JSON values of lines; where there is none, why (a text, as no row is one)."""
    import jsonlines

    reader = jsonlines.Reader(lines, loads=_parsed)
    for _ in lines:
        try:
            value = reader.read(allow_none=True)
            yield f"no object but {shown(value)}" if isinstance(value, str) else value
        except jsonlines.InvalidLineError as error:
            yield _fault(error.line, error.__cause__)


def series(paths: Sequence[Path]) -> Iterator[list[tuple[bytes, ...]]]:
    """The lines of several files side by side: those of the same number together."""
    each = [(line for lines in batches(path) for line in lines) for path in paths]
    batch: list[tuple[bytes, ...]] = []
    size = 0
    for beside in zip_longest(*each):
        batch.append(tuple(line for line in beside if line is not None))
        size += sum(map(len, batch[-1]))
        if size >= CHUNK:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def seeds(pieces: Sequence[tuple[bytes, ...]]) -> Iterator[Entry]:
    """The rows of lines that several files have, a chain from each: `Read` of `series`."""
    for lines in pieces:
        contents = list(parsed(lines))
        wrong = [content for content in contents if not isinstance(content, dict)]
        try:
            if wrong:
                raise Unusable(wrong[0] if isinstance(wrong[0], str) else "no object")
            yield (
                nemo_skills.NAME,
                nemo_skills.seeds([one for one in contents if isinstance(one, dict)]),
            )
        except Unusable as reason:
            yield str(reason)


def _rows(meant: Fields | None, lines: Sequence[bytes]) -> Iterator[Entry]:
    for content in parsed(lines):
        yield content if isinstance(content, str) else item(content, meant)


def _parsed(line: str | bytes) -> object:
    # without the line's end, behind which an error would be column 1 of the next
    line = line.rstrip("\r\n") if isinstance(line, str) else line
    try:
        return json.loads(line)
    except RecursionError as error:  # a list in a list in a list...
        raise ValueError from error


def _fault(line: str | bytes, error: BaseException | None) -> str:
    """Why a line is no row: what is wrong with it as JSON."""
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: byte {error.start + 1}"
    if not line.strip():
        return "an empty line"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg}, column {error.colno}"
    return "not JSON that can be read: too long a number, or too deep a list"
