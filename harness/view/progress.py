"""How far a run is: from its `run.json` and what stands in its samples, while it goes on."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.catalogue.specs import label
from harness.records.loading import column_key
from harness.view.index import Column, Index
from harness.view.runs import Manifest, parts

WINDOW = 60.0
"""Seconds over which the speed is taken."""

FRESH = 60.0
"""A file that was written so many seconds ago belongs to a run that goes on, where no lock tells."""

LOCKS = Path("/proc/locks")


@dataclass(slots=True)
class Speed:
    """Tokens per second as they were seen to arrive, over the last minute."""

    seen: deque[tuple[float, int]] = field(default_factory=deque)

    def at(self, moment: float, tokens: int) -> float | None:
        """The speed, now that there are so many tokens; None where it is not known yet."""
        if self.seen and tokens < self.seen[-1][1]:
            self.seen.clear()
        self.seen.append((moment, tokens))
        while len(self.seen) > 2 and moment - self.seen[1][0] > WINDOW:
            self.seen.popleft()
        first, before = self.seen[0]
        return (tokens - before) / (moment - first) if moment > first else None


def progress(manifest: Manifest, index: Index | None, path: Path, speed: Speed) -> dict[str, Any]:
    """What the page shows of a run that goes on, for JSON.

    `state` is finished, running, or stopped (not finished, and nobody writes). `done` counts the
    problems of all columns, `of` how many there will be, or null; `age` is how many seconds ago
    something was written; `speed` is in tokens per second, or null. A column's `place` is that among
    the samples, null before its first one.
    """
    columns = index.columns if index else {}
    planned: list[tuple[str, str, int | None]] = list(_planned(manifest)) or [
        (key, names_label(column.names), None) for key, column in columns.items()
    ]
    places = {key: place for place, key in enumerate(columns)}
    rows = [
        _row(key, title, of, columns.get(key)) | {"place": places.get(key)}
        for key, title, of in planned
    ]
    tokens = [one["tokens"] for one in rows]
    age = max(0.0, time.time() - _written(path))
    state = _state(manifest, index, age)
    counted = None if None in tokens else sum(tokens)
    speed_now = speed.at(time.monotonic(), counted) if counted is not None else None
    every = [one["of"] for one in rows]
    return {
        "state": state,
        "done": sum(one["done"] for one in rows),
        "of": None if None in every or not every else sum(every),
        "age": round(age),
        "speed": round(speed_now, 1) if speed_now is not None and state == "running" else None,
        "torn": len(index.torn) if index else 0,
        "columns": rows,
    }


def names_label(names: Mapping[str, Any]) -> str:
    """What a column's strategy is called where no `run.json` says it."""
    return label(names["strategy"], names["options"])


def _planned(manifest: Manifest) -> Iterator[tuple[str, str, int | None]]:
    """Every column that the run will have: its key, its strategy's label, and its problems.

    There are none of scored files, which do not say beforehand what is in them.
    """
    for model in parts(manifest, "models"):
        for task in parts(manifest, "tasks"):
            for strategy in parts(manifest, "strategies"):
                if not isinstance(task.get("problems"), int):
                    continue
                names = {
                    "model": model.get("name"),
                    "task": task.get("label"),
                    "strategy": strategy.get("name"),
                    "options": strategy.get("options"),
                }
                yield column_key(names), str(strategy.get("label")), task["problems"]


def _row(key: str, title: str, of: int | None, column: Column | None) -> dict[str, Any]:
    model, task, *_ = json.loads(key)
    done = len(column.rows) if column else 0
    ran = done - column.errors if column else 0
    return {
        "model": model,
        "task": task,
        "strategy": title,
        "done": done,
        "of": of,
        "errors": column.errors if column else 0,
        "accuracy": round(100 * column.credit / ran, 1) if column and ran else None,
        "tokens": column.tokens if column else 0,
    }


def _state(manifest: Manifest, index: Index | None, age: float) -> str:
    if manifest.get("status", "finished") == "finished":
        return "finished"
    held = index is not None and _locked(index.file)
    return "running" if held or age < FRESH else "stopped"


def _locked(file: Path) -> bool:
    """Whether a process holds the lock of a run's samples. It is only looked at: taking it, if for
    a moment alone, could refuse it to a run that begins."""
    try:
        inode = file.stat().st_ino
        table = LOCKS.read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return any(word.endswith(f":{inode}") for word in table.split())


def _written(path: Path) -> float:
    try:
        return max(entry.stat().st_mtime for entry in os.scandir(path) if entry.is_file())
    except (OSError, ValueError):
        return 0.0
