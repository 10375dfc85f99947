"""Where each sample of a run begins in its file, so that any of them is read without the others."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import tempfile
import zlib
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from harness.errors import UserError
from harness.records.loading import column_key
from harness.records.record import Sample
from harness.view.folder import NotThere

GONE = "there is no such sample: it may have changed since the page was made"

PIECE = 1 << 20
"""Bytes that are unpacked at a time."""

LONGEST = 1 << 28
"""Bytes of a line at most; a longer one is no sample, and counts as torn."""

KEEP = 0.5
"""Of the free space of the disk, so much may an unpacked file take at most."""


@dataclass(slots=True)
class Column:
    """One column of a run: its names, its rows, and what is known of them so far.

    `rows` are places in the index. `credit` sums over the problems that ran; `tokens` is None once
    one chain does not say its own.
    """

    names: Mapping[str, Any]
    rows: array[int] = field(default_factory=lambda: array("Q"))
    credit: float = 0.0
    errors: int = 0
    tokens: int | None = 0


class Index:
    """The places of a run's samples. It follows a file that grows, and starts again where one changed.

    What is held is some 30 bytes for each sample, whatever its length. A compressed file is
    unpacked once, into a temporary file without a name.
    """

    def __init__(self, file: Path) -> None:
        """Nothing is read before `follow`."""
        self.file = file
        self._unpacked: BinaryIO | None = None
        self._stamp: tuple[int, int, int] | None = None
        self._clear()

    def follow(self) -> None:
        """Read what is new in the file. Raises `UserError` where it cannot be read."""
        try:
            state = self.file.stat()
            stamp = (state.st_ino, state.st_size, state.st_mtime_ns)
            if stamp == self._stamp:
                return
            if self.file.suffix == ".gz" or not self._grown(state.st_ino, state.st_size):
                self._clear()
            if self.file.suffix == ".gz":
                self._unpack()
            if self._unpacked is not None:
                self._read(self._unpacked)
            else:
                with self.file.open("rb") as file:
                    self._read(file)
        except (OSError, EOFError, zlib.error) as error:
            raise UserError(f"{self.file.name} cannot be read: {error}") from error
        self._stamp = stamp

    def __len__(self) -> int:
        return len(self._places)

    def sample(self, row: int) -> Sample:
        """The sample in a row. Raises `NotThere` where there is none, or it has changed."""
        if not 0 <= row < len(self._places):
            raise NotThere(GONE)
        if self._unpacked is not None:
            line = os.pread(self._unpacked.fileno(), self._lengths[row], self._places[row])
        else:
            with self.file.open("rb") as file:
                file.seek(self._places[row])
                line = file.read(self._lengths[row])
        content = _sample(line)
        if content is None:
            raise NotThere(GONE)
        return content

    def close(self) -> None:
        """Let go of what was unpacked."""
        if self._unpacked is not None:
            self._unpacked.close()
            self._unpacked = None
        self._clear()

    def find(self, column: str, problem: str) -> int | None:
        """The row of a problem in a column (`column_key`); None where there is none."""
        if column not in self.columns:
            return None
        digest = _digest(problem)
        for row in self.columns[column].rows:
            if self._problems[row] == digest and self.sample(row)["problem"] == problem:
                return row
        return None

    def _clear(self) -> None:
        self._stamp = None
        self._end = 0
        self._lines = 0
        self._last = b""
        self._places, self._lengths, self._problems = array("Q"), array("Q"), array("Q")
        self.columns: dict[str, Column] = {}
        self.torn: list[int] = []

    def _grown(self, inode: int, size: int) -> bool:
        """Whether the file is the one that was read, with more at its end."""
        if self._stamp is None or self._stamp[0] != inode or size < self._end:
            return False
        with self.file.open("rb") as file:
            file.seek(self._end - len(self._last))
            return file.read(len(self._last)) == self._last

    def _read(self, file: BinaryIO) -> None:
        file.seek(self._end)
        while line := file.readline(LONGEST):
            length = len(line)
            while not line.endswith(b"\n") and (rest := file.readline(LONGEST)):
                line, length = rest, length + len(rest)
            if not line.endswith(b"\n"):
                break  # on its way, or cut off: it counts once it is whole
            self._lines += 1
            if length == len(line):
                self._add(line)
            else:
                self.torn.append(self._lines)
            self._end += length
            self._last = line[-256:]

    def _add(self, line: bytes) -> None:
        sample = _sample(line)
        if sample is None:
            self.torn.append(self._lines)
            return
        key = column_key(sample)
        if key not in self.columns:
            names = {name: sample[name] for name in ("model", "task", "strategy", "options")}
            self.columns[key] = Column(names)
        column = self.columns[key]
        column.rows.append(len(self._places))
        self._places.append(self._end)
        self._lengths.append(len(line))
        self._problems.append(_digest(sample["problem"]))
        if sample["correct"] is None:
            column.errors += 1
        else:
            column.credit += sample["correct"]
        counts = [chain.get("tokens") for chain in sample["chains"]]
        if None in counts or column.tokens is None:
            column.tokens = None
        else:
            column.tokens += sum(counts)

    def _unpack(self) -> None:
        self.close()
        room = int(KEEP * shutil.disk_usage(tempfile.gettempdir()).free)
        target = tempfile.TemporaryFile()  # noqa: SIM115 (kept while the run is viewed)
        try:
            with gzip.open(self.file, "rb") as packed:
                while piece := packed.read(PIECE):
                    room -= len(piece)
                    if room < 0:
                        raise UserError(f"{self.file.name} is too large to be unpacked here")
                    target.write(piece)
            target.flush()
        except BaseException:
            target.close()
            raise
        self._unpacked = target


def _sample(line: bytes) -> Sample | None:
    """A line as a sample; None where it is none."""
    try:
        content = json.loads(line)
        column_key(content)
        ran = content["correct"] is None or isinstance(content["correct"], int | float)
        whole = isinstance(content["problem"], str) and isinstance(content["chains"], list)
        readable = all(isinstance(chain, dict) for chain in content["chains"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return content if ran and whole and readable else None


def _digest(problem: str) -> int:
    digest = hashlib.blake2b(problem.encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "big")
