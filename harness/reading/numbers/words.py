"""Reads numbers that are written in words: "two hundred and eighty", "two thirds", "half a dozen".

"A dozen" and "half a dozen" are 12 and 6. After a number a dozen is a unit, and units are dropped:
"4 dozen" reads 4, since a problem that is answered so asks for dozens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from harness.reading.numbers.quantities import Parts, Token

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
_DIVISIONS = {
    word: value
    for value, word in enumerate(
        "half third quarter fifth sixth seventh eighth ninth tenth".split(), start=2
    )
} | {"fourth": 4, "hundredth": 100, "thousandth": 1000}
_PARTS = _DIVISIONS | {f"{word}s": value for word, value in _DIVISIONS.items()} | {"halves": 2}
_WORDS = frozenset((*_ONES, *_TENS, *_SCALES, "hundred"))
_STARTS = _WORDS | {"a", "an", "half"}
_SPELLING = _WORDS.union(_PARTS, ("dozen",))
_DIGIT = re.compile("[0-9]")
_STEMS = (
    "one two three four five six seven eight nine ten eleven twel thirt twent fort fift hundred thousand million "
    "billion trillion zero dozen half halv third quarter ninth"
).split()
"""What every word of a number begins with: looking for these is cheaper than any pattern."""

_LONGEST = 24  # words of one number; a bound, for texts that stutter
_AFTER_ONE = frozenset("of another who that more can must might way".split())
_BEFORE_ONE = frozenset("no any every each this that the correct only last first".split())


def may_count(text: str) -> bool:
    """Whether a text may hold a number, in digits or words: a quick look that finds too much, never too little."""
    if _DIGIT.search(text):
        return True
    lower = text.lower()
    return any(stem in lower for stem in _STEMS)


def with_spelled(tokens: Sequence[Token]) -> list[Token]:
    """The pieces of a stretch with the numbers in words as quantities, if there are none in digits."""
    if any(token.sort == "quantity" for token in tokens):
        return list(tokens)
    if not any(token.text in _SPELLING or "-" in token.text for token in tokens):
        return list(tokens)
    words = [(word, place) for place, token in enumerate(tokens) for word in token.text.split("-")]
    spelled = [word for word, _ in words]
    joined: list[Token] = []
    place = 0
    while place < len(words):
        first = words[place][1]
        used = _spelled(spelled, place) if spelled[place] in _STARTS else None
        end = place + 1 if used is None else used[1]
        # a number in words fills its pieces: "ten" is none in "ten-year-old"
        whole = end == len(words) or words[end][1] != words[end - 1][1]
        if used is not None and whole and not _is_pronoun(spelled, place, end):
            _add(joined, tokens[first : words[end - 1][1] + 1], used[0])
        else:
            end = next(
                (at for at in range(place + 1, len(words)) if words[at][1] != first), len(words)
            )
            joined.append(tokens[first])
        place = end
    return joined


def _add(joined: list[Token], pieces: Sequence[Token], value: Fraction) -> None:
    """Adds the quantity that some pieces spell, with the "minus" before it."""
    text = " ".join(token.text for token in pieces)
    parts = Parts(str(value.numerator), below=str(value.denominator))
    spelled = Token("quantity", text, pieces[0].start, pieces[-1].end, parts)
    if joined and joined[-1].text in ("minus", "negative"):
        spelled = spelled._replace(start=joined.pop().start, negative=True)
    joined.append(spelled)


def _spelled(words: Sequence[str], place: int) -> tuple[Fraction, int] | None:
    """The number that words spell from `place` on, and where it ends; None where they spell none."""
    if place and words[place - 1] in _WORDS:
        return None  # "five six" is no number, and neither is its "six"
    part = _part(words, place)
    if part is not None:
        return part
    cardinal = _cardinal(words, place)
    if cardinal is None:
        return None
    number, end = Fraction(cardinal[0]), cardinal[1]
    following = words[end] if end < len(words) else ""
    if following == "and" and (rest := _part(words, end + 1)) and rest[0] < 1:
        return number + rest[0], rest[1]
    if following == "point":
        digits: list[str] = []
        while (place := end + 1 + len(digits)) < len(words) and _ONES.get(words[place], 10) < 10:
            digits.append(str(_ONES[words[place]]))
        if digits and len(digits) <= _LONGEST:
            return number + Fraction(int("".join(digits)), 10 ** len(digits)), place
    return number, end


def _part(words: Sequence[str], place: int) -> tuple[Fraction, int] | None:
    """A part of one in words, or a dozen: "half", "a third", "three quarters", "half a dozen"."""
    word, *rest = [*words[place : place + 3], "", ""][:3]
    if word == "half":
        return (Fraction(6), place + 3) if rest == ["a", "dozen"] else (Fraction(1, 2), place + 1)
    if word == "a" and rest[0] == "dozen":
        return Fraction(12), place + 2
    count = 1 if word in ("a", "an") else _ONES.get(word, 0)
    if count and rest[0] in _PARTS and (count == 1) == (rest[0] in _DIVISIONS):
        return Fraction(count, _PARTS[rest[0]]), place + 2
    return None


def _cardinal(words: Sequence[str], place: int) -> tuple[int, int] | None:
    """The whole number that words spell, and where it ends; None where they spell none, or several."""
    start = place + (words[place] in ("a", "an"))
    if start > place and (start == len(words) or words[start] not in ("hundred", *_SCALES)):
        return None
    total = part = 0
    room, last, place = 10**15, "", start
    while place < min(len(words), start + _LONGEST):
        word = words[place]
        if word == "and" and last in ("hundred", *_SCALES):
            if place + 1 == len(words) or not (
                words[place + 1] in _ONES or words[place + 1] in _TENS
            ):
                break
        elif (word in _ONES and last in ("", "hundred", *_SCALES)) or (
            word in _ONES and last in _TENS and 0 < _ONES[word] < 10
        ):
            part += _ONES[word]
        elif word in _TENS and last in ("", "hundred", *_SCALES):
            part += _TENS[word]
        elif word == "hundred" and last in ("", *_ONES):
            part = (part or 1) * 100
        elif word in _SCALES and last not in _SCALES and _SCALES[word] < room:
            total, part, room = total + (part or 1) * _SCALES[word], 0, _SCALES[word]
        else:
            break
        last = last if word == "and" else word
        place += 1
    several = place < len(words) and words[place] in _WORDS
    return None if place == start or several else (total + part, place)


def _is_pronoun(words: Sequence[str], place: int, end: int) -> bool:
    """Whether "one" is a pronoun ("no one", "one of them") and not the number."""
    if words[place:end] != ["one"]:
        return False
    before = words[place - 1] if place else ""
    following = words[end] if end < len(words) else ""
    return before in _BEFORE_ONE or following in _AFTER_ONE
