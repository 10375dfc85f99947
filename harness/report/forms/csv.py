"""The scores of one or more runs for other programs: CSV, one line per score, and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from harness.records.loading import OF_PROBLEMS, SCHEMA, Score

COLUMNS = (
    "run",
    "model",
    "task",
    "strategy",
    "label",
    "options",
    "problems",
    "accuracy",
    "low",
    "high",
    "unread",
    "truncated",
    "ties",
    "errors",
    "calls",
    "prompt_tokens",
    "generated_tokens",
    "seconds",
    "joules",
    "paths",
    "error",
    "single_path",
    "first_path",
    "strict",
    "lm_eval_strict",
    "lm_eval_flexible",
    "origin",
)


def as_csv(scores: Sequence[Score]) -> str:
    """One line per model, task and strategy. Accuracies are fractions of 1; options are JSON.

    `paths` is the most that a problem has, `error` the standard error over questions; `single_path`
    to `lm_eval_flexible` are what single chains, and votes under other readings, reach. `origin` is
    empty for a run's own chains.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for score in scores:
        flat = {**score, **_flat(score)}
        writer.writerow(flat.get(column, "") for column in COLUMNS)
    return text.getvalue()


def _flat(score: Score) -> dict[str, Any]:
    """The cells that `scores.json` has further down; none where an older one lacks them."""
    low, high = score["interval"]
    cells = {"low": low, "high": high, "options": json.dumps(score["options"])}
    if "paths" not in score:
        return cells
    voted = {name: reading["accuracy"] for name, reading in score["readings"].items()}
    return {
        **cells,
        **voted,
        "paths": score["paths"]["most"],
        "error": score["standard_errors"]["questions"],
        "single_path": score["single_path"]["accuracy"],
        "first_path": score["single_path"]["first"],
    }


def as_json(scores: Sequence[Score]) -> str:
    """The format of `scores.json`, each score with the `run` that it came from."""
    plain = [{key: score[key] for key in score if key not in OF_PROBLEMS} for score in scores]
    return json.dumps({"schema": SCHEMA, "scores": plain}, indent=2, ensure_ascii=False) + "\n"
