"""Reads the scores of run directories, each with the name that a report calls its strategy by."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.catalogue.specs import label
from harness.errors import UserError
from harness.records.record import cluster, stored
from harness.statistics import clustered

Score = Mapping[str, Any]
"""One entry of `scores.json`; once read, `run` is its directory, `label` its strategy's name, and
where the run has its samples, by the ids of the problems that ran: `credits`, `tags`, and `clusters`,
what problems have in common (None where each stands for itself); `failed` are the errors of those that
did not. `origin` says where chains came from
that another program generated; a run's own have none."""

OF_PROBLEMS = ("credits", "clusters", "tags", "failed")
"""What is read from the samples, and is no part of `scores.json`."""

SCHEMA = 1

FILES = 3
"""Files that an origin names; more of them are counted."""

FIELDS: Mapping[str, type | tuple[type, ...]] = {
    "model": str,
    "task": str,
    "strategy": str,
    "options": dict,
    "problems": int,
    "accuracy": (int, float, type(None)),
    "interval": list,
    "generated_tokens": (int, type(None)),
}
"""What a table cannot do without, and its type; the other counts are 0 where a file lacks them.

Tokens are null where nobody counted them: in the scores of what others generated."""


def read(directories: Iterable[Path]) -> list[Score]:
    """The scores of several runs, in order; a directory that is named twice is read once.

    Raises `UserError` for a directory without finished scores and for a file that is not in the
    format of `scores.json`.
    """
    once = {directory.resolve(): directory for directory in directories}
    return [score for directory in once.values() for score in _named(directory)]


def tried(score: Score) -> int:
    """By how many problems a column's cost is divided: all that it was spent on.

    Those that failed cost as well, up to where they did; of what others generated nobody counted that.
    """
    return int(score["problems"]) + (0 if score.get("origin") else int(score.get("errors") or 0))


def finished(directory: Path) -> bool:
    """Whether a run came to its end; scores without a `run.json` are all that there will be."""
    return bool(manifest(directory).get("status", "finished") == "finished")


def origin(content: Mapping[str, Any]) -> str | None:
    """Where the chains of scored files came from: `scored from outputs.jsonl`; None of a run's own.

    `content` is that of the run's `run.json`.
    """
    if "origin" not in content:
        return None
    files = [Path(str(one["file"])).name for one in content.get("sources") or ()]
    more = f" and {len(files) - FILES} more" if len(files) > FILES else ""
    return f"scored from {', '.join(files[:FILES])}{more}"


def titled(directory: Path) -> list[dict[str, Any]]:
    """The scores of a run without what its samples tell: with `run`, `label`, `origin` and `settings` alone.

    Raises `UserError` as `read` does.
    """
    scores, content = _scores(directory), manifest(directory)
    come, strategies = origin(content), content.get("strategies") or []
    labels = {_key(one["name"], one["options"]): one["label"] for one in strategies}
    told = _settings(content)
    for score in scores:
        if come:
            score["origin"] = come
        if told:
            score["settings"] = told
        score["run"] = str(directory)
        key = _key(score["strategy"], score["options"])
        # with all its options where no `run.json` says which are not its defaults
        score["label"] = labels.get(key) or label(score["strategy"], score["options"])
    return scores


def _settings(content: Mapping[str, Any]) -> str:
    """What a run said about generation for all its strategies, as it is said on the command line."""
    overrides = dict(content.get("overrides") or {})
    config = overrides.pop("config", "ours")
    said = [
        f"--{name.replace('_', '-')} {value}"
        for name, value in overrides.items()
        if value is not None
    ]
    if config != "ours":
        said.insert(0, f"--generation-config {config}, what the model's makers suggest")
    return ", ".join(said)


def _named(directory: Path) -> list[dict[str, Any]]:
    scores, problems = titled(directory), _problems(directory)
    for score in scores:
        score.update(problems.get(column_key(score), {}))
    return scores


def _problems(directory: Path) -> dict[str, dict[str, Any]]:
    """Credits, clusters and tags of a run's problems, by column."""
    columns: dict[str, dict[str, Any]] = {}
    for sample in stored(directory):
        column = columns.setdefault(column_key(sample), {name: {} for name in OF_PROBLEMS})
        if sample["correct"] is None:
            column["failed"][sample["problem"]] = sample["error"]
        else:
            column["credits"][sample["problem"]] = sample["correct"]
            column["clusters"][sample["problem"]] = cluster(sample)
            column["tags"][sample["problem"]] = sample["tags"]
    for column in columns.values():
        if clustered(list(column["clusters"].values())) is None:
            column["clusters"] = None
    return columns


def column_key(names: Mapping[str, Any]) -> str:
    """What a score and the samples behind it have in common: their column, as one text."""
    return json.dumps([names[key] for key in ("model", "task", "strategy", "options")])


def manifest(directory: Path) -> Mapping[str, Any]:
    """What `run.json` says, or nothing: a table can do without."""
    try:
        content = json.loads((directory / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _key(strategy: str, options: Mapping[str, Any]) -> str:
    return json.dumps([strategy, options], sort_keys=True)


def _scores(directory: Path) -> list[dict[str, Any]]:
    file = directory / "scores.json"
    if not directory.is_dir():
        raise UserError(f"{directory} is not a folder: name the folder of a run, as in results/...")
    if not file.is_file():
        if (directory / "run.json").exists() or (directory / "samples.jsonl").exists():
            raise UserError(
                f"the run in {directory} is not finished: give the same `harness run` command "
                "again, and it goes on where it was"
            )
        raise UserError(
            f"{directory} holds no run (no scores.json): name the folder that `harness run` wrote"
        )
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{file} is not JSON: {error}") from error
    return _checked(content, file)


def _checked(content: object, file: Path) -> list[dict[str, Any]]:
    if not isinstance(content, dict) or not isinstance(content.get("scores"), list):
        raise UserError(f"{file} is not a file of scores: it has no list of them under 'scores'")
    if content.get("schema") != SCHEMA:
        raise UserError(
            f"{file} has schema {content.get('schema')!r} and this version of harness reads "
            f"schema {SCHEMA}: make it again with `harness run`"
        )
    for number, score in enumerate(content["scores"], start=1):
        for name, kind in FIELDS.items():
            usable = isinstance(score, dict) and name in score and isinstance(score[name], kind)
            if not usable:
                raise UserError(f"{file}: score {number} has no usable {name!r}")
    return list(content["scores"])
