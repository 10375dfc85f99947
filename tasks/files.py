"""Rows of a data file, each with its place in it: JSON, JSON lines, CSV, TSV, Parquet or XML, told
apart by content where names lie."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from harness import UserError

Record = Mapping[str, object]
Placed = tuple[str, Record]
"""A row and where it stands: `("test.jsonl, line 17", {...})`."""


@dataclass(frozen=True, slots=True)
class Table:
    """How CSV or TSV is to be read: the names of its columns where it has no header, and whether
    quotes are signs of the format (`"a, b"` is one cell) or of the text."""

    header: tuple[str, ...] = ()
    quoted: bool = True


AS_WRITTEN = Table()


def file_rows(path: str, table: Table = AS_WRITTEN) -> Iterator[Placed]:
    """The rows of the file at `path`, in its order; `table` is for CSV and TSV.

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
    return content_rows(content, path, table)


def content_rows(content: bytes, name: str, table: Table = AS_WRITTEN) -> Iterator[Placed]:
    """The rows of a file's content; `name` says what file it is in messages and by its ending."""
    if name.endswith((".csv", ".tsv")):
        rows = _table(content, name, table)
    elif name.endswith(".parquet"):
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


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(f"{name}, line {line}: not UTF-8 text") from None


def _table(content: bytes, name: str, table: Table) -> Iterator[Placed]:
    """Rows of CSV or TSV; a cell may have line breaks, and its row stands where it begins."""
    reader = csv.reader(
        io.StringIO(_text(content, name), newline=""),
        delimiter="\t" if name.endswith(".tsv") else ",",
        quoting=csv.QUOTE_MINIMAL if table.quoted else csv.QUOTE_NONE,
        strict=True,
    )
    header, line = list(table.header), 1
    try:
        for cells in reader:
            place, line = f"{name}, line {line}", reader.line_num + 1
            if not header:
                header = cells
            elif cells:
                if len(cells) != len(header):
                    expected = f"the columns are {', '.join(header)}"
                    raise UserError(f"{place}: {len(cells)} cells, not {len(header)}; {expected}")
                yield place, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise UserError(f"{name}, line {line}: no table ({error})") from None


def _json(content: bytes, name: str) -> Iterator[Placed]:
    text = _text(content, name)
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
    """Rows from ASDiv's form, `<Problem ID="..."><Body>...`, or that of Winograd schemas.

    Attributes and elements are columns; of `<answers>` the column is a list.
    """
    try:
        # some files hold UTF-8 and say that they do not
        root = ElementTree.fromstring(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UserError(f"{name} is not UTF-8 text") from None
    except ElementTree.ParseError as error:
        raise UserError(f"{name}, line {error.position[0]}: not XML ({error.msg})") from None
    problems = [*root.iter("Problem"), *root.iter("schema")]
    for number, problem in enumerate(problems, 1):
        row: dict[str, object] = dict(problem.attrib)
        row.update({child.tag: child.text or "" for child in problem})
        row.update({child.tag: child.text or "" for child in problem.iterfind("text/*")})
        if (answers := problem.find("answers")) is not None:
            row["answers"] = [answer.text or "" for answer in answers]
        yield f"{name}, row {number}", row


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


def shown(value: object) -> str:
    """A value as a message shows it: short, on one line."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:37] + "..."
