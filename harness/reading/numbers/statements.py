"""Picks the number that a sentence states among all that stand in it."""

from __future__ import annotations

from collections.abc import Sequence

from harness.reading.numbers.quantities import Token, key
from harness.reading.rules import SILENT, Said

EQUALS = frozenset("= ≈ ≡ equals equal equaling equalling gives yields totals".split())
OPERATORS = frozenset("+ - * / × ÷ ^ · times plus minus divided multiplied".split())
SUM_SIGNS = OPERATORS | EQUALS
CONSEQUENCES = frozenset(
    "so thus hence therefore which making leaving giving meaning totaling totalling".split()
)
_COPULAS = frozenset("is are was were be been becomes costs it's that's there's : →".split())
_TO_WHOM = frozenset("me you him her us them".split())
_VARIABLES = frozenset("x y z n".split())
_MEASURE = frozenset("of by to at for".split())
_GIVEN = frozenset("the his her their its my our these those all another".split())
_GIVING = frozenset("takes took costs cost gives gave leaves left gets brings earns pays".split())
_CIRCUMSTANCE = frozenset(
    "in within after before on during with from per until every each between among than over under "
    "past out across".split()
)
_ADVERBS = frozenset(
    "about approximately around roughly nearly almost exactly only just simply now therefore thus "
    "indeed still actually then so that a an total least most equal value number answer √ "
    "~ ≈ $ : ( [ \" ' , = % # _ .".split()
)
CURRENCIES = frozenset(
    "usd eur gbp inr rs rm cad aud nzd chf jpy cny rmb sgd hkd twd krw php idr thb zar brl mxn".split()
)
"""Words that stand before a sum of money and change nothing of it."""

_BEFORE_A_NUMBER = _ADVERBS | _VARIABLES | CURRENCIES | frozenset("the to of at".split())
_SYMBOLS = frozenset("π pi √ sqrt ∞".split())
_NAMED_BY_NUMBER = frozenset("step day page question option part case grade chapter".split())


def first_number(tokens: Sequence[Token]) -> int | None:
    """The place of the first quantity, or None."""
    return next((place for place, token in enumerate(tokens) if token.sort == "quantity"), None)


def at_once(tokens: Sequence[Token]) -> Said:
    """The number with which `tokens` begins, if it is no part of a sum and has no rival."""
    place = first_number(tokens)
    if place is None or any(token.text not in _BEFORE_A_NUMBER for token in tokens[:place]):
        return None
    if _in_a_sum(tokens, place) or _is_share(tokens, place):
        return None
    return _unrivalled(tokens, place)


def result(tokens: Sequence[Token]) -> Said:
    """What a part of a sentence states: its sum's result, what something *is*, or what it tells of."""
    for place in range(len(tokens) - 1, -1, -1):
        if tokens[place].text not in EQUALS:
            continue
        following = tokens[place + 1 :]
        if following and following[0].text in _TO_WHOM:
            following = following[1:]
        number = first_number(following)
        if number is not None and any(token.text in CONSEQUENCES for token in following[:number]):
            continue  # "gives her coins to Bob, so Bob has 8"
        if number is not None:
            return at_once(following) or after_copula(following) or SILENT
        if tokens[place].sort == "sign":
            return None  # "total = number of boxes" sets up a sum and has no result
    return after_copula(tokens) or _foremost(tokens)


def after_copula(tokens: Sequence[Token]) -> Said:
    """The number that directly follows the last "is", "are", "costs" or colon that has one."""
    end = len(tokens)
    for place in range(len(tokens) - 1, -1, -1):
        if tokens[place].text in _COPULAS or _comes_to(tokens, place):
            statement = at_once(tokens[place + 1 : end])
            if statement is not None:
                return statement
            end = place
    return None


def _comes_to(tokens: Sequence[Token], place: int) -> bool:
    """Whether a "to" leads to what something is: "comes to 26", "adds up to 26"."""
    if tokens[place].text != "to" or not place:
        return False
    if tokens[place - 1].text == "up":
        return place > 1 and tokens[place - 2].text in _ADDING
    return tokens[place - 1].text in _COMING


_COMING = frozenset("come comes came amount amounts amounted sums summed".split())
_ADDING = frozenset("add adds added sum sums".split())


def _foremost(tokens: Sequence[Token]) -> Said:
    """The first number that tells no circumstance: 75 in "earns $75 in a month of 30 days"."""
    ranked = [
        (_rank(tokens, place), place)
        for place, token in enumerate(tokens)
        if token.sort == "quantity" and not (place and tokens[place - 1].text in _NAMED_BY_NUMBER)
    ]
    if not ranked:
        return None
    place = min(ranked)[1]
    if (
        _in_a_sum(tokens, place)
        or (_is_share(tokens, place) and tokens[place + 3 : place + 4][0].sort == "quantity")
        or _is_joined(tokens, place)
        or any(
            token.text in ("between", "either") and _rival(tokens, number)
            for number, token in enumerate(tokens[:-1], start=1)
        )
    ):
        return SILENT
    return _unrivalled(tokens, place)


def _is_joined(tokens: Sequence[Token], place: int) -> bool:
    """Whether the number at `place` only completes one before it: "3 hours and 20 minutes"."""
    if not place or tokens[place - 1].text not in ("and", "or", "to"):
        return False
    return any(
        tokens[number].sort == "quantity" and _rival(tokens, number) is tokens[place]
        for number in range(max(0, place - 3), place)
    )


