"""Which kind of answer a gold is, where its row does not say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from string import ascii_uppercase

from harness.reading.kinds import KINDS

GUESSES = ("choice", "number", "yes_no", "date", "letters")
"""Kinds in the order in which they are guessed; whatever fits none of them is a label.

Where some golds are formulas and no numbers, all of them are of the kind `math`, which reads both.
"""

FORMULA = "formula"
"""What `fitting` adds to the kinds of such a gold."""

SOME = 0.02
"""Of the golds, so many are formulas at least: a typing error in one does not make the others so."""

MOST = 0.75
"""Of the golds, so many have to be of a kind: some that say "N/A" do not make the others labels."""

WORKED = ("hashes", "boxed", "answer_phrase")
"""Rules by which the gold of a worked solution is read: GSM8K's `#### 18`, MATH's `\\boxed{18}`, and
HELM's "The answer is 18."."""

LETTERED = ("",) * 10
"""The options of a choice that lists none and has golds beyond E: letters up to J, without texts."""

_SHORT = re.compile(r"[a-z]{1,4}")
_FORMULA = re.compile(r"[\\^]")
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
    kinds = [kind for kind in (*GUESSES, "math", "label") if _fits(kind, text, choices)]
    if "math" in kinds and "number" not in kinds and _FORMULA.search(text):
        kinds.append(FORMULA)
    return tuple(kinds)


def guess(fits: Sequence[Sequence[str]]) -> str:
    """The kind of golds of which each fits some kinds: the first that most of them fit."""
    counts = Counter(kind for one in fits for kind in one)
    golds = len(fits)
    if counts[FORMULA] >= SOME * golds and counts["math"] >= MOST * golds:
        return "math"
    return next((kind for kind in GUESSES if counts[kind] >= MOST * golds), "label")


def _fits(kind: str, text: str, choices: tuple[str, ...]) -> bool:
    if kind == "choice" and not choices:
        return _LETTER.fullmatch(text.strip()) is not None
    # other letters that were put together look like any word
    if kind == "letters" and not _SHORT.fullmatch(text.strip()):
        return False
    return gold(kind, text, choices) is not None
