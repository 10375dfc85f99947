"""What in a sentence cannot be the number that it states: what it denies, and what only leads to it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.reading.numbers.quantities import Token
from harness.reading.numbers.statements import first_number

_NEGATIONS = frozenset(
    "not never neither nor isn't wasn't aren't weren't doesn't didn't nicht não pas не".split()
)
_CANNOT = frozenset("cannot can't not couldn't shouldn't mustn't won't wouldn't".split())
_DENYING = _NEGATIONS | _CANNOT | {"rather", "instead"}
_BETWEEN = frozenset("a an the just only exactly equal to simply really $ = ( \" '".split())
_OPENERS = frozenset("even so then thus therefore hence finally now and but , :".split())
_LEADING = frozenset(
    "if since because as when given after before by with without out of at in for to from over during once while per "
    "though although despite unless until upon besides on each every under across".split()
)
_NO_PARTICIPLES = frozenset(
    "nothing everything something anything morning evening string king ring spring thing during remaining wing".split()
)
_NO_SUBJECTS = frozenset("and or which so making leaving totaling totalling for but".split())


def is_denied(numbers: Sequence[Token], place: int) -> bool:
    """Whether a sentence says of a number that it is not the one: "isn't 12", "rather than 12"."""
    place -= 1
    while place >= 0 and numbers[place].text in _BETWEEN:
        place -= 1
    words = [token.text for token in numbers[max(0, place - 1) : place + 1]]
    if not words:
        return False
    if words[-1] in _NEGATIONS or words in (["rather", "than"], ["instead", "of"]):
        return True
    return words[-1] == "be" and words[0] in _CANNOT


def without_denied(numbers: Sequence[Token]) -> list[Token]:
    """The pieces of a stretch with each denied number as a word."""
    if not any(token.text in _DENYING for token in numbers):
        return list(numbers)
    return [
        token._replace(sort="word", text="denied", parts=None)
        if token.sort == "quantity" and is_denied(numbers, place)
        else token
        for place, token in enumerate(numbers)
    ]


def main_clause(numbers: Sequence[Token]) -> Sequence[Token]:
    """What follows a clause that only leads to it: "After selling 12 of them, she has 8 left"."""
    start = next(
        (place for place, token in enumerate(numbers) if token.text not in _OPENERS), len(numbers)
    )
    if start == len(numbers) or not _leads(numbers[start].text):
        return numbers
    commas = [place for place, token in enumerate(numbers) if token.text == "," and place > start]
    commas = [place for place in commas if first_number(numbers[place + 1 :]) is not None]
    if not commas:
        return _after_its_verb(numbers, start)
    # "With 3 red, 4 blue and 5 green ones, she has 12"
    before_a_subject = [place for place in commas if _is_subject(numbers[place + 1])]
    return numbers[(before_a_subject or commas)[0] + 1 :]


def _after_its_verb(numbers: Sequence[Token], start: int) -> Sequence[Token]:
    """What follows the verb of which a clause is the subject: "Selling 20 cups brings her $60"."""
    if not numbers[start].text.endswith("ing"):
        return numbers
    for place in range(start + 1, len(numbers)):
        if numbers[place].text in _VERBS:
            rest = numbers[place + 1 :]
            known = first_number(numbers[start:place]) is not None
            return rest if known and first_number(rest) is not None else numbers
    return numbers


_VERBS = frozenset(
    "brings leaves makes costs takes earns saves requires adds produces uses needs adds means lets".split()
)


def _leads(word: str) -> bool:
    return word in _LEADING or (word.endswith("ing") and word not in _NO_PARTICIPLES)


def _is_subject(token: Token) -> bool:
    return token.sort == "word" and token.text not in _NO_SUBJECTS


def total(numbers: Sequence[Token]) -> int | None:
    """The place of the number that a sentence gives as a total of others before it, or None.

    "2 hours on Monday and 3 on Tuesday for a total of 5 hours", "3 pens and 4 books, 7 items in total".
    """
    words = [token.text for token in numbers]
    first = first_number(numbers)
    if first is None or _SUMMING.isdisjoint(words):
        return None
    for place in range(len(numbers) - 1, max(1, first), -1):
        if numbers[place].sort != "quantity":
            continue
        if words[place - 1] == "of" and words[place - 2] in ("total", "sum"):
            beginning = words[max(0, place - 4) : place - 2]
            return None if "of" in beginning or "from" in beginning else place
        if (
            words[place - 1] in _BEFORE_A_TOTAL
            and "together" in words[max(0, place - 4) : place - 1]
        ):
            return place  # "Ann has 16, Bob has 8, and together they have 24"
        rest = [word for word in words[place + 1 :] if word not in (".", "!")]
        summed = any(" ".join(rest[count:]) in _IN_TOTAL for count in range(min(3, len(rest))))
        if summed and words[place - 1] in _BEFORE_A_TOTAL:
            return place
    return None


def tells_of_each(sentence: str) -> bool:
    """Whether a sentence ends in what each of three or more has: "A has 160, B has 80, and C has 20"."""
    clauses = _CLAUSES.split(sentence.strip(" .!"))[-_EACH:]
    if len(clauses) < _EACH:
        return False
    if all(map(_ELIDED.match, clauses[1:])) and re.search("[0-9]", clauses[0]):
        return True  # "the first carries 80 people, the second 95, and the third 110"
    told = [_OF_ONE.search(clause) for clause in clauses]
    if None in told or _RESULTS.search(clauses[-1]):
        return False
    verbs = {match["verb"].lower() for match in told if match}
    values = {match["value"] for match in told if match}
    return len(verbs) == 1 and len(values) > 1


_EACH = 3
"""Clauses alike that make a list of their numbers."""

_CLAUSES = re.compile(r"[,;] (?:and |while )?")
_OF_ONE = re.compile(
    r"\b(?P<verb>has|have|had|gets?|got|needs?|costs?|makes?|earns?|weighs?|scores?|scored|is|are|was|were)\b"
    r"\D{0,20}(?P<value>[0-9][0-9.]*)",
    re.IGNORECASE,
)
_ELIDED = re.compile(
    r"(?:the (?:second|third|fourth|fifth|next|other|last)(?: [a-z]+)?|[A-Z][a-z]+) \$?[0-9][0-9.,]*(?: [a-z]+)?\W*\Z"
)
_RESULTS = re.compile(
    r"=|\b(?:totals?|sum|together|altogether|all|both|combined|overall|difference|average|result|answer|so|thus|hence"
    r"|therefore|left|remain\w*|more|fewer|less)\b",
    re.IGNORECASE,
)

_SUMMING = frozenset("total sum all altogether together combined overall".split())
_BEFORE_A_TOTAL = frozenset(
    ", for = ; - pay pays paid make makes made have has had is are was were earn earns earned cost costs spend spends "
    "spent need needs eat eats ate sell sells sold get gets got use uses used".split()
)
_IN_TOTAL = frozenset(("in total", "in all", "altogether", "all together", "combined", "overall"))
