"""Says which rows are the best of a task: the highest, and all that cannot be told from it."""

from __future__ import annotations

from collections.abc import Sequence

from harness.records.loading import Score
from harness.report.differences import LEVEL, compared
from harness.statistics import holm


def best(scores: Sequence[Score]) -> frozenset[int]:
    """The places of the scores that are best on their tasks.

    Beside the highest accuracy these are the ones that read the same as it, and the ones of the
    same problems whose paired difference from it, after Holm's correction over them, chance could
    bring. Where that is every row of a task, none of them is best.
    """
    places: set[int] = set()
    for task in dict.fromkeys(score["task"] for score in scores):
        ran = [
            n for n, one in enumerate(scores) if one["task"] == task and one["accuracy"] is not None
        ]
        ties = _best(scores, ran)
        places |= ties if len(ties) < len(ran) else set()
    return frozenset(places)


def _best(scores: Sequence[Score], ran: Sequence[int]) -> set[int]:
    if not ran:
        return set()
    top = max(ran, key=lambda place: float(scores[place]["accuracy"]))
    alike = {place for place in ran if _shown(scores[place]) == _shown(scores[top])}
    comparisons = [
        (place, compared(scores[top], scores[place])) for place in ran if place not in alike
    ]
    values = [(place, one.p) for place, one in comparisons if one]
    adjusted = holm([p for _, p in values])
    tied = {place for (place, _), p in zip(values, adjusted, strict=True) if p >= LEVEL}
    return alike | tied


def _shown(score: Score) -> str:
    # What reads the same is equally good, whatever the digits behind it.
    return f"{100 * score['accuracy']:.1f}"
