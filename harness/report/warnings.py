"""Warns of what may be wrong with the figures: problems that failed, were cut off or went unread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from harness.records.loading import Score
from harness.report.section import percent
from harness.report.table import full_names


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong in some problems of one column: how many of how many."""

    name: str
    score: Score
    count: int
    of: int

    @property
    def share(self) -> float:
        """The part of the problems, as a fraction of 1."""
        return self.count / self.of


def warnings(scores: Sequence[Score]) -> tuple[str, ...]:
    """At most a sentence for each kind of trouble, of the column that has most of it.

    Problems that failed come first, since they are counted nowhere; then what the larger part has.
    """
    failed, *others = _troubles(scores)
    first = [_said("Failed", failed, _again)] if failed else []
    kinds = (("Cut off", _longer), ("Unread", _readable))
    rest = [
        (max(one.share for one in columns), _said(word, columns, helps))
        for (word, helps), columns in zip(kinds, others, strict=True)
        if columns
    ]
    return (
        *first,
        *_closed(scores),
        *(sentence for _, sentence in sorted(rest, key=lambda one: -one[0])),
    )


def _closed(scores: Sequence[Score]) -> Iterator[str]:
    """Says where thoughts were ended by their limit, of the column that has most of it."""
    named = [
        (one["thoughts"]["closed"] / one["thoughts"]["number"], name, one)
        for name, one in zip(full_names(scores), scores, strict=True)
        if (one.get("thoughts") or {}).get("closed")
    ]
    if named:
        share, name, worst = max(named, key=lambda one: one[0])
        yield (
            f"Thoughts: {percent(share)} % of those of {name} on {worst['task']} were closed at their "
            "limit; --thinking-tokens raises it."
        )


def _troubles(scores: Sequence[Score]) -> Iterator[list[Trouble]]:
    """Failed, cut off, unread: the columns that have some of it, in order."""
    named = list(zip(full_names(scores), scores, strict=True))
    for field in ("errors", "truncated", "unread"):
        yield [
            # a problem that failed is not among those that ran
            Trouble(name, one, count, one["problems"] + (count if field == "errors" else 0))
            for name, one in named
            if (count := one.get(field))
        ]


def _said(word: str, columns: Sequence[Trouble], helps: Callable[[Trouble], str]) -> str:
    worst = max(columns, key=lambda one: one.share)
    others = len(columns) - 1
    more = f", and some in {others} other column{'s' * (others > 1)}" if others else ""
    figure = f"{worst.count:,} of {worst.of:,} problems ({percent(worst.share)} %)"
    return f"{word}: {figure} of {worst.name} on {worst.score['task']}{more}; {helps(worst)}."


def _again(worst: Trouble) -> str:
    """What becomes of problems that failed."""
    if worst.score.get("origin"):
        return "they did not run where they come from, and are not counted"
    return "samples.jsonl says why, and the same command tries them again"


def _longer(worst: Trouble) -> str:
    """What lets chains come to their end."""
    if worst.score.get("origin"):
        return "a higher limit of tokens may let them end"
    return "a higher --max-tokens may let them end"


def _readable(worst: Trouble) -> str:
    """What lets answers be read."""
    if 2 * (worst.score.get("truncated") or 0) >= worst.count:
        return f"most were cut off: {_longer(worst)}"
    if worst.score.get("origin"):
        return "`harness view` shows what they say, and --kind says what to read"
    return "`harness view` shows what they say, and --chat or --no-chat may help"
