"""Tables: CSV and TSV, whose cells are texts, and parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.interop.files import opened
from harness.interop.formats import fields, lighteval, lm_evaluation_harness
from harness.interop.formats.fields import Fields

ROWS = 16
"""Rows of a parquet file that are worked on at a time: one may have a hundred texts."""

PARQUET = b"PAR1"
"""How a parquet file begins."""

BUFFER = 1 << 20
"""Bytes of a column that are read at a time."""

SEPARATORS = "\t,;|"
"""What parts the cells of a line: whichever its header has most of."""

LONGEST = 1 << 30
"""Characters of a cell, at most: what the csv module allows by itself is less than a long chain has."""


def header(line: str) -> tuple[list[str], str]:
    """The columns that a first line names, and what parts them."""
    separator = max(SEPARATORS, key=line.count)
    return next(csv.reader([line], delimiter=separator), []), separator


def cells(path: Path, separator: str) -> Iterator[dict[str, str] | list[str]]:
    """The lines of a table as objects; one with another number of cells than the header is a list."""
    csv.field_size_limit(LONGEST)
    with opened(path) as file:
        lines = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        try:
            reader = csv.reader(lines, delimiter=separator)
            columns = next(reader, [])
            for line in reader:
                if line:
                    same = len(line) == len(columns)
                    yield dict(zip(columns, line, strict=True)) if same else line
        except (csv.Error, UnicodeDecodeError) as error:
            raise UserError(f"{path} cannot be read as a table: {error}") from None
        finally:
            lines.detach()


def columns(path: Path) -> list[str]:
    """The columns of a parquet file. Raises `UserError` where it is none."""
    from pyarrow import ArrowException, parquet  # type: ignore[import-untyped]

    try:
        with parquet.ParquetFile(path) as table:
            return list(table.schema_arrow.names)
    except (OSError, ArrowException) as error:
        raise UserError(f"{path} cannot be read as parquet: {_line(error)}") from None


def batches(path: Path, meant: Fields | None) -> Iterator[list[dict[str, Any]]]:
    """The rows of a parquet file, with the columns of them that are read."""
    from pyarrow import ArrowException, parquet

    try:
        # not whole columns at once, which may be larger than the memory
        with parquet.ParquetFile(path, buffer_size=BUFFER, pre_buffer=False) as table:
            read = _read(table.schema_arrow.names, meant)
            for batch in table.iter_batches(batch_size=ROWS, columns=read):
                yield batch.to_pylist()
    except (OSError, ArrowException) as error:
        raise UserError(f"{path} cannot be read as parquet: {_line(error)}") from None


def _read(names: Sequence[str], meant: Fields | None) -> Sequence[str] | None:
    """The columns that are read, or paths into them; None for all."""
    if meant is not None:
        return sorted({name for column in fields.columns(meant) for name in _roots(column, names)})
    for form in (lighteval, lm_evaluation_harness):
        if form.recognised({name: {} for name in names}):
            columns: Sequence[str] = form.COLUMNS
            return columns
    return None


def _roots(path: str, names: Sequence[str]) -> Sequence[str]:
    """The column that a path begins in, or that is called so itself."""
    return [name for name in (path, path.partition(".")[0]) if name in names]


def _line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
