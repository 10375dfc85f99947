"""The exact prompts of a run, from its `prompts.json`: those that each column put for its first problem."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.records.loading import column_key


def prompts(run: Path) -> Mapping[str, Mapping[str, Any]]:
    """What each column of a run asked first, by column; nothing where the run has none stored.

    An entry has the id of the first `problem`, the `number` of its prompts, and of the first few
    the `settings` and the `before`, `question` and `after` that make up the text: in the place of
    `question` another problem's stands. Where the question does not stand in a text as it is, all
    of the text is `before`.
    """
    try:
        content = json.loads((run / "prompts.json").read_text(encoding="utf-8"))
        return {column_key(one): _entry(one) for one in content["columns"] if one["prompts"]}
    except (OSError, ValueError, TypeError, KeyError):
        return {}  # a report can do without


def _entry(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "problem": one["problem"],
        "number": one["number"],
        "prompts": [
            {"settings": prompt["settings"], **_parts(prompt["text"], one["question"])}
            for prompt in one["prompts"]
        ],
    }


def _parts(text: str, question: str) -> dict[str, str]:
    # The question that is put comes last; worked examples may hold the same words.
    before, middle, after = text.rpartition(question) if question else ("", "", "")
    if not middle:
        return {"before": text, "question": "", "after": ""}
    return {"before": before, "question": middle, "after": after}
