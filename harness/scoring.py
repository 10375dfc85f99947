"""Scores a column: what its samples say together, in one entry of `scores.json`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.record import Column, Score, column_of
from harness.statistics import wilson


@dataclass(slots=True)
class Cost:
    """What the replies of a column cost: tokens (a prompt's once), and seconds of generation."""

    prompt_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Tally:
    """Adds up the samples of one column; nothing of a sample is kept but its credit."""

    credits: list[float] = field(default_factory=list)
    unread: int = 0
    truncated: int = 0
    ties: int = 0
    errors: int = 0

    def add(self, sample: Mapping[str, Any]) -> None:
        """Count one sample."""
        if sample["error"] is not None:
            self.errors += 1
            return
        self.credits.append(sample["correct"])
        self.unread += sample["answer"] is None
        self.truncated += any(chain["finish"] == "length" for chain in sample["chains"])
        votes = list(sample["votes"].values())
        self.ties += votes.count(max(votes, default=0)) > 1

    def fields(self) -> Score:
        """The counts of an entry of `scores.json`, all in problems.

        `problems` ran; `truncated` of them have a chain that was cut off by the token limit, and
        `ties` have several answers with the most votes. `accuracy` is the mean credit, with
        Wilson's 95 % `interval`; both are null where no problem ran.
        """
        problems, credit = len(self.credits), math.fsum(self.credits)
        return {
            "problems": problems,
            "accuracy": credit / problems if problems else None,
            "interval": list(wilson(credit, problems)) if problems else [None, None],
            "unread": self.unread,
            "truncated": self.truncated,
            "ties": self.ties,
            "errors": self.errors,
        }


def score(column: Column, tally: Tally, cost: Cost) -> Score:
    """An entry of `scores.json`."""
    return {
        **column.names(),
        **tally.fields(),
        "prompt_tokens": cost.prompt_tokens,
        "generated_tokens": cost.generated_tokens,
        "seconds": round(cost.seconds, 3),
    }


def rescored(samples: Iterable[Mapping[str, Any]]) -> list[Score]:
    """The entries of `scores.json` that follow from the samples alone: all but what they cost."""
    tallies: dict[str, tuple[Column, Tally]] = {}
    for one in samples:
        column = column_of(one)
        tallies.setdefault(json.dumps(column.names()), (column, Tally()))[1].add(one)
    return [{**column.names(), **tally.fields()} for column, tally in tallies.values()]
