"""Writes zip archives as Inspect does: packed by zstd, which Python reads and writes from 3.14 on."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

STORED, DEFLATED, ZSTD = 0, 8, 93


def packed(content: bytes, method: int) -> bytes:
    """Content as a member of the archive has it. Two frames for zstd, as Inspect's large members are."""
    if method == ZSTD:
        import pyarrow  # type: ignore[import-untyped]

        half = len(content) // 2
        parts = (content[:half], content[half:])
        return b"".join(pyarrow.compress(part, codec="zstd", asbytes=True) for part in parts)
    if method == DEFLATED:
        pack = zlib.compressobj(5, wbits=-zlib.MAX_WBITS)
        return pack.compress(content) + pack.flush()
    return content


def write(path: Path, members: Iterable[tuple[str, bytes]], method: int = ZSTD) -> Path:
    """An archive of at most 4 GB with these members."""
    directory: list[bytes] = []
    with path.open("wb") as file:
        for name, content in members:
            called, body = name.encode(), packed(content, method)
            place = file.tell()
            # version, flags (UTF-8), method, time, date, checksum, sizes, lengths of name and extra
            fields: tuple[Any, ...] = (20, 0x800, method, 0, 0, zlib.crc32(content))
            head = struct.pack("<5HI", *fields) + struct.pack("<2I", len(body), len(content))
            lengths = struct.pack("<2H", len(called), 0)
            file.write(b"PK\x03\x04" + head + lengths + called + body)
            rest = struct.pack("<3H2I", 0, 0, 0, 0, place)
            directory.append(b"PK\x01\x02" + struct.pack("<H", 20) + head + lengths + rest + called)
        start = file.tell()
        file.write(b"".join(directory))
        sizes = struct.pack(
            "<4H2IH", 0, 0, len(directory), len(directory), file.tell() - start, start, 0
        )
        file.write(b"PK\x05\x06" + sizes)
    return path
