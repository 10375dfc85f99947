"""Rows of a data file, each with its place in it: JSON, JSON lines, Parquet or XML, told apart by
content where names lie."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from harness import UserError

Record = Mapping[str, object]
Placed = tuple[str, Record]
"""A row and where it stands: `("test.jsonl, line 17", {...})`."""


def file_rows(path: str) -> Iterator[Placed]:
    """The rows of the file at `path`, in its order.

    Raises UserError for a file that is missing, cannot be read, has no such format or no row.
    """
    file = Path(path).expanduser()
    if file.is_dir():
        raise UserError(f"{path} is a folder: give the data file itself")
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise UserError(f"there is no file {path}") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    return content_rows(content, path)


def content_rows(content: bytes, name: str) -> Iterator[Placed]:
    """The rows of a file's content; `name` says what file it is in messages and by its ending."""
    if name.endswith(".parquet"):
        rows = _parquet(content, name)
    elif name.endswith(".xml"):
        rows = _xml(content, name)
    else:
        rows = _json(content, name)
    empty = True
    for place, row in rows:
        if not isinstance(row, Mapping):
            raise UserError(f"{place}: a row needs named columns, but this is {shown(row)}")
        empty = False
        yield place, row
    if empty:
        raise UserError(f"{name} holds no rows")


def _json(content: bytes, name: str) -> Iterator[Placed]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(f"{name}, line {line}: not UTF-8 text") from None
    try:
        whole = json.loads(text) if text.strip() else []
    except json.JSONDecodeError as error:
        # Some sets are JSON lines whatever their name says (AQuA's test.json): content decides.
        if not _starts_with_object_line(text):
            raise UserError(f"{name}, line {error.lineno}: not JSON ({error.msg})") from None
        yield from _json_lines(text, name)
        return
    if isinstance(whole, dict):
        whole = next((whole[key] for key in ("examples", "data") if key in whole), whole)
    if isinstance(whole, dict):
        yield f"{name}, line 1", whole  # JSON lines of one line
        return
    if not isinstance(whole, list):
        raise UserError(f"{name}: a list of rows was expected, not {shown(whole)}")
    for number, row in enumerate(whole, 1):
        yield f"{name}, row {number}", row


def _json_lines(text: str, name: str) -> Iterator[Placed]:
    # Late: 20 ms that `harness list` does not need.
    import jsonlines

    number = 0

    def counted() -> Iterator[str]:
        nonlocal number
        # Not splitlines(): U+2028 and its like may stand inside a JSON string and end no line.
        for number, line in enumerate(text.split("\n"), 1):  # noqa: B007 (the row's place)
            yield line

    try:
        # Python's parser, whichever else is installed: it alone takes all that it writes.
        reader = jsonlines.Reader(counted(), loads=json.loads)
        rows: Iterator[Any] = reader.iter(allow_none=True, skip_empty=True)
        for row in rows:
            yield f"{name}, line {number}", row
    except jsonlines.InvalidLineError as error:
        reason = getattr(error.__cause__, "msg", error.__cause__)
        raise UserError(f"{name}, line {error.lineno}: not JSON ({reason})") from None


def _starts_with_object_line(text: str) -> bool:
    try:
        return isinstance(json.loads(text.lstrip().partition("\n")[0]), dict)
    except json.JSONDecodeError:
        return False


def _parquet(content: bytes, name: str) -> Iterator[Placed]:
    # Slow to import: only where it is used.
    from pyarrow import parquet  # type: ignore[import-untyped]

    try:
        table = parquet.read_table(io.BytesIO(content))
    except (ValueError, OSError) as error:
        raise UserError(f"{name} is no Parquet file: {_first_line(error)}") from None
    for number, row in enumerate(table.to_pylist(), 1):
        yield f"{name}, row {number}", row


def _xml(content: bytes, name: str) -> Iterator[Placed]:
    """Rows from ASDiv's form, `<Problem ID="..."><Body>...`: attributes and elements by name."""
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise UserError(f"{name}, line {error.position[0]}: not XML ({error.msg})") from None
    for number, problem in enumerate(root.iter("Problem"), 1):
        row: dict[str, object] = dict(problem.attrib)
        row.update({child.tag: child.text or "" for child in problem})
        yield f"{name}, row {number}", row


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


def shown(value: object) -> str:
    """A value as a message shows it: short, on one line."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:37] + "..."
