"""The `run.json` of scored files: which they were, what was in them, and how it was read."""

from __future__ import annotations

import hashlib
import json
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

from harness.catalogue.specs import label
from harness.interop.survey import Survey
from harness.records.record import SCHEMA
from harness.running import provenance
from harness.running.planning import now


def manifest(
    surveys: Sequence[Survey], kind: str | None, fields: str | None, command: str | None
) -> dict[str, Any]:
    """The content of `run.json`, in the shape of a run's.

    `identity` is a digest of what decides the samples beside the readers: the content of the files,
    what their rows are called, and the kind and the fields that were named.
    """
    files = [[survey.source.sha256, *astuple(survey.names)] for survey in surveys]
    columns = [json.loads(column) for survey in surveys for column in survey.columns]
    ours = [survey for survey in surveys if survey.form == "samples"]
    named = [kind] if fields is None else [kind, fields]
    labels = {key: shown for survey in ours for key, shown in _labels(survey)}
    return {
        "schema": SCHEMA,
        "status": "running",
        "identity": hashlib.sha256(
            json.dumps([SCHEMA, "scored", files, *named]).encode()
        ).hexdigest(),
        "command": command or shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "origin": f"scored from {', '.join(str(survey.source.path) for survey in surveys)}",
        "sources": [_source(survey, fields) for survey in surveys],
        "kind": kind,
        "models": _once({"name": one["model"]} for one in columns),
        "tasks": _once({"name": one["task"], "label": one["task"]} for one in columns),
        "strategies": _once(_strategy(one, labels) for one in columns),
        "seed": None,
        "limit": None,
        "shuffle": None,
        "versions": provenance.versions(),
        "hardware": provenance.hardware(),
        "commit": provenance.commit(),
        "started": now(),
        "finished": None,
    }


def _strategy(column: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    name, options = column["strategy"], column["options"]
    shown = labels.get(json.dumps([name, options]), label(name, options))
    return {"name": name, "label": shown, "options": options}


def _labels(survey: Survey) -> Iterator[tuple[str, str]]:
    """What the run that wrote our own samples called its strategies, where its `run.json` is left."""
    try:
        content = json.loads((survey.source.path.parent / "run.json").read_text(encoding="utf-8"))
        for one in content["strategies"]:
            yield json.dumps([one["name"], one["options"]]), str(one["label"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return  # it only makes names shorter


def _source(survey: Survey, fields: str | None) -> dict[str, Any]:
    kinds = dict.fromkeys(
        treatment.kind for treatment in survey.treatments if treatment is not None
    )
    return {
        "file": str(survey.source.path),
        "sha256": survey.source.sha256,
        "format": survey.form,
        **({} if fields is None else {"fields": fields}),
        "kinds": list(kinds),
        "rows": len(survey.treatments),
        "scored": survey.columns.total(),
        "repeated": survey.repeated,
        "skipped": len(survey.refused),
    }


def _once(things: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Each of several things once, in order."""
    return list({json.dumps(thing): thing for thing in things}.values())
