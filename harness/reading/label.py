"""Reads a label: one of a list where the problem has one, else the words that the text gives.

The normal form is the label in lower case with single blanks, without quotes or a closing stop.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from harness.reading import yes_no
from harness.reading.announcements import after, announcements, announces
from harness.reading.markup import plain
from harness.reading.options import folded, named, only_named
from harness.reading.rules import SILENT, Choices, Reader, Said
from harness.reading.thoughts import own_part

_LONGEST = 12
"""Words of a free label, at most: more is a sentence about it."""

_REFUSAL = re.compile(
    r"(?:i (?:don't|do not|am not|cannot|can't)|unknown|unclear|undefined|nan|not (?:clear|known|certain|sure)"
    r"|it (?:depends|cannot|is unclear|is unknown|is impossible)|cannot|there is no|not enough|sorry)\b"
)
_NEGATION = re.compile(r"\b(?:not|isn't|wrong|incorrect|neither|nor)\b", re.IGNORECASE)
_SUBJECT = re.compile(r"\A(?:it|this|that|there) (?:is|are) ")
_REASON = re.compile(r"[,;(]|\b(?:because|since)\b", re.IGNORECASE)


def whole(text: str, choices: Choices = ()) -> str | None:
    """The label that `text` is, in normal form: of the list if there is one, else as it stands."""
    if choices:
        place = named(text, choices)
        return None if place is None else folded(plain(choices[place]))
    label = folded(text)
    if "\\" in text:
        return None
    if not _is_label(label) or folded(label) != label or plain(label) != label:
        return None
    # A label that would read otherwise alone or in a sentence is none: reading must be stable.
    sentence = f"The answer is {label}."
    marks = announcements(sentence)
    stable = own_part(label).text == label and not announces(label) and len(marks) == 1
    return label if stable and after(sentence, marks[0]) == [f"{label}."] else None


def _is_label(label: str) -> bool:
    words = label.split()
    return 0 < len(words) <= _LONGEST and not _REFUSAL.match(label) and not _REASON.search(label)


def announced(sentence: str, choices: Choices = ()) -> Said:
    """The label that a sentence announced by an answer phrase gives."""
    label_said = whole(sentence, choices)
    if label_said is not None:
        return label_said
    if choices:
        return _listed(sentence, choices, yes_no.announced)
    if _REFUSAL.match(folded(sentence)):
        return SILENT
    return whole(_REASON.split(sentence, maxsplit=1)[0])


def concluded(sentence: str, choices: Choices = ()) -> Said:
    """The only label of the list in a sentence; without a list nothing tells a label from other words."""
    return _listed(sentence, choices, yes_no.concluded) if choices else None


def _listed(sentence: str, choices: Choices, answered: Callable[[str], Said]) -> Said:
    """The label of the list that a sentence says; `answered` tells whether it says yes or no."""
    if not _has_both(tuple(choices)):
        return _named(sentence, choices)
    # the words alone are none: "there is no evidence"
    said = answered(sentence)
    others = tuple(label for label in choices if folded(label) not in _POLAR)
    other = _named(sentence, others)
    return said if other is None else other if said is None else SILENT


_POLAR = ("yes", "no")


def _named(sentence: str, choices: Choices) -> str | None:
    """The only label of the list that stands in a sentence."""
    place = only_named(sentence, choices)
    if place is None and _DENIES.search(sentence):
        # "not positive; it is negative" names one label as the answer
        said = _without_denied(sentence, choices)
        place = only_named(said, choices)
        sentence = sentence if place is None else said
    if place is None:
        # "not possible to tell" is "it is not possible to tell"
        place = only_named(sentence, _without_subjects(tuple(choices)))
    if place is None:
        return None
    label = folded(plain(choices[place]))
    return None if _NEGATION.search(sentence) and not _NEGATION.search(label) else label


_DENIES = re.compile(r"\b(?:not|rather than|instead of)\b", re.IGNORECASE)


def _without_denied(sentence: str, choices: Choices) -> str:
    """A sentence without the labels that it says not to be the one."""
    for label in map(folded, map(plain, choices)):
        if label and not _NEGATION.match(label):
            denied = rf"\b(?:not|rather than|instead of) (?:an? |the )?{re.escape(label)}(?!\w)"
            sentence = re.sub(denied, " ", sentence, flags=re.IGNORECASE)
    return sentence


@lru_cache(maxsize=4096)
def _has_both(labels: tuple[str, ...]) -> bool:
    return {folded(label) for label in labels} >= set(_POLAR)


@lru_cache(maxsize=4096)
def _without_subjects(labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_SUBJECT.sub("", folded(plain(label))) for label in labels)


READER = Reader(whole, announced, concluded, back=1)
