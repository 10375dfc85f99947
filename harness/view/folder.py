"""The folder that is viewed: which runs are in it, and the only door to their files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from harness.errors import UserError

FILES = ("run.json", "scores.json", "samples.jsonl", "samples.jsonl.gz")
"""What makes a folder a run; its samples are the first of the last two that is there."""

DEPTH = 3
"""How far below the folder runs are looked for."""


class NotThere(UserError):
    """What was asked for is not in the folder."""


class Folder:
    """A folder of runs. No path that leaves it, by a name or by a link, is ever opened."""

    def __init__(self, root: Path) -> None:
        """Raises `UserError` where `root` is no folder that can be read."""
        self.root = root.expanduser().resolve()
        if not self.root.is_dir():
            raise UserError(
                f"{root} is not a folder: name one that holds runs, as `harness run` writes them"
            )
        if not os.access(self.root, os.R_OK | os.X_OK):
            raise UserError(f"{root} cannot be read: its permissions do not let you")

    def names(self) -> list[str]:
        """The runs, as paths below the folder; `.` is the folder itself.

        Folders right in it that hold no run are among them, so that somebody who misses one is told
        why. Hidden ones are not, and no links to folders elsewhere.
        """
        return sorted(self._names(self.root, 0))

    def path(self, name: str) -> Path:
        """The folder of the run that `names` calls so.

        Raises `NotThere` for every other name: absolute ones, those with `..` or hidden parts, those
        that a link leads out of the folder, and those of folders without a run.
        """
        parts = () if name == "." else PurePosixPath(name).parts
        plain = name == (PurePosixPath(*parts).as_posix()) and "\0" not in name
        if plain and len(parts) <= DEPTH and not any(part[0] in "./" for part in parts):
            path = self.root.joinpath(*parts)
            # a name that is too long for the disk is an error to it
            with suppress(OSError):
                if self._inside(path) and path.is_dir() and _is_run(path):
                    return path
        raise NotThere(f"there is no run {name[:80]!r} in {self.root.name}")

    def refused(self, path: Path) -> str | None:
        """Why a run's folder is not read: something in it leads out; None where nothing does."""
        try:
            links = [Path(entry) for entry in os.scandir(path) if entry.is_symlink()]
        except OSError as error:
            return f"it cannot be read: {error.strerror}"
        for link in sorted(links):
            if not self._inside(link):
                return f"{link.name} is a link that leads out of the folder, and is not followed"
        return None

    def _names(self, folder: Path, depth: int) -> Iterator[str]:
        name = folder.relative_to(self.root).as_posix()
        if _is_run(folder):
            yield name
            return
        below = list(_folders(folder)) if depth < DEPTH else []
        names = [
            one for path in below if self._inside(path) for one in self._names(path, depth + 1)
        ]
        yield from names
        if depth == 1 and not names:
            yield name

    def _inside(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self.root)
        except (OSError, RuntimeError):  # a link to itself
            return False


def samples(path: Path) -> Path | None:
    """The file of a run's samples; None where it has none."""
    return next((path / name for name in FILES[2:] if (path / name).is_file()), None)


def _is_run(folder: Path) -> bool:
    return any(os.path.lexists(folder / file) for file in FILES)


def _folders(folder: Path) -> Iterator[Path]:
    try:
        inner = sorted(folder.iterdir())
    except OSError:
        return
    for path in inner:
        try:
            if not path.name.startswith(".") and path.is_dir():
                yield path
        except OSError:
            continue
