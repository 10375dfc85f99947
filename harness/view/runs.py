"""What the list says of a run: read from its small files alone, and one line where they are broken."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.records.loading import Score, titled
from harness.view.folder import FILES, Folder, samples

Manifest = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """A folder of the list.

    `why` is a line where something is wrong with it; `reportable` says that there are scores to
    report. `status` is that of its `run.json`, None where there is none. `date` is when it ended, or
    began, or was last written; `tokens` and `seconds` are of generation, None where nobody knows.
    """

    name: str
    status: str | None
    why: str | None
    reportable: bool
    date: str
    models: tuple[str, ...]
    origin: str | None
    scores: Sequence[Score]
    tokens: int | None
    seconds: float | None


def listed(folder: Folder, name: str) -> Listed:
    """What the list says of the folder called `name`."""
    path = folder.root / name
    why = folder.refused(path)
    if why:
        return _broken(name, why)
    there = [path / file for file in FILES if (path / file).is_file()]
    if not there:
        return _broken(name, "it holds no run: no run.json, scores.json or samples.jsonl")
    manifest, why = manifest_of(path)
    scores: Sequence[Score] = ()
    if (path / "scores.json").is_file():
        try:
            scores = titled(path)
        except UserError as error:
            why = why or str(error).replace(str(path), name)
        except (AttributeError, KeyError, TypeError, RecursionError):
            why = why or "its files are not in the form that a run writes"
    elif not why and manifest.get("status", "finished") == "finished":
        why = "there is no scores.json"
    if scores and samples(path) is None:
        why = (
            why or "there is no samples.jsonl: figures alone, and nothing to compare or to look at"
        )
    return Listed(
        name=name,
        status=_text(manifest.get("status")),
        why=why,
        reportable=bool(scores),
        date=_date(manifest, there),
        models=_models(manifest, scores),
        origin=next((score["origin"] for score in scores if "origin" in score), None),
        scores=scores,
        tokens=_sum([score["generated_tokens"] for score in scores]),
        seconds=_sum([score.get("seconds") for score in scores]),
    )


def manifest_of(path: Path) -> tuple[Manifest, str | None]:
    """The `run.json` of a run, or nothing; and a line where it cannot be read."""
    file = path / "run.json"
    if not file.is_file():
        return {}, None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        return {}, f"run.json cannot be read: {error}"
    if not isinstance(content, dict):
        return {}, "run.json is no description of a run"
    return content, None


def parts(manifest: Manifest, name: str) -> list[Mapping[str, Any]]:
    """The `models`, `tasks` or `strategies` of a `run.json`, whatever else stands there."""
    part = manifest.get(name)
    return [one for one in part if isinstance(one, dict)] if isinstance(part, list) else []


def _broken(name: str, why: str) -> Listed:
    return Listed(name, None, why, False, "", (), None, (), None, None)


def _models(manifest: Manifest, scores: Sequence[Score]) -> tuple[str, ...]:
    named = [str(one.get("name")) for one in parts(manifest, "models")]
    return tuple(dict.fromkeys([*(score["model"] for score in scores), *named]))


def _date(manifest: Manifest, files: Sequence[Path]) -> str:
    for key in ("finished", "started"):
        if text := _text(manifest.get(key)):
            return text[:16].replace("T", " ")
    written = max(file.stat().st_mtime for file in files)
    return f"{datetime.fromtimestamp(written, UTC):%Y-%m-%d %H:%M}"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _sum(values: Sequence[Any]) -> Any:
    """The sum of numbers; None where one is not known, or there are none."""
    numbers = [value for value in values if isinstance(value, int | float)]
    return sum(numbers) if values and len(numbers) == len(values) else None
