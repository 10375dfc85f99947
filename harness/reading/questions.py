"""Lines that look like a question: the model's own, or the first of a text that it runs on into."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

QUESTION = (
    r"[ \t>*#]*+(?:\d{1,3}[.)] *)?"
    r"(?:(?:next |new |another )?(?:Q|question|problem|exercise|example) ?#?\d{0,4} ?"
    r"(?:[*]*:|(?<=\d)[*]*[.)])"
    r"|(?:human|user|instruction)[*]*:"
    r"|(?<=#)(?:instruction|input|question|problem|user|human)\b"
    r"|(?<=# )(?:instruction|input|question|problem|user|human)\b)"
)
"""What a line begins with that asks: "Q:", "**Question 2.**", "### Problem", "Human:"."""

OPENING_QUESTION = re.compile(QUESTION, re.IGNORECASE)
"""A text that begins so repeats its question; it has not run on."""

_NUMBER = re.compile(r"(?:Q|question|example) ?#?(\d{1,4}) ?[*]*[:.)]\Z", re.IGNORECASE)
_OPENING_NUMBER = re.compile(r"\W*(?:Q|question|example) ?#?1 ?[*]*[:.)]", re.IGNORECASE)
_ITEM = re.compile(r"[ \t]*[*•-] ")
_LISTED = re.compile(r"[ \t>*•-]{0,4}[\w '-]{1,30}: ?[^\s?][^\n?]{0,40}\Z")
_LONGEST_LINE = 200
TRIED = 3
"""Questions before which it is asked whether the text has answered: a bound, for models that stutter."""

SEEN = 32
"""Lines that look like a question, whether one or an entry of a list, at most: the same bound."""


class Questions:
    """The lines of one text that look like a question, in their order, and what is known of them.

    `answered` tells whether a stretch of text answers; without it every question is a new one.
    """

    def __init__(self, text: str, answered: Callable[[str], bool] | None) -> None:
        self._text = text
        self._answered = answered
        self._last = 1 if _OPENING_NUMBER.match(text[:40]) else 0
        self._start = 0
        self._asked = self._seen = 0

    def all_seen(self) -> bool:
        """Whether no more lines are looked at: those that follow are the text's own."""
        return self._answered is not None and (self._asked >= TRIED or self._seen >= SEEN)

    def run_on(self, match: re.Match[str], pieces: Sequence[str]) -> bool:
        """Whether the line at `match` asks what nobody asked for; `pieces` is the text before it."""
        if self._answered is None:
            return True
        self._seen += 1
        if self._is_item(match, pieces):
            return False
        number = _NUMBER.search(match[0])
        if number and int(number[1]) == self._last + 1 and self._is_short(match.end()):
            if self._last or not self._answers(pieces):
                self._last += 1
                return False
            return True
        return self._answers(pieces)

    def _answers(self, pieces: Sequence[str]) -> bool:
        """Whether what stands between the last own question and this one answers."""
        before = "".join(pieces)
        stretch, self._start = before[self._start :], len(before)
        self._asked += 1
        return self._answered is not None and self._answered(stretch)

    def _is_item(self, match: re.Match[str], pieces: Sequence[str]) -> bool:
        """Whether the line is an entry of a list or a table of its own: "* Human: 2 legs", "q: 1"."""
        if _ITEM.match(match[0].lstrip("\n")) or match[0].strip() == "q:":
            return True
        text, start = self._text, match.start()
        end = text.find("\n", match.end())
        line = text[start : end if end >= 0 else len(text)].strip("\n")
        # from the model's own text: a thought may end on the same line
        before = "".join(pieces)[-_LONGEST_LINE:].rpartition("\n")[2]
        return bool(_LISTED.match(line) and _LISTED.match(before)) and not _OPENING_ANSWER.match(
            before
        )

    def _is_short(self, place: int) -> bool:
        """Whether one sentence is asked, and no story told first."""
        end = self._text.find("\n", place, place + _LONGEST_LINE)
        line = self._text[place : end if end >= 0 else place + _LONGEST_LINE]
        return (
            end >= 0 or place + _LONGEST_LINE >= len(self._text)
            if "?" not in line
            else (". " not in line[: line.index("?")])
        )


_OPENING_ANSWER = re.compile(r"\W*(?:a|ans|answer|final answer|so|therefore)\b", re.IGNORECASE)