def _rank(tokens: Sequence[Token], place: int) -> int:
    """How far a number is from being what its sentence states: 0 is nearest."""
    following = tokens[place + 1 : place + 2]
    if following and following[0].text == "-":  # a 5-day trip
        return 3
    place -= 1
    while place >= 0 and tokens[place].text in _ADVERBS:
        place -= 1
    word = tokens[place].text if place >= 0 else ""
    if word == "her" and place and tokens[place - 1].text in _GIVING:
        return 0  # "takes her 45 minutes", not "her 45 books"
    return 2 if word in _CIRCUMSTANCE or word in _GIVEN else 1 if word in _MEASURE else 0


def _unrivalled(tokens: Sequence[Token], place: int) -> Said:
    """The number at `place`; silence if it is none, or if another that differs is offered beside it."""
    value, rival = tokens[place].value, _rival(tokens, place)
    if value is None or (rival is not None and key(rival.value or "") != key(value)):
        return SILENT
    return value


_SMALLER = {
    unit: frozenset(smaller.split())
    for units, smaller in (
        ("year years", "month months"),
        ("week weeks month months", "day days"),
        ("day days", "hour hours"),
        ("hour hours", "minute minutes"),
        ("minute minutes", "second seconds"),
        ("foot feet", "inch inches"),
        ("pound pounds", "ounce ounces"),
        ("dollar dollars", "cent cents"),
    )
    for unit in units.split()
}


def _rival(tokens: Sequence[Token], place: int) -> Token | None:
    """The number that is offered beside another: "4 or 5", "3 hours and 20 minutes", "6 feet 2 inches"."""
    unit, other, its_unit = [*tokens[place + 1 : place + 4], None, None, None][:3]
    if unit and other and its_unit and its_unit.text in _SMALLER.get(unit.text, ()):
        return other if other.sort == "quantity" else None
    if unit and other and its_unit and unit.text == "," and other.sort == "quantity":
        last = tokens[place + 4 : place + 5]
        listed = its_unit.text in ("and", "or", "&", ",") and last and last[0].sort == "quantity"
        return other if listed else None
    for step in (1, 2):
        pair = tokens[place + step : place + step + 2]
        joined = len(pair) == 2 and pair[0].text in ("or", "and", "to", "&")
        if joined and pair[1].sort == "quantity":
            return pair[1]
        if pair and pair[0].sort != "word" and pair[0].text != "%":
            return None
    return None


def _in_a_sum(tokens: Sequence[Token], place: int) -> bool:
    """Whether a number is an operand: 3 + 4, 3x, 3(4), 5-day, 2π; not in "5 times." or "$7/hour"."""
    token = tokens[place]
    if place and (tokens[place - 1].text in OPERATORS or tokens[place - 1].text in _SYMBOLS):
        return True
    if _is_argument(tokens, place):
        return True
    following = [other for other in tokens[place + 1 : place + 5] if other.text not in ("%", ")")]
    if not following:
        return False
    sign = following[0]
    attached = sign.start == token.end
    if sign.text in _SYMBOLS:
        return True
    if sign.sort == "word" and len(following) > 2 and following[1].text in _JOINS:
        return following[2].sort == "quantity"  # "40 hours x $10"
    if sign.text in ("=", "≈") or (attached and (sign.text in _VARIABLES or sign.text == "(")):
        return True
    if sign.text not in OPERATORS or len(following) == 1:
        return sign.text in OPERATORS and sign.sort == "sign"
    operand = following[1]
    return (
        operand.sort == "quantity"
        or operand.text in ("(", "by")
        or operand.text in _VARIABLES
        or (sign.text != "/" and sign.sort == "sign")
    )


_JOINS = frozenset("+ * × x ·".split())
_FUNCTIONS = frozenset(
    "sqrt root log ln lg exp sin cos tan cot sec csc arcsin arccos arctan max min gcd lcm abs floor ceil mod √ half "
    "twice double triple thrice quadruple".split()
)
_FUNCTIONS_OF = frozenset(
    "half third thirds quarter quarters fourth fifth fifths sixth eighth tenth root square cube factorial double "
    "triple multiple logarithm log sine cosine twice".split()
)
_APPLIED = frozenset("squared cubed factorial choose mod modulo".split())
_COMPARED = frozenset("more less fewer greater smaller".split())


def _is_argument(tokens: Sequence[Token], place: int) -> bool:
    """Whether a number is what a function is taken of: sqrt(144), "half of 16", "2 squared", "3 more than 9"."""
    following = [token.text for token in tokens[place + 1 : place + 4]]
    if following[:1] and following[0] in _APPLIED:
        return True
    if following == ["to", "the", "power"] or (following[:1] == ["!"] and following[1:2] != []):
        return True
    if following[1:2] == ["than"] and following[0] in _COMPARED:
        return place + 3 < len(tokens) and tokens[place + 3].sort == "quantity"
    before = place - 1
    while before >= 0 and tokens[before].text in (
        "(",
        "[",
        "_",
        "\\",
        "the",
        "her",
        "his",
        "their",
    ):
        before -= 1
    if before < 0:
        return False
    if tokens[before].text == "|" and following[:1] == ["|"]:
        return True
    if len(tokens[before].text) == 1 and tokens[before].text.isalpha() and before < place - 1:
        return tokens[before + 1].text == "(" and tokens[before].end == tokens[before + 1].start
    if tokens[before].text == "of":
        return before > 0 and tokens[before - 1].text in _FUNCTIONS_OF
    return tokens[before].text in _FUNCTIONS


def _is_share(tokens: Sequence[Token], place: int) -> bool:
    """Whether a number is a share of another: "20% of 40%"."""
    following = tokens[place + 1 : place + 5]
    words = [token.text for token in following]
    return (
        words[1:2] == ["of"]
        and words[0] in ("%", "percent")
        and first_number(following) is not None
    )
