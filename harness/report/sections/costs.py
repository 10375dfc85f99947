"""What a problem costs with each strategy, by every measure that there is, and what is worth it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.records.loading import Score, tried
from harness.report.section import Section
from harness.statistics import pareto_front

MEASURES = {
    "generated_tokens": "generated tokens",
    "seconds": "seconds",
    "joules": "joules",
    "dollars": "dollars",
}
"""The sums over a column that `scores.json` may have, and what they are of."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a problem of a column costs; `front`: no other of its task is as good for less."""

    score: Score
    each: float
    front: bool


def section(scores: Sequence[Score], names: Sequence[str]) -> Section | None:
    """What a problem cost each strategy; None where the scores do not say how often a model was asked."""
    columns = [
        (one, name)
        for one, name in zip(scores, names, strict=True)
        if one.get("calls") and one["problems"]
    ]
    if not columns:
        return None
    paid = any(one.get(DOLLARS[1]) is not None for one, _ in columns)
    shown = (*COLUMNS, DOLLARS) if paid else COLUMNS
    return Section(
        title="Cost",
        columns=("task", "strategy", *(heading for heading, _, _ in shown)),
        rows=tuple(
            (
                one["task"],
                name,
                *(
                    f"{(one.get(field) or 0) / tried(one):,.{digits}f}"
                    for _, field, digits in shown
                ),
            )
            for one, name in columns
        ),
        caption=(
            "For each problem. Calls: replies of the model, one for each path, stage and scored "
            "continuation; what it makes once for all problems is divided among them. Tokens read: of "
            "prompts, that of several paths once. Seconds: its share of the time that its batches took."
        ),
        names=2,
    )


COLUMNS = (
    ("calls", "calls", 1),
    ("tokens read", "prompt_tokens", 0),
    ("tokens written", "generated_tokens", 0),
    ("seconds", "seconds", 3),
)
"""Heading, field of `scores.json` and decimals of what a problem costs."""

DOLLARS = ("dollars", "dollars", 6)
"""The same where a model's price is known."""


def costs(scores: Sequence[Score], measure: str) -> tuple[Cost, ...]:
    """The costs of one task's columns, without those that have no accuracy or were not measured.

    Nothing is for nothing: a cost of 0 is that of replies which were remembered.
    """
    columns = [one for one in scores if one["accuracy"] is not None and one.get(measure)]
    each = [one[measure] / tried(one) for one in columns]
    front = pareto_front(each, [one["accuracy"] for one in columns])
    return tuple(map(Cost, columns, each, front))
