"""A run's directory: which one, who may write to it, and how its files survive an interruption."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from harness.errors import UserError
from harness.records.record import SCHEMA, Score

RESULTS = Path("results")
"""Where runs are kept when no directory is named, under the current one."""

NAME_LENGTH = 60
WHAT = ("sources", "kind", "models", "tasks", "strategies", "seed", "limit", "shuffle", "shard")
"""The parts of `run.json` in which two runs can differ; named where a directory is refused."""


class Directory:
    """The files of one run, held by one process at a time.

    `samples.jsonl` is never emptied to be written again: a resumed run goes over the lines that are
    there, and cuts the file only where a line differs from what it would write. So a second kill
    loses nothing that survived the first. The other files are replaced whole.
    """

    def __init__(self, path: Path, manifest: Mapping[str, Any]) -> None:
        """Open `path` for the run that `manifest` describes (`run.json`; its "identity" decides).

        Raises `UserError` where another process writes there, or where it holds samples of another
        run.
        """
        self.path = path
        self.started: str | None = None
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._samples: BinaryIO = (path / "samples.jsonl").open("a+b")
        except OSError as error:
            raise UserError(f"the results cannot be written to {path}: {error}") from error
        self._samples.close()
        self._samples = (path / "samples.jsonl").open("r+b")
        self._comparing = True
        try:
            _hold(self._samples, path)
            self._claim(manifest)
        except BaseException:
            self._samples.close()
            raise

    def add(self, line: bytes) -> None:
        """Write the next line of `samples.jsonl`; it is in the file when this returns."""
        if self._comparing:
            place = self._samples.tell()
            if self._samples.read(len(line)) == line:
                return
            self._comparing = False
            self._samples.seek(place)
            self._samples.truncate()
        self._samples.write(line)
        self._samples.flush()

    def finish(self) -> None:
        """Cut off whatever follows the last line that was added."""
        self._samples.truncate(self._samples.tell())
        self._samples.flush()
        os.fsync(self._samples.fileno())

    def write_scores(self, scores: Sequence[Score]) -> None:
        """Replace `scores.json`."""
        self._replace("scores.json", {"schema": SCHEMA, "scores": list(scores)})

    def write_prompts(self, examples: Sequence[Mapping[str, Any]]) -> None:
        """Replace `prompts.json`: what every column asks of its first problem."""
        self._replace("prompts.json", {"schema": SCHEMA, "columns": list(examples)})

    def write_run(self, manifest: Mapping[str, Any]) -> None:
        """Replace `run.json`."""
        self._replace("run.json", manifest)

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        """Replace another file of the run."""
        self._replace(name, content)

    def close(self) -> None:
        """Let other processes write here."""
        self._samples.close()

    def _claim(self, manifest: Mapping[str, Any]) -> None:
        earlier = _manifest(self.path)
        if earlier.get("identity") == manifest["identity"]:
            self.started = earlier.get("started")
        elif (self.path / "samples.jsonl").stat().st_size:
            raise UserError(
                f"{self.path} holds the samples of another run{_difference(earlier, manifest)}: "
                "name another directory with -o"
            )

    def _replace(self, name: str, content: Mapping[str, Any]) -> None:
        draft = self.path / f".{name}.draft"
        with draft.open("w", encoding="utf-8", errors="backslashreplace") as file:
            json.dump(content, file, indent=1, ensure_ascii=False, default=str)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path / name)


def place(output: Path | None, manifest: Mapping[str, Any]) -> Path:
    """The directory for a run: that named, else that of the same run unfinished, else a new one."""
    if output is not None:
        return output.expanduser()
    for path in _runs():
        earlier = _manifest(path)
        if earlier.get("identity") == manifest["identity"] and earlier.get("status") != "finished":
            return path
    return _fresh([model["name"] for model in manifest["models"]])


def _runs() -> Iterator[Path]:
    """The directories of runs, the newest first."""
    manifests = [file for file in RESULTS.glob("*/run.json") if file.is_file()]
    yield from (f.parent for f in sorted(manifests, key=lambda f: f.stat().st_mtime, reverse=True))


def _fresh(models: Sequence[str]) -> Path:
    name = re.sub(r"[^\w.-]+", "-", "+".join(models)).strip("-.")[:NAME_LENGTH] or "model"
    number = 1
    while True:
        path = RESULTS / f"{date.today().isoformat()}-{name}-{number}"
        with suppress(FileExistsError):  # two processes may look for a number at once: one gets it
            path.mkdir(parents=True)
            return path
        number += 1


def _hold(file: BinaryIO, path: Path) -> None:
    # Held until the file is closed, however the process ends, so no stale lock is ever left behind.
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(
            f"another process is writing to {path}: wait for it, or name another directory with -o"
        ) from None
    except OSError:
        return  # a file system that knows no locks


def _manifest(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads((path / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, Mapping) else {}


def _difference(earlier: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    then, now = compared(earlier), compared(manifest)
    others = [part for part in WHAT if then[part] != now[part]]
    return f" (other {', '.join(others)})" if others and earlier else ""


def compared(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of `run.json` in which two runs can differ, without what does not tell them apart."""
    return {part: _compared(manifest.get(part)) for part in WHAT}


def _compared(part: Any) -> Any:
    if isinstance(part, Sequence) and not isinstance(part, str):
        return [_compared(one) for one in part]
    # a model may be described otherwise (another device, another folder) and still be the same
    if not isinstance(part, Mapping):
        return part
    return part.get("identity") or part.get("sha256") or part
