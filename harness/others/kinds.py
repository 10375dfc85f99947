"""Which kind of answer a gold is, where its row does not say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from string import ascii_uppercase

from harness.answers import KINDS

GUESSES = ("choice", "number", "yes_no", "date", "letters")
"""Kinds in the order in which they are guessed; whatever fits none of them is a label."""

MOST = 0.75
"""Of the golds, so many have to be of a kind: some that say "N/A" do not make the others labels."""

WORKED = ("hashes", "boxed")
"""Rules by which the gold of a worked solution is read: GSM8K's `#### 18`, MATH's `\\boxed{18}`."""

LETTERED = ("",) * 10
"""The options of a choice that lists none and has golds beyond E: letters up to J, without texts."""

_SHORT = re.compile(r"[a-z]{1,4}")
_LETTER = re.compile(r"\(?[A-Ja-j]\)?\.?")


@lru_cache(maxsize=4096)
def gold(kind: str, text: str, choices: tuple[str, ...] = ()) -> str | None:
    """A gold in normal form; None where it is no answer of its kind.

    It is a bare answer, or a worked solution that marks its answer as GSM8K and MATH do.
    """
    if kind == "choice" and len(choices) > len(ascii_uppercase):
        return None
    answer = KINDS[kind].normal(text, choices)
    if answer is not None:
        return answer
    reading = KINDS[kind].read(text, choices)
    return reading.answer if reading.rule in WORKED else None


def fitting(text: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    """The kinds that a gold may be of, for `guess`."""
    return tuple(
        kind for kind in (*GUESSES, "label") if kind in KINDS and _fits(kind, text, choices)
    )


def guess(fits: Iterable[Sequence[str]]) -> str:
    """The kind of golds of which each fits some kinds: the first that most of them fit."""
    fits = list(fits)
    for kind in GUESSES:
        if sum(kind in one for one in fits) >= MOST * len(fits):
            return kind
    return "label"


def _fits(kind: str, text: str, choices: tuple[str, ...]) -> bool:
    if kind == "choice" and not choices:
        return _LETTER.fullmatch(text.strip()) is not None
    # other letters that were put together look like any word
    if kind == "letters" and not _SHORT.fullmatch(text.strip()):
        return False
    return gold(kind, text, choices) is not None
