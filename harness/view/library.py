"""What is kept between requests: indexes of samples, speeds, and the last reports that were made."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from harness.errors import UserError
from harness.records.loading import Score, column_key, read, titled
from harness.records.record import Sample
from harness.report.page import page
from harness.report.report import report
from harness.view.folder import FILES, Folder, NotThere, samples
from harness.view.index import GONE, Index
from harness.view.progress import Speed, progress
from harness.view.runs import listed, manifest_of

INDEXES = 8
PAGES = 4
"""How many of each are kept: the last that were asked for."""

Stamp = tuple[tuple[int, int] | None, ...]


class Library:
    """Answers what the pages ask of a folder. One request at a time reads samples or makes a report."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._indexing, self._reporting = Lock(), Lock()
        self._indexes: OrderedDict[Path, tuple[Index, Speed]] = OrderedDict()
        self._pages: OrderedDict[tuple[str, ...], tuple[tuple[Stamp, ...], str]] = OrderedDict()

    def run(self, name: str) -> Path:
        """The folder of a run. Raises `NotThere` for every name that is none of the list's."""
        path = self.folder.path(name)
        if why := self.folder.refused(path):
            raise NotThere(f"{name}: {why}")
        return path

    def report(self, names: Sequence[str], source: str) -> str:
        """The report of the runs, as a page that asks `source` for chains."""
        if not names:
            raise UserError("no run is chosen: tick one or more in the list")
        paths = [self.run(name) for name in names]
        with self._reporting:
            stamps = tuple(map(_stamp, paths))
            kept = self._pages.get(tuple(names))
            if kept and kept[0] == stamps:
                self._pages.move_to_end(tuple(names))
                return kept[1]
            try:
                scores = read(map(_shown, paths))
                text = page(report(scores), scores, source=source)
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                # broken files, which are told in a line; or else a fault of ours
                if why := next(filter(None, map(self._broken, names)), None):
                    raise UserError(why) from error
                raise
            _keep(self._pages, tuple(names), (stamps, text), PAGES)
            return text

    def scores(self, names: Sequence[str]) -> list[Score]:
        """The scores of a report in its order, without what their samples tell."""
        paths = dict.fromkeys(self.run(name) for name in names)
        return [score for path in paths for score in titled(path)]

    def sample_of(self, score: Score, problem: str) -> Sample:
        """The sample of a problem in the column of a score. Raises `NotThere` where there is none."""
        with self._indexing:
            index, _ = self._index(Path(score["run"]))
            row = index.find(column_key(score), problem) if index else None
            if index is None or row is None:
                raise NotThere(GONE)
            return index.sample(row)

    def rows(
        self, name: str, column: int, first: int, count: int
    ) -> tuple[dict[str, Any], int, list[tuple[int, Sample]]]:
        """The names of a run's column, how many samples it has, and some of them with their rows.

        Raises `NotThere` where there is no such column.
        """
        with self._indexing:
            index, _ = self._index(self.run(name))
            if index is None or not 0 <= column < len(index.columns):
                raise NotThere(GONE)
            column_index = list(index.columns.values())[column]
            rows = column_index.rows[max(first, 0) : max(first, 0) + count]
            return (
                dict(column_index.names),
                len(column_index.rows),
                [(row, index.sample(row)) for row in rows],
            )

    def sample(self, name: str, row: int) -> Sample:
        """One sample of a run. Raises `NotThere` where there is none."""
        with self._indexing:
            index, _ = self._index(self.run(name))
            if index is None:
                raise NotThere(GONE)
            return index.sample(row)

    def progress(self, name: str) -> dict[str, Any]:
        """How far a run is; see `harness.view.progress`."""
        path = self.run(name)
        manifest, _ = manifest_of(path)
        with self._indexing:
            index, speed = self._index(path)
            return progress(manifest, index, path, speed)

    def close(self) -> None:
        """Let go of unpacked files."""
        for index, _ in self._indexes.values():
            index.close()
        self._indexes.clear()

    def _broken(self, name: str) -> str | None:
        """What is wrong with the files of a run; None where nothing is."""
        if why := listed(self.folder, name).why:
            return f"{name}: {why}"
        with self._indexing:
            index, _ = self._index(self.run(name))
            if index and index.torn:
                return f"line {index.torn[0]} of {name}/{index.file.name} is no sample"
        return None

    def _index(self, path: Path) -> tuple[Index | None, Speed]:
        """The index of a run's samples, up to date; None where it has no samples."""
        file = samples(path)
        if file is None:
            return None, Speed()
        index, speed = self._indexes.get(file) or (Index(file), Speed())
        for dropped, _ in _keep(self._indexes, file, (index, speed), INDEXES):
            dropped.close()
        index.follow()
        return index, speed


def _keep(kept: OrderedDict[Any, Any], key: Any, value: Any, most: int) -> list[Any]:
    """Put a thing last among those that are kept; the ones that have to go."""
    kept[key] = value
    kept.move_to_end(key)
    return [kept.popitem(last=False)[1] for _ in range(len(kept) - most)]


def _shown(path: Path) -> Path:
    """A path as a report calls it: short, as seen from where the command was given."""
    return Path(os.path.relpath(path))


def _stamp(path: Path) -> Stamp:
    """What changes when a file of the run does."""
    stamps: list[tuple[int, int] | None] = []
    for file in FILES:
        try:
            state = (path / file).stat()
            stamps.append((state.st_mtime_ns, state.st_size))
        except OSError:
            stamps.append(None)
    return tuple(stamps)
