"""One part of a report below its main table: a heading, a grid of figures, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """A grid of text as it is shown. The first `names` columns hold names, the others figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str
    names: int


def percent(share: float | None) -> str:
    """A fraction of 1 in %: `62.0`, or a dash where there is none."""
    return "–" if share is None else f"{100 * share:.1f}"


def signed(difference: float) -> str:
    """A difference of two accuracies in points, with its sign: `+4.7`."""
    return f"{100 * difference:+.1f}"


def between(interval: Sequence[float | None], *, sign: bool = False) -> str:
    """An interval in %, one word, so that it is never cut in two: `[57.7–66.1]`, `[+1.0, +4.2]`."""
    low, high = interval
    if low is None or high is None:
        return ""
    if sign:
        return f"[{signed(low)}, {signed(high)}]"
    return f"[{100 * low:.1f}–{100 * high:.1f}]"


def probability(p: float) -> str:
    """A p-value to two significant digits, never as zero: `0.031`, `< 0.0001`."""
    return "< 0.0001" if p < 0.0001 else f"{p:.2g}" if p < 0.1 else f"{p:.2f}"
