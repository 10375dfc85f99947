"""The scores of one or more runs for other programs: CSV, one line per score, and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from harness.report.reading import SCHEMA, Score

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
    "prompt_tokens",
    "generated_tokens",
    "seconds",
)


def as_csv(scores: Sequence[Score]) -> str:
    """One line per model, task and strategy. Accuracies are fractions of 1; options are JSON."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for score in scores:
        low, high = score["interval"]
        flat = {**score, "low": low, "high": high, "options": json.dumps(score["options"])}
        writer.writerow(flat.get(column, "") for column in COLUMNS)
    return text.getvalue()


def as_json(scores: Sequence[Score]) -> str:
    """The format of `scores.json`, each score with the `run` that it came from."""
    plain = [
        {key: score[key] for key in score if key not in ("credits", "clusters")} for score in scores
    ]
    return json.dumps({"schema": SCHEMA, "scores": plain}, indent=2, ensure_ascii=False) + "\n"
