"""Reads numbers that are written in words: "two hundred and eighty", "twenty-five", "half"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.reading.quantities import Parts, Token

_ONES = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * place
    for place, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_WORDS = frozenset((*_ONES, *_TENS, *_SCALES, "hundred"))
_LONGEST = 24  # words of one number; a bound, for texts that stutter
_AFTER_ONE = ("of", "another", "who", "that", "more", "can", "must", "might", "way")
_BEFORE_ONE = (
    "no",
    "any",
    "every",
    "each",
    "this",
    "that",
    "the",
    "correct",
    "only",
    "last",
    "first",
)


def with_spelled(found: Sequence[Token]) -> list[Token]:
    """The pieces of a stretch with the numbers in words as quantities, if there are none in digits."""
    if any(token.sort == "quantity" for token in found):
        return list(found)
    joined: list[Token] = []
    place = 0
    while place < len(found):
        used = _length(found, place)
        value = _value([word for token in found[place : place + used] for word in _pieces(token)])
        if value is None or _is_pronoun(found, place, used):
            joined.append(found[place])
            place += 1
            continue
        text = " ".join(token.text for token in found[place : place + used])
        end = found[place + used - 1].end
        spelled = Token("quantity", text, found[place].start, end, Parts(value))
        if joined and joined[-1].text in ("minus", "negative"):
            spelled = replace(spelled, start=joined.pop().start, negative=True)
        joined.append(spelled)
        place += used
    return joined


def _pieces(token: Token) -> list[str]:
    return token.text.split("-")


def _length(found: Sequence[Token], place: int) -> int:
    """How many pieces from `place` on spell one number at most; "and" counts between number words."""
    end = place
    while end < min(len(found), place + _LONGEST):
        token = found[end]
        inside = (
            end > place and token.text == "and" and found[end - 1].text in (*_SCALES, "hundred")
        )
        joins = inside and end + 1 < len(found) and set(_pieces(found[end + 1])) <= _WORDS
        if not joins and not set(_pieces(token)) <= _WORDS and token.text != "half":
            break
        end += 1
    return end - place


def _value(words: Sequence[str]) -> str | None:
    """The number that number words spell, in normal form; None where they spell none, or several."""
    if list(words) in (["half"], ["one", "half"]):
        return "0.5"
    total = part = 0
    room, last = 10**15, ""
    for word in words:
        if (word in _ONES and last in ("", "hundred", *_SCALES)) or (
            word in _ONES and last in _TENS and 0 < _ONES[word] < 10
        ):
            part += _ONES[word]
        elif word in _TENS and last in ("", "hundred", *_SCALES):
            part += _TENS[word]
        elif word == "hundred" and last in ("", *_ONES):
            part = (part or 1) * 100
        elif word in _SCALES and last not in _SCALES and _SCALES[word] < room:
            total, part, room = total + (part or 1) * _SCALES[word], 0, _SCALES[word]
        elif word != "and":
            return None
        last = last if word == "and" else word
    return str(total + part) if words else None


def _is_pronoun(found: Sequence[Token], place: int, used: int) -> bool:
    """Whether "one" is a pronoun ("no one", "one of them") and not the number."""
    if used != 1 or found[place].text != "one":
        return False
    before = found[place - 1].text if place else ""
    following = found[place + 1].text if place + 1 < len(found) else ""
    return before in _BEFORE_ONE or following in _AFTER_ONE
