"""Reads a number: what a stretch of text states, not merely which digits stand in it.

"needs 4 hours to cover 320 miles" states 4, "27 - 7 = 20" states 20, "20% of 40%, which is 8%"
states 8; "4 or 5", "27 - 7" and "cannot be determined" state no number. Nothing is calculated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.reading.languages import in_digits, localized
from harness.reading.numbers.clauses import main_clause, tells_of_each, total, without_denied
from harness.reading.numbers.quantities import (
    LONGEST,
    Token,
    first_tokens,
    last_tokens,
    tokens,
)
from harness.reading.numbers.statements import (
    CONSEQUENCES,
    CURRENCIES,
    EQUALS,
    SUM_SIGNS,
    at_once,
    first_number,
    result,
)
from harness.reading.numbers.words import may_count, with_spelled
from harness.reading.rules import SILENT, Choices, Reader, Said

_REFUSAL = re.compile(
    r"\b(?:cannot|can't|can not|could not|couldn't|unable to|impossible to|not possible to|not be)"
    r" (?:be )?(?:definitively |exactly )?(?:determin|answer|calculat|found|find|know|solve|say|tell)"
    r"|\b(?:insufficient|inconsistent|not enough information|no (?:solution|answer))\b"
    r"|(?:^|\b(?:is|are|was|remains?) (?:still )?)"
    r"(?:unknown|undefined|indeterminate|undetermined|infinite|nan|not a number)\b",
    re.IGNORECASE,
)
_REFUSING = (
    "not", "n't", "impossible", "unable", "insufficient", "inconsistent", "no solution", "no answer", "unknown",
    "undefined", "indeterminate", "undetermined", "infinite", "nan",
)  # fmt: skip
_DENIED = re.compile(r"\W{0,3}(?:not|nicht|pas|neither)\b", re.IGNORECASE)
_DENIED_NUMBER = re.compile(r"\W{0,3}[a-z]+ \W?[0-9]", re.IGNORECASE)
_LABEL = re.compile(
    r"(?:\(?[0-9]{1,2}[.)][ \t]++(?=\S))?"
    r"(?:(?:step|part|case|method|line) ?[0-9]{1,3} ?[:.)-][ \t]*+)?",
    re.IGNORECASE,
)
# "3 dozen eggs, i.e. 36" and "a probability of 3 out of 8" state 36 and 3/8
_THAT_IS = re.compile(
    r",? (?:i\. ?e\.|that is(?: to say)?|that means|in other words|namely),? (?=\W?[0-9][0-9.,]*[^0-9]*\Z)",
    re.IGNORECASE,
)
_SAYING_THAT_IS = ("i.e.", "i. e.", "that is", "that means", "in other words", "namely")
_OUT_OF = re.compile(
    r"(\b(?:probability|chances?|odds|fraction|proportion|likelihood)\b[^.0-9]{0,60}\b)([0-9]{1,6}) (?:out of|in) "
    r"([0-9]{1,6})(?![0-9.,]?[0-9])",
    re.IGNORECASE,
)
_REASONS = frozenset("because since as rounded".split())
_BEFORE_REACHING = ("to", "we")
_REACHES = frozenset("get obtain reach find have".split())
_UNFINISHED = frozenset(
    "the a an of to in for and or is are was were with from at than so then but because if when "
    "while which who into per every his her their its this that buys gives sells makes takes adds "
    "spends pays gets puts + - * / × ÷ = ( ,".split()
)


def whole(text: str, choices: Choices = ()) -> str | None:
    """The number that `text` is, in normal form; None if it is anything else, or more."""
    if ". " in text or "\n" in text or "=" in text or text.count(" ") > LONGEST // 3:
        return None
    if len(text) > _LONGEST_BARE and text.strip("0123456789.,-/ "):
        return None
    if _FOREIGN.search(text) or _VARIABLE.search(text) or not may_count(text):
        return None
    if len(text) > _LONGEST_TOLD and _count(first_tokens(text, _TOLD)) > 1:
        return None
    quantities = with_spelled(tokens(text))
    numbers = [token for token in quantities if token.sort == "quantity"]
    rest = [token.text for token in quantities if token.sort != "quantity"]
    if len(numbers) != 1 or any(sign not in _WRAPPING for sign in rest):
        return None
    return numbers[0].value


def _count(pieces: Sequence[Token]) -> int:
    return sum(token.sort == "quantity" for token in pieces)


_LONGEST_TOLD, _TOLD = 60, 12
"""Characters of what is first told by so many of its pieces: two numbers among them are no number."""

_LONGEST_BARE = 200  # characters: beyond, what holds more than digits is a text and no number
_FOREIGN = re.compile(r"[^\w\s()\[\]\"'%.,;!°…。！/^×*·+:-]")  # of no number, nor around one
# nor a letter alone that is no scale ("5k", "5 M"), article ("a million"), exponent or sign ("5 x 10^3")
_VARIABLE = re.compile(r"(?<![^\W\d_])[bcdf-jl-wyzCDF-JLN-WYZπ](?![^\W\d_])")
_WRAPPING = frozenset("( ) [ ] \" ' % . , ; ! ° … 。 ！".split()) | CURRENCIES


def announced(sentence: str, choices: Choices = ()) -> Said:
    """The number stated by a sentence that an answer phrase announces."""
    if _DENIED.match(sentence):  # "The answer is not 12 but 13"
        return _read(sentence, direct=False) if _DENIED_NUMBER.match(sentence) else None
    return _read(sentence, direct=True)


def concluded(sentence: str, choices: Choices = ()) -> Said:
    """The number stated by a sentence that nothing announces; an unfinished one states none."""
    return _read(sentence, direct=False)


LONGEST_READ = 80
"""Words, numbers and signs of a sentence that are looked at: its first, or its last if it concludes."""


def _read(sentence: str, direct: bool) -> Said:
    if not may_count(sentence):
        return SILENT if _refuses(sentence) else None
    sentence = _LABEL.sub("", sentence, count=1)
    lower = sentence.lower()
    if any(map(lower.__contains__, _SAYING_THAT_IS)):
        sentence = _THAT_IS.sub(", which is ", sentence)
    if "out of" in lower or " in " in lower:
        sentence = _OUT_OF.sub(r"\1\2/\3", sentence)
    numbers = with_spelled((first_tokens if direct else last_tokens)(sentence, LONGEST_READ))
    numbers = without_denied(numbers)
    if first_number(numbers) is None:
        return SILENT if _refuses(sentence) else None
    if (
        _gives_two_unknowns(sentence)
        or tells_of_each(sentence)
        or (direct and _lists_several(numbers))
    ):
        return SILENT
    if direct:
        statement = at_once(_without_reasons(_without_asides(numbers)))
        if statement is not None:
            return statement
    if _refuses(sentence) or numbers[-1].text in _UNFINISHED:
        return SILENT
    said_of = main_clause(_without_reasons(_without_asides(numbers)))
    for part in reversed(_consequences(said_of)):
        summed = total(part)
        statement = result(part if summed is None else part[summed:])
        if statement is not None:
            return statement
    return None


def _refuses(sentence: str) -> bool:
    """Whether a sentence says that there is no number to give."""
    # looking for a word is cheaper than any pattern, and most sentences hold none of these
    lower = sentence.lower()
    return any(map(lower.__contains__, _REFUSING)) and _REFUSAL.search(sentence) is not None


def _gives_two_unknowns(sentence: str) -> bool:
    """Whether a sentence ends in two unknowns, or in two values of one: "x = 2 or x = 3"."""
    match = _UNKNOWNS.search(sentence) if sentence.count("=") > 1 else None
    return match is not None and match[1] != match[2]


_UNKNOWNS = re.compile(
    r"\b[a-z] ?= ?(-?[0-9][0-9./]{0,20}+) ?(?:,|;|and|or|, and|, or) ?\b[a-z] ?= ?(-?[0-9][0-9/]{0,20}+)\W*+\Z",
    re.IGNORECASE,
)


def _lists_several(quantities: Sequence[Token]) -> bool:
    """Whether nothing but different numbers is said, with commas or "and" between: "5, 6", "4, 5 and 6 cm"."""
    while len(quantities) > 2 and quantities[-1].sort != "quantity":
        if quantities[-1].sort == "word" and len(quantities) > 3 and quantities[-2].sort == "word":
            return False
        quantities = quantities[:-1]
    if len(quantities) < 3 or any(
        token.text not in _LISTING for token in quantities if not token.parts
    ):
        return False
    numbers = [token for token in quantities if token.parts]
    return len({token.value for token in numbers[:4]}) > 1


_LISTING = frozenset(", ; . ( ) [ ] and or &".split())


def _without_asides(numbers: Sequence[Token]) -> list[Token]:
    """Without what stands in brackets behind a number, unless it is part of a sum: "8 (5 + 3)"."""
    kept: list[Token] = []
    opened: list[int] = []
    first = first_number(numbers)
    for place, token in enumerate(numbers):
        kept.append(token)
        if token.text == "(":
            opened.append(len(kept) - 1)
        elif token.text == ")" and opened:
            start = opened.pop()
            # nothing is dropped before the first number, so its place is the same in both lists
            aside = first is not None and first < start and not opened
            if aside and not _is_operand(kept, start, numbers[place + 1 : place + 2]):
                del kept[start:]
    return kept


def _is_operand(kept: Sequence[Token], start: int, following: Sequence[Token]) -> bool:
    """Whether the bracket that opens at `start` is part of a sum: 3(30,000), (2/2) * 100."""
    before = kept[start - 1]
    return (
        before.text in SUM_SIGNS
        or (before.sort == "quantity" and before.end == kept[start].start)
        or any(token.text in SUM_SIGNS for token in following)
    )


def _without_reasons(numbers: Sequence[Token]) -> list[Token]:
    """Up to the reason that is given for a number: "20, because 4 boxes of 5 make 4 * 5"."""
    numbered = False
    for place, token in enumerate(numbers):
        # "20, as 4 boxes hold 5 each" gives a reason, "written as 20" gives none
        reason = token.text in _REASONS and (token.text != "as" or numbers[place - 1].text == ",")
        if numbered and reason:
            return list(numbers[:place])
        numbered = numbered or token.sort == "quantity"
    return list(numbers)


def _consequences(numbers: Sequence[Token]) -> list[list[Token]]:
    """The parts of a sentence that "so", "which" and the like divide; the last one concludes."""
    parts: list[list[Token]] = [[]]
    numbered = False
    for place, token in enumerate(numbers):
        if numbered and token.text == "which" and numbers[place - 1].text == "of":
            break  # "20 cards, of which 5 are rare"
        if numbered and (
            token.text in CONSEQUENCES
            or (token.text in _BEFORE_REACHING and _reaches(numbers, place))
        ):
            parts.append([])
            numbered = False
        parts[-1].append(token)
        numbered = numbered or token.sort == "quantity"
    return [part for part in parts if not _compares(part)]


def _reaches(numbers: Sequence[Token], place: int) -> bool:
    """Whether a result follows: "to get 7", "we obtain 7"; not in "to get to 7"."""
    words = numbers[place : place + 3]
    return (
        len(words) == 3
        and words[0].text in _BEFORE_REACHING
        and words[1].text in _REACHES
        and words[2].sort == "quantity"
    )


def _compares(part: Sequence[Token]) -> bool:
    """Whether a part only sets its number beside another: "33, which is 3 more than 30"."""
    words = [token.text for token in part]
    first = first_number(part) or 0
    # "which is 35 in all, 5 more than before" states its first number
    end = words.index(",", first) if "," in words[first:] else len(words)
    return words[:1] == ["which"] and "than" in words[:end] and not EQUALS.intersection(words)


def _prepared(text: str) -> str:
    return localized(in_digits(text))


READER = Reader(whole, announced, concluded, back=2, back_rule="last_number", prepared=_prepared)
