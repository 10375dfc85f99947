"""What is kept of a race: `race.json`, from which its report is made.

Indices (`who`, `other`, `named`, `asked`, `points`, `sure`) are places in `contestants`, accuracies and
bounds fractions of 1, costs those of one problem in the race's `measure`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SCHEMA = 1
FILE = "race.json"

RaceRecord = Mapping[str, Any]
"""The content of `race.json`."""


def race_of(scores: Sequence[Mapping[str, Any]]) -> RaceRecord | None:
    """The race that these scores come from; None where they come from no race, or from several runs."""
    runs = {one.get("run") for one in scores}
    return stored_race(Path(str(runs.pop()))) if len(runs) == 1 else None


def stored_race(directory: Path) -> RaceRecord | None:
    """The race of a directory, if it has one."""
    try:
        content = json.loads((directory / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and content.get("schema") == SCHEMA else None
