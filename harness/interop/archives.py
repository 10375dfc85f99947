"""Zip archives of Inspect's: a sample at a time, without unpacking the rest.

Their members are packed by zstd, which Python reads from 3.14 on: pyarrow does it before.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from harness.errors import UserError
from harness.interop.formats import inspect_logs
from harness.interop.json_stream import BLOCK, Scanner, scanned
from harness.interop.pieces import ROWS, Entry, Read

HEADERS = ("header.json", "_journal/start.json", "start.json")
"""Where the task and the model stand: of a log that was finished, else begun, else of an old one."""

SAMPLE = re.compile(r"samples/(?P<sample>.+)_epoch_(?P<epoch>\d+)(?:\.json|/sample\.json)")
"""The members that are samples: whole ones, and those whose messages and attachments lie beside."""

STORED, DEFLATED, ZSTD = 0, 8, 93
"""Ways to pack a member, by their numbers in the format."""

SUMMARIES = "summaries.json"
"""Where a log that was finished tells of every sample whether it ended in an error."""

SIZE = 8 << 20
"""Bytes of samples, unpacked, that are worked on at a time."""

BROKEN = (OSError, ValueError, zlib.error, NotImplementedError)
"""What is raised by a member that cannot be read."""

LOCAL = 30
"""Bytes of what stands before a member, without its name and extra fields."""


class Member(NamedTuple):
    """Where a member lies in its archive, how large it is there, and how it is packed."""

    name: str
    offset: int
    packed: int
    size: int
    method: int


class Group(NamedTuple):
    """The epochs of one sample, each with the members that hold its attachments.

    Of those that are `fine` it is known that they ended in no error.
    """

    samples: tuple[Member, ...]
    attachments: tuple[tuple[Member, ...], ...]
    fine: tuple[bool, ...]


def opened(path: Path) -> tuple[list[Group], Read]:
    """The samples of an archive, and what reads them. Raises `UserError` for one of another kind."""
    members = _members(path)
    header = next((members[name] for name in HEADERS if name in members), None)
    if header is None:
        raise UserError(
            f"{path} is a zip archive, and no log of Inspect's: unpack it, and name the file of outputs"
        )
    part = header
    try:
        with path.open("rb") as file:
            spec, fine = _header(file, header), frozenset[str]()
            if SUMMARIES in members:
                part = members[SUMMARIES]
                fine = _fine(file, part)
    except BROKEN as error:
        raise UserError(f"{part.name} in {path} is broken: {error}") from error
    groups = _groups(members, fine)
    if not groups:
        raise UserError(
            f"{path} is a log of Inspect's without samples: it holds a header alone, or the evaluation "
            "ran with --no-log-samples"
        )
    return groups, partial(read, path, spec)


def batches(groups: Sequence[Group]) -> Iterator[list[Group]]:
    """Samples that are worked on at a time: by their size, for one may be as large as a thousand."""
    batch: list[Group] = []
    size = 0
    for group in groups:
        batch.append(group)
        size += sum(member.size for member in group.samples)
        if size >= SIZE or len(batch) == ROWS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def read(path: Path, spec: Mapping[str, Any], groups: Sequence[Group]) -> Iterator[Entry]:
    """The rows of some samples of an archive."""
    with path.open("rb") as file:
        for group in groups:
            each = zip(*group, strict=True)
            yield inspect_logs.entry(spec, [_epoch(file, *one) for one in each])


def _epoch(
    file: BinaryIO, member: Member, attachments: Sequence[Member], fine: bool
) -> inspect_logs.Epoch | str:
    try:
        with _unpacked(file, member) as stream:
            content = inspect_logs.sample(scanned(stream), fine)
        beside = cache(partial(_attachments, file, attachments)) if attachments else None
        return inspect_logs.epoch(content, beside)
    except BROKEN as error:
        return f"{member.name} cannot be read: {error}"


def _attachments(file: BinaryIO, members: Sequence[Member]) -> dict[str, Any]:
    """Attachments by their place in all lists of them, of which each begins where its name says."""
    numbered: dict[str, Any] = {}
    for member in members:
        start = int(Path(member.name).stem)
        with _unpacked(file, member) as stream:
            scanner = scanned(stream)
            for place, _ in enumerate(scanner.items(), start=start):
                numbered[str(place)] = scanner.value()
    return numbered


def _header(file: BinaryIO, member: Member) -> Mapping[str, Any]:
    with _unpacked(file, member) as stream:
        scanner: Scanner = scanned(stream)
        for key in scanner.members():
            if key == "eval":
                spec = scanner.value()
                known = spec if isinstance(spec, dict) else {}
                return {name: known.get(name) for name in ("model", "task")}
            scanner.skip()
    return {}


def _fine(file: BinaryIO, member: Member) -> frozenset[str]:
    """The samples that ended in no error, by the names of their members."""
    fine = set[str]()
    with _unpacked(file, member) as stream:
        scanner = scanned(stream)
        for _ in scanner.items():
            told = scanner.value()
            # logs from before there were errors in summaries do not say that a sample is completed
            if isinstance(told, dict) and told.get("completed") is True and not told.get("error"):
                fine.add(f"samples/{told.get('id')}_epoch_{told.get('epoch')}")
    return frozenset(fine)


def _members(path: Path) -> dict[str, Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            return {
                info.filename: Member(
                    info.filename,
                    info.header_offset,
                    info.compress_size,
                    info.file_size,
                    info.compress_type,
                )
                for info in archive.infolist()
            }
    except zipfile.BadZipFile:
        raise UserError(
            f"{path} is a zip archive that is cut off or broken: copy it again, or let the evaluation "
            "that writes it come to its end"
        ) from None


def _groups(members: Mapping[str, Member], fine: frozenset[str]) -> list[Group]:
    epochs: dict[str, list[tuple[Member, tuple[Member, ...], bool]]] = {}
    beside: dict[str, list[Member]] = {}
    for name, member in members.items():
        folder, _, file = name.rpartition("/")
        if folder.endswith("/attachments") and Path(file).stem.isdecimal():
            beside.setdefault(folder.removesuffix("attachments"), []).append(member)
    for name, member in members.items():
        match = SAMPLE.fullmatch(name)
        if match is not None:
            attachments = tuple(beside.get(name.removesuffix("sample.json"), ()))
            ended = name.removesuffix(".json").removesuffix("/sample") in fine
            epochs.setdefault(match["sample"], []).append((member, attachments, ended))
    return [Group(*map(tuple, zip(*each, strict=True))) for each in epochs.values()]


def _unpacked(file: BinaryIO, member: Member) -> BinaryIO:
    """The content of a member as a stream."""
    file.seek(member.offset)
    local = file.read(LOCAL)
    beyond = int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
    part = _Part(file, member.offset + LOCAL + beyond, member.packed)
    if member.method == STORED:
        return cast(BinaryIO, io.BufferedReader(part, BLOCK))
    if member.method == DEFLATED:
        return cast(BinaryIO, io.BufferedReader(_Inflated(part), BLOCK))
    if member.method == ZSTD:
        from pyarrow import CompressedInputStream, PythonFile  # type: ignore[import-untyped]

        return cast(BinaryIO, CompressedInputStream(PythonFile(part), "zstd"))
    raise NotImplementedError(f"it is packed by method {member.method}, which is not known")


class _Part(io.RawIOBase):
    """Some bytes of a file, which stays open."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file, self._start, self._left = file, start, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)[: self._left]
        self._file.seek(self._start)
        block = self._file.read(len(view))
        view[: len(block)] = block
        self._start, self._left = self._start + len(block), self._left - len(block)
        return len(block)


class _Inflated(io.RawIOBase):
    """What a deflated part unpacks to."""

    def __init__(self, part: _Part) -> None:
        self._part, self._unpack = part, zlib.decompressobj(-zlib.MAX_WBITS)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        while not self._unpack.eof:
            packed = self._unpack.unconsumed_tail or self._part.read(BLOCK) or b""
            block = self._unpack.decompress(packed, len(view))
            view[: len(block)] = block
            if block or not packed:
                return len(block)
        return 0
