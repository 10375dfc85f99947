"""What is found in a file: its rows with the names of their formats, or why there is none."""

from __future__ import annotations

import json
from pathlib import Path

from harness.interop.pieces import entries
from harness.interop.rows import Row
from harness.interop.source import sources


def written(folder: Path, *rows: object, name: str = "rows.jsonl") -> Path:
    file = folder / name
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def found(file: Path) -> list[tuple[str, Row] | str]:
    [source] = sources([file])
    return [entry for chunk in source.chunks() for entry in entries(chunk)]


def only(file: Path) -> Row:
    [entry] = found(file)
    assert not isinstance(entry, str), entry
    return entry[1]


def reason(file: Path) -> str:
    [entry] = found(file)
    assert isinstance(entry, str), entry
    return entry
