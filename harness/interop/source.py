"""The files of others: opened, known by their content, and cut into chunks of rows.

A file has a row on each line, or is one JSON document: an array of rows, or a log of Inspect's. It
may be compressed by gzip. Its name decides nothing but what its rows are called.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from harness.errors import UserError, nearest
from harness.interop import inspect_logs, lm_evaluation_harness, plain, samples
from harness.interop.lm_evaluation_harness import named
from harness.interop.rows import Row, Unusable, shown

CHUNK = 1 << 19
"""Bytes of lines that are worked on at a time: a few milliseconds of parsing."""

ROWS = 64
"""Rows of a document that are worked on at a time."""

HEAD = 1 << 16
"""Bytes in which a file is known."""

GZIP, ZIP, MARK = b"\x1f\x8b", b"PK\x03\x04", b"\xef\xbb\xbf"

DOCUMENT = re.compile(rb'\s*(?:\[|\{\s*"version"\s*:\s*[0-9]+\s*,\s*"status"\s*:)')
"""How one JSON document begins that is no row itself."""

FORMATS = {
    "samples": samples,
    "lm-evaluation-harness": lm_evaluation_harness,
    "rows": plain,
}
"""The formats of rows, each known by the fields that a row of it has, in the order in which they are
tried: a sample of ours has a gold, as a plain row has."""

Entry = tuple[str, Row] | str
"""A row with the name of its format, or why there is none."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that follow one another: lines yet to be parsed, or the entries of a document."""

    first: int
    lines: Sequence[bytes] = ()
    entries: Sequence[Entry] = ()

    def __len__(self) -> int:
        return len(self.lines) or len(self.entries)


@dataclass(frozen=True, slots=True)
class Source:
    """A file: its name among the others, what it is, and its entries where it is one document.

    `model` and `task` are what rows are called that do not say it.
    """

    path: Path
    name: str
    model: str
    task: str
    sha256: str
    size: int
    document: Sequence[Entry] | None

    @property
    def unit(self) -> str:
        """What its rows are counted in."""
        return "line" if self.document is None else "row"

    def chunks(self) -> Iterator[Chunk]:
        """All of its rows in order."""
        if self.document is not None:
            for place in range(0, len(self.document), ROWS):
                yield Chunk(place + 1, entries=self.document[place : place + ROWS])
            return
        first = 1
        # Cut into lines by hand: jsonlines' Reader parses as it reads, and parsing is what other
        # processes are there for. They get the lines, and read them by it (`entries`).
        with _opened(self.path) as file:
            while lines := file.readlines(CHUNK):  # ends lines at \n alone
                if first == 1:
                    lines[0] = lines[0].removeprefix(MARK)
                yield Chunk(first, lines)
                first += len(lines)


def sources(paths: Sequence[Path]) -> list[Source]:
    """The files, each once. Raises `UserError` for one that cannot be read or has no rows."""
    once = {path.expanduser().resolve(): path.expanduser() for path in paths}
    for path in once.values():
        _check(path)
    names = _names([_shown(path) for path in once])
    return [_source(path, name) for path, name in zip(once.values(), names, strict=True)]


def entries(chunk: Chunk) -> Iterator[Entry]:
    """The rows of a chunk in order, or why there is none."""
    if chunk.entries:
        yield from chunk.entries
        return
    import jsonlines

    reader = jsonlines.Reader(chunk.lines, loads=_parsed)
    for _ in chunk.lines:
        try:
            yield _item(reader.read(allow_none=True))
        except jsonlines.InvalidLineError as error:
            yield _fault(error.line, error.__cause__)


def _source(path: Path, name: str) -> Source:
    with path.open("rb") as raw:
        sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
    with _opened(path) as file:
        head = file.read(HEAD)
        if not head.strip(MARK + b" \t\r\n"):
            raise UserError(f"{path} is empty: there is nothing to score")
        if head.startswith(ZIP):
            raise UserError(
                f"{path} is a zip archive: a log of Inspect's has to be converted to JSON first "
                "(inspect log convert --to json)"
            )
        if b"\0" in head:
            raise UserError(f"{path} is a binary file: outputs to score are lines of JSON in UTF-8")
        whole = DOCUMENT.match(head.removeprefix(MARK))
        document = _document(path, head + file.read()) if whole else None
    model, task = named(path)
    return Source(path, name, model or name, task or name, sha256, path.stat().st_size, document)


def _document(path: Path, text: bytes) -> list[Entry] | None:
    """The rows of a file that begins like one document; None where it is lines all the same."""
    try:
        content = json.loads(text.removeprefix(MARK).decode("utf-8"))
    except (ValueError, RecursionError):
        if text.removeprefix(MARK).lstrip().startswith(b"["):
            return None  # the first of its lines is an array, and can be told of as a bad row
        raise UserError(f"{path} is a log of Inspect's that is cut off or broken") from None
    if inspect_logs.recognised(content):
        entries = inspect_logs.rows(content)
        return [row if isinstance(row, str) else ("inspect", row) for row in entries]
    if not isinstance(content, list):
        raise UserError(f"{path} is a JSON document of another kind: it has no samples to score")
    return [_item(item) for item in content]


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


def _item(content: object) -> Entry:
    """The format and the row of a JSON value, or why there is none."""
    if not isinstance(content, dict):
        return f"no object but {shown(content)}"
    try:
        for name, form in FORMATS.items():
            if form.recognised(content):
                return name, form.row(content)
    except Unusable as reason:
        return str(reason)
    return f"no 'gold', among the fields {shown(list(content))}"


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The content of a file, decompressed. What goes wrong while it is read is a `UserError`."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(len(GZIP)) == GZIP
            raw.seek(0)
            yield cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path} cannot be read: {error}") from error


def _check(path: Path) -> None:
    try:
        _find(path)
        path.open("rb").close()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error


def _find(path: Path) -> None:
    if path.is_dir():
        samples = path / "samples.jsonl"
        remedy = f"name {samples}" if samples.is_file() else "name the file of outputs in it"
        raise UserError(f"{path} is a folder: {remedy}")
    if not path.exists():
        beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        raise UserError(f"there is no file {path}{nearest(path.name, beside)}")
    if not path.is_file():
        raise UserError(f"{path} is no file: it is read twice, so save its content to a file first")


def _names(paths: Sequence[Path]) -> list[str]:
    """The names of files without their endings, with as many folders as it takes to differ."""
    for whole in (False, True):
        parts = [(*path.parts[:-1], path.name if whole else _stem(path)) for path in paths]
        for depth in range(1, max(map(len, parts)) + 1):
            names = ["/".join(one[-depth:]) for one in parts]
            if len(set(names)) == len(names):
                return names
    return names


def _stem(path: Path) -> str:
    return Path(path.name.removesuffix(".gz")).stem or path.name


def _shown(path: Path) -> Path:
    """A path with escapes for the bytes in it that are no UTF-8, which no report could show."""
    return Path(str(path).encode("utf-8", "backslashreplace").decode())
