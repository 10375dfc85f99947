"""Reads yes or no: the word with which a sentence answers, not one that happens to stand in it."""

from __future__ import annotations

import re

from harness.reading.rules import SILENT, Choices, Reader, Said

_TRUTH = {"yes": "yes", "no": "no", "true": "yes", "false": "no"}
_OFFER = re.compile(r"\byes\s{0,3}(?:or|/)\s{0,3}no\b\)?", re.IGNORECASE)
_WORD = re.compile(
    r"[\s\"'(\[*.,:;-]*+(?:(?:that|an?|definitely|probably|clearly|simply|most likely|therefore|thus|so"
    r"|in conclusion|in short|finally|hence|conclusion|step [0-9]{1,3}|[0-9]{1,2}[.)]|[a-z]\))[\s,.:]++)*+"
    r"[\"'(\[]?(?P<word>yes|no)\b(?!-)",
    re.IGNORECASE,
)
_BOTH = re.compile(r"\W{1,3}(?:and|or|but also|/)\W{1,3}(?:yes|no)\b", re.IGNORECASE)
_ANSWERS = re.compile(
    r"\W*+\Z|[\s\"')\]]*+[.,:;!?(-]|\s++(?:the|it|he|she|they|there|i|we|you|this|that|these|those)\b",
    re.IGNORECASE,
)


def whole(text: str, choices: Choices = ()) -> str | None:
    """`yes` or `no` where `text` is that word (or true, false) and nothing else."""
    return _TRUTH.get(text.strip(" \t\n\"'.,:;!*()[]").lower())


def announced(sentence: str, choices: Choices = ()) -> Said:
    """The answer of a sentence that an answer phrase announces."""
    return _answered(_OFFER.sub(" ", sentence))


def concluded(sentence: str, choices: Choices = ()) -> Said:
    """The answer of a sentence that begins with it: "So, no, they are not"."""
    return _answered(_OFFER.sub(" ", sentence))


def _answered(sentence: str) -> Said:
    match = _WORD.match(sentence)
    if match is None:
        return None
    if _BOTH.match(sentence, match.end()):
        return SILENT
    word = match["word"].lower()
    # "no flips", "no one" and "no evidence" are no answers; "yes it is" is one
    return word if word == "yes" or _ANSWERS.match(sentence, match.end()) else None


READER = Reader(whole, announced, concluded, back=1000)
