"""Where in a chain's text its answer was read: for a reader's eye, found again from the rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.reading.announcements import MARKS, after, announcements
from harness.reading.sentences import sentences

LONGEST = 20_000
"""Characters at the end of a text that are looked at: answers stand there, and time is short."""

SHOWN = 400
"""Characters of a place at most."""


def place(chain: Mapping[str, Any]) -> tuple[int, int] | None:
    """The stretch of a chain's text in which its answer stands, or None where it cannot be told.

    The record has the rule that read the answer. The stretch is what that rule would find last in
    the text as it stands; the reader itself sees a text without markup. First and last place are in
    UTF-16 units, as browsers count.
    """
    if chain["answer"] is None or not chain["rule"]:
        return None
    text, start, lead = chain["text"], chain.get("start") or 0, chain.get("asked") or ""
    # What asked for the answer stands in the text before the last stage, and announces it.
    begin = max(start - len(lead) if start else 0, len(text) - LONGEST, 0)
    span = _found(text[begin:], chain["rule"], chain["answer"])
    if span is None:
        return None
    first, last = begin + span[0], begin + min(span[1], span[0] + SHOWN)
    before = _units(text[:first])
    return before, before + _units(text[first:last])


def _found(text: str, rule: str, answer: str) -> tuple[int, int] | None:
    if rule == "bare":
        return _trimmed(text, 0, len(text))
    announced = list(_announced(text, rule)) if rule in MARKS else []
    stretches = announced or list(_sentences(text))
    holding = [one for one in stretches if _holds(text[slice(*one)], answer)]
    if holding:
        return holding[-1]
    return announced[-1] if announced else None


def _announced(text: str, rule: str) -> Iterator[tuple[int, int]]:
    for mark in announcements(text):
        if mark.rule != rule:
            continue
        if mark.closed:
            yield _trimmed(text, mark.start, min(len(text), mark.stop + 1))
            continue
        spoken = after(text, mark)
        stop = text.find(spoken[0], mark.end) + len(spoken[0]) if spoken else mark.end
        yield _trimmed(text, mark.start, max(stop, mark.end))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    begin = 0
    for sentence in sentences(text):
        first = text.find(sentence, begin)
        if first >= 0:
            begin = first + len(sentence)
            yield _trimmed(text, first, begin)


def _holds(stretch: str, answer: str) -> bool:
    """Whether the answer stands there, whatever stands between its digits and letters."""
    return _signs(answer) in _signs(stretch)


def _signs(text: str) -> str:
    return re.sub(r"[^\w.]|\.(?!\d)", "", text).lower()


def _trimmed(text: str, first: int, last: int) -> tuple[int, int]:
    stretch = text[first:last]
    return first + len(stretch) - len(stretch.lstrip()), last - (
        len(stretch) - len(stretch.rstrip())
    )


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
