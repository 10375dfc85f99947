"""The files that are scored: opened, checked, and called by names that differ."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from harness.errors import UserError, nearest

GZIP = b"\x1f\x8b"


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The content of a file, decompressed. What goes wrong while it is read is a `UserError`."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(len(GZIP)) == GZIP
            raw.seek(0)
            yield cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path} cannot be read: {error}") from error


def check(path: Path) -> None:
    """Raises `UserError` for a path that leads to no file, or to one that cannot be read."""
    try:
        _find(path)
        path.open("rb").close()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error


def names(paths: Sequence[Path]) -> list[str]:
    """The names of files without their endings, with as many folders as it takes to differ."""
    for whole in (False, True):
        parts = [(*path.parts[:-1], path.name if whole else _stem(path)) for path in paths]
        for depth in range(1, max(map(len, parts)) + 1):
            names = ["/".join(one[-depth:]) for one in parts]
            if len(set(names)) == len(names):
                return names
    return names


def writable(path: Path) -> Path:
    """A path with escapes for the bytes in it that are no UTF-8, which no report could show."""
    return Path(str(path).encode("utf-8", "backslashreplace").decode())


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


def _stem(path: Path) -> str:
    return Path(path.name.removesuffix(".gz")).stem.removesuffix("-rs*") or path.name
