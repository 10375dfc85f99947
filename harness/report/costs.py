"""What a problem costs with each strategy, by every measure that there is, and what is worth it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.report.reading import Score
from harness.statistics import pareto_front

MEASURES = {
    "generated_tokens": "generated tokens",
    "seconds": "seconds",
    "joules": "joules",
}
"""The sums over a column that `scores.json` may have, and what they are of."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a problem of a column costs; `front`: no other of its task is as good for less."""

    score: Score
    each: float
    front: bool


def costs(scores: Sequence[Score], measure: str) -> tuple[Cost, ...]:
    """The costs of one task's columns, without those that have no accuracy or were not measured.

    Nothing is for nothing: a cost of 0 is that of replies which were remembered.
    """
    known = [one for one in scores if one["accuracy"] is not None and one.get(measure)]
    each = [one[measure] / one["problems"] for one in known]
    front = pareto_front(each, [one["accuracy"] for one in known])
    return tuple(map(Cost, known, each, front))
