"""One door to released data: a local file in its released format, the Hugging Face hub, or the
file's own address.

A loader describes its source as a `Release`, turns each `Row` into a problem, and passes the
problems through `catalogued`. Every complaint names the file, the line, what was expected and the
remedy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from pathlib import Path

from harness import KINDS, Problem, UserError

from .files import AS_WRITTEN, Placed, Table, content_rows, file_rows, shown
from .online import UnavailableError, download, hub_rows


@dataclass(frozen=True, slots=True)
class Release:
    """Where a data set is found, and what its rows look like.

    `file` is the address of the released file, in which `{revision}` stands for a commit or branch
    (`branch` unless told) and `{split}` for a split. `columns` shows a row to a reader
    (`"{question, answer}"`). `hub` and `config` name the set on the Hugging Face hub; without `hub`
    the file itself is downloaded. `splits` maps what `split=` may say to the hub's split or splits.
    `table` says how its CSV or TSV is read.
    """

    task: str
    file: str
    columns: str
    branch: str = "main"
    hub: str | None = None
    config: str | None = None
    splits: Mapping[str, str] = field(default_factory=lambda: {"test": "test"})
    table: Table = AS_WRITTEN

    def address(self, split: str, revision: str | None = None) -> str:
        """Where the released file is downloaded from."""
        address = self.file.replace("{revision}", revision or self.branch)
        return address.replace("{split}", split)

    def expected(self, split: str) -> str:
        """The sentence that says what a file should look like."""
        return f"{self.task} reads {self.columns} as in {self.address(split)}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a release: its position from 0, its columns, and where it stands, for messages."""

    index: int
    place: str
    values: Mapping[str, object]
    expected: str = ""

    def __getitem__(self, column: str) -> object:
        return self.first(column)

    def __contains__(self, column: object) -> bool:
        return column in self.values

    def first(self, *columns: str) -> object:
        """The value of the first of `columns` that is there: releases of a set differ in names."""
        for column in columns:
            if column in self.values:
                return self.values[column]
        values = ", ".join(self.values) or "none"
        raise self.wrong(f"no column {' or '.join(columns)}; the columns are {values}")

    def text(self, *columns: str) -> str:
        """A text without the blanks around it; those inside are the release's own and stay."""
        value = self.first(*columns)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(f"{' or '.join(columns)} is {shown(value)}, not a text")
        return value.strip()

    def whole(self, *columns: str) -> int:
        """A whole number, such as a row's own index."""
        value = self.first(*columns)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(f"{' or '.join(columns)} is {shown(value)}, not a whole number")
        return value

    def gold(self, raw: object, kind: str = "number", choices: Sequence[str] = ()) -> str:
        """A released gold in the normal form of its kind, at full precision.

        51.0 becomes "51", "1,450,000" becomes "1450000".
        """
        if isinstance(raw, float):
            # repr writes 2e-06 and 1e+16 for some floats; the number is wanted in plain digits.
            raw = format(Decimal(repr(raw)), "f")
        bare = isinstance(raw, (str, int)) and (kind == "yes_no" or not isinstance(raw, bool))
        answer = KINDS[kind].normal(str(raw).strip(), choices) if bare else None
        if not answer:
            raise self.wrong(f"the gold {shown(raw)} is no answer of the kind {kind}")
        return answer

    def wrong(self, complaint: str) -> UserError:
        """The error that says what is wrong with this row and what was expected."""
        return UserError(f"{self.place}: {complaint}. {self.expected}".rstrip())


def rows(path: str, columns: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of a local file, each with at least `columns`. Raises UserError."""
    expected = f"Expected rows with {', '.join(columns)}." if columns else ""
    for index, (place, values) in enumerate(file_rows(path)):
        row = Row(index, place, values, expected)
        for column in columns:
            row.first(column)
        yield row


def released(release: Release, path: str | None, split: str, revision: str | None) -> Iterator[Row]:
    """The rows of a release, from the local file `path` or from the network. Raises UserError."""
    if split not in release.splits:
        splits = " or ".join(release.splits)
        raise UserError(f"{release.task}: there is no split {split!r}; split= can be {splits}")
    if path is not None and revision is not None:
        raise UserError(f"{release.task}: revision= is for downloads; leave it out beside path=")
    try:
        placed = (
            _from_file(release, path, split)
            if path is not None
            else _online(release, split, revision)
        )
        for index, (place, values) in enumerate(placed):
            yield Row(index, f"{release.task}: {place}", values, release.expected(split))
    except UnavailableError as reason:
        raise UserError(
            f"{release.task}: {reason}. Download {release.address(split)} where there is a "
            f"network, and give the file as {release.task}:path=FILE"
        ) from reason


def named_in(path: str | None, names: Iterable[str], otherwise: str) -> str:
    """The one of `names` that a file bears in its name (`"train"`: `train.jsonl`), or `otherwise`.

    So the ids of a file are those of its own split, even where nobody said `split=train`.
    """
    words = re.split(r"[\W_]+", Path(path or "").name.lower())
    return next((name for name in names if name in words), otherwise)


def catalogued(problems: Iterable[Problem], first: int | None = None) -> Iterator[Problem]:
    """The `first` so many problems, checked to have different ids; a repeated question is tagged as such.

    The tag `duplicate_of` is the id of the first occurrence. Repeats stay in, for published figures
    count them.
    """
    if first is not None and first < 1:
        raise UserError(f"first={first} is no number of rows from 1 on")
    ids: set[str] = set()
    seen: dict[tuple[str, tuple[str, ...]], str] = {}
    for problem in islice(problems, first):
        if problem.id in ids:
            raise UserError(
                f"two rows have the id {problem.id}: results could not be told apart by it"
            )
        ids.add(problem.id)
        before = seen.setdefault((problem.question, problem.choices), problem.id)
        if before != problem.id:
            problem = replace(problem, tags={**problem.tags, "duplicate_of": before})
        yield problem


def _from_file(release: Release, path: str, split: str) -> Iterator[Placed]:
    try:
        yield from file_rows(path, release.table)
    except UserError as error:
        raise UserError(f"{release.task}: {error}. {release.expected(split)}") from None


def _online(release: Release, split: str, revision: str | None) -> Iterator[Placed]:
    if release.hub is None:
        address = release.address(split, revision)
        yield from content_rows(download(address), address, release.table)
        return
    expression = release.splits[split]
    for number, row in enumerate(hub_rows(release.hub, release.config, expression, revision), 1):
        yield f"{release.hub} on the hub, split {expression}, row {number}", row
