"""Finds the numbers in a stretch of plain text, and writes each in its one normal form.

The normal form of a number is its plain decimal ("1200", "-5", "0.75"), exactly as stated, without
zeros at the end; a fraction that no decimal ends is in lowest terms ("2/3").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

LONGEST = 400
"""Digits of a number, at most: what is longer is a model's stutter and no number."""

_LITERAL = r"""
    (?: [0-9]{1,3}+(?:\ [0-9]{3}(?![0-9]))++                        # 118 000
      | [0-9]{1,2}+(?:,[0-9]{2}(?![0-9]))++,[0-9]{3}(?![0-9])       # 1,00,000
      | [0-9]{1,3}+(?:['_][0-9]{3}(?![0-9]))++                       # 1'450'000, 1_450_000
      | [0-9]++(?:,[0-9]{3}(?![0-9]))*+                             # 1,450,000
    )(?:\.[0-9]++)? | \.[0-9]++
"""
_RAISED = r"\ ?\^\ ?\(?-?[0-9]{1,3}\)?(?![0-9])"
# what each begins with is looked for once, before it is tried in every way
_POWER = rf"""
    (?=\ ?[×x*·^]|[eE])
    (?: [eE][-+]?[0-9]{{1,3}}(?!\w)  # 1.5e3
    | \ ?[×x*·]\ ?10{_RAISED}       # 2.5 × 10^3
    | (?<=10)(?<![0-9.,]10){_RAISED} )  # 10^3
"""
_QUANTITY = rf"""
    (?P<literal>{_LITERAL})
    (?P<power>{_POWER})?
    (?: (?=\ ?/|\ [0-9])
      (?: \ ?/\ ?(?P<below>[0-9]{{1,40}}(?![0-9]))                    # 3/4
        | \ (?P<above>[0-9]{{1,9}})/(?P<under>[0-9]{{1,9}})(?![0-9])  # 1 1/2
    ))?
    (?P<malformed>(?:[:/,.][0-9]++)*+)                              # 12:30, 11/22/2002
"""
_WORD = r"""
    (?=[IiAaWwEeRrUuGgCc])(?i:is|are|was|were|equals|Rs|USD|EUR|GBP|INR|CHF)(?=[0-9])  # "is18" has lost its blank
    | [^\W\d_]                  # B12, cm2 and COVID-19 are words; a digit after CJK signs is not
    (?: [^\W\d_]++ | (?<=[A-Za-z])[0-9]++(?:\.[0-9]++)*+ | [-'](?=[^\W\d_]) | (?<=[A-Za-z][A-Za-z])-(?=[0-9])
      | (?<=-)[0-9]++ )*+
"""
_TOKEN = re.compile(
    rf"(?P<quantity>(?=[.0-9]){_QUANTITY})|(?P<word>{_WORD})|(?P<sign>\S)", re.VERBOSE
)
_PARTS = tuple(map(_TOKEN.groupindex.__getitem__, ("literal", "power", "below", "above", "under")))
_MALFORMED = _TOKEN.groupindex["malformed"]
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b", re.IGNORECASE)


_PIECES = 4
"""Pieces that become one token, but for magnitudes after it, at most: "2 and a half"."""


class Parts(NamedTuple):
    """What a quantity is made of, as written: digits, a power of ten, and a fraction or its parts."""

    literal: str
    power: str | None = None
    below: str | None = None
    above: str | None = None
    under: str | None = None


class Token(NamedTuple):
    """A piece of a stretch: a "quantity", a "word" (in lower case), or a "sign" ("+", "=", "(").

    `start` and `end` are its place in the stretch. `parts` is None for digits that are no number
    (12:30, 2nd). `negative` and `scale` (a power of ten) come from what stands beside a quantity.
    """

    sort: str
    text: str
    start: int
    end: int
    parts: Parts | None = None
    negative: bool = False
    scale: int = 0

    @property
    def value(self) -> str | None:
        """A quantity's normal form; None for what is no number."""
        # worked out when asked for: of a thousand numbers in a text one is the answer
        number = None if self.parts is None else _value(self.parts, self.scale)
        return f"-{number}" if self.negative and number not in (None, "0") else number


def tokens(stretch: str) -> list[Token]:
    """The pieces of a stretch in order, a minus sign joined to the number that it belongs to."""
    return list(_tokens(stretch))


def first_tokens(stretch: str, most: int) -> list[Token]:
    """The first of them, `most` at most: a stretch that stutters is not cut up to its end."""
    return list(_tokens(stretch, most)[:most])


def last_tokens(stretch: str, most: int) -> list[Token]:
    """The last of them, `most` at most."""
    return list(_tokens(stretch, -most)[-most:])


# one sentence is looked at as a number, then as a statement, and behind each announcement again
@lru_cache(maxsize=4)
def _tokens(stretch: str, most: int = 0) -> tuple[Token, ...]:
    """The pieces of a stretch: all, the first `most` and more, or the last `-most` and more."""
    if not stretch.isascii():
        stretch = _MYRIADS.sub(_in_digits, stretch)
    if not most:
        return _joined(stretch, _TOKEN.finditer(stretch))
    wanted = abs(most)
    if most > 0:
        matches = list(islice(_TOKEN.finditer(stretch), wanted + _MARGIN))
        found = _joined(stretch, matches)
        if len(found) >= wanted or len(matches) < wanted + _MARGIN:
            return found[:wanted]
        return _joined(stretch, islice(_TOKEN.finditer(stretch), _PIECES * wanted))
    matches = list(_TOKEN.finditer(stretch))
    start = len(matches) - wanted - _MARGIN
    while start > 0 and not _begins(matches[start]):
        start -= 1
    if start > 0 and len(found := _joined(stretch, matches[start:])) > wanted:
        return found[1:]
    return _joined(stretch, matches)


_MARGIN = 20
"""Pieces looked at beside those wanted, since some become one token with those before them."""


def _begins(match: re.Match[str]) -> bool:
    """Whether no piece behind this one becomes one token with those before it."""
    if match.lastgroup != "word":
        return match.lastgroup == "quantity"
    word = match[0].lower()
    return word not in _SCALES and match[0] not in _LETTERS and word not in ("and", "a", "half")


def _joined(stretch: str, matches: Iterable[re.Match[str]]) -> tuple[Token, ...]:
    result: list[Token] = []
    numbered = False
    for match in matches:
        sort, (start, end), said, parts = match.lastgroup or "sign", match.span(), match[0], None
        if sort == "quantity":
            numbered = True
            ordinal = stretch[end : end + 1].isalpha() and _ORDINAL.match(stretch, end)
            if not ordinal and not match[_MALFORMED]:
                parts = Parts._make(match.group(*_PARTS))
        elif numbered and said in _LETTERS and result[-1].parts and result[-1].end == start:
            result[-1] = result[-1]._replace(end=end, scale=_LETTERS[said])
            continue
        result.append(Token(sort, said.lower(), start, end, parts))
    return tuple(_signed(_scaled(result)) if numbered else result)


def _value(parts: Parts, scale: int) -> str | None:
    """The normal form of a quantity's parts, without its sign."""
    if len(parts.literal) > LONGEST:
        return None
    power = int(re.sub(r"^[eE]|^.*\^|[() ]", "", parts.power)) if parts.power else 0
    raised = parts.power is not None and parts.power.lstrip().startswith("^")
    number = decimal("1" if raised else parts.literal, power + scale)
    if parts.below:
        return quotient(number, parts.below)
    if parts.above and parts.under:
        part = quotient(parts.above, parts.under)
        return None if part is None else normal(Fraction(number) + Fraction(part))
    return number


def decimal(literal: str, power: int = 0) -> str:
    """Digits with a point, and commas or blanks between thousands, times a power of ten, in normal form."""
    whole, _, part = literal.translate(_DIVIDERS).partition(".")
    digits, point = whole + part, len(whole) + power
    digits = "0" * -point + digits if point < 0 else digits.ljust(point, "0")
    point = max(point, 0)
    before, after = digits[:point].lstrip("0"), digits[point:].rstrip("0")
    return f"{before or '0'}.{after}" if after else before or "0"


_DIVIDERS = str.maketrans("", "", ", '_")


def quotient(above: str, below: str) -> str | None:
    """One number over another in normal form; None where the lower one is zero."""
    divisor = Fraction(below)
    return normal(Fraction(above) / divisor) if divisor else None


def normal(value: Fraction) -> str:
    """The normal form of a value: its decimal if that ends, else the fraction in lowest terms."""
    rest, places = value.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest, count = rest // prime, count + 1
        places = max(places, count)
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    point = len(digits) - places
    number = decimal(f"{digits[:point]}.{digits[point:]}")
    return f"-{number}" if value < 0 else number


def _rounded(value: Fraction) -> str:
    """A value to five significant digits, once rounded to twelve: the noise of floats is gone by then."""
    exact = Decimal(value.numerator), Decimal(value.denominator)
    return str(_FIVE.plus(_TWELVE.divide(*exact)).normalize(_FIVE))


_TWELVE, _FIVE = Context(prec=12), Context(prec=5)


@lru_cache(maxsize=65536)
def key(number: str) -> str:
    """What two numbers in normal form share when they count as the same.

    Whole numbers are the same only if they are equal. Others are compared by five significant
    digits, once the noise of floating point (beyond twelve digits) is rounded away: numbers that are
    the same differ by at most one part in 10,000 (papers of the field compare at 1e-4), and 2/3,
    0.66667 and 0.6666666666666666 are the same. Equal keys make it an equivalence, which a bare
    tolerance is not.
    """
    if "." not in number and "/" not in number:
        return number
    value = Fraction(number)
    nearest = round(value)
    if abs(value - nearest) <= abs(value) / 10**12:
        return str(nearest)
    return f"~{_rounded(value)}"


_SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12} | {
    word: power
    for power, words in (
        (3, "tausend mil тысяч тысячи тыс"),
        (5, "lakh lakhs"),
        (6, "mio millionen millones milhões milioni millions млн миллиона миллионов"),
        (7, "crore crores"),
        (9, "mrd milliarden milliards miliardi млрд"),
    )
    for word in words.split()
}
_LETTERS = {"k": 3, "K": 3, "M": 6, "mn": 6, "mln": 6, "B": 9, "bn": 9, "Bn": 9}
"""Letters right behind a number that multiply it, by their power of ten: 70k, 1.8M."""

_UNITS = {"百": 2, "千": 3, "万": 4, "萬": 4, "만": 4, "亿": 8, "億": 8, "억": 8}
_MYRIADS = re.compile(
    r"(?<![0-9A-Za-z.,])(?:[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)? ?[百千]?[万萬만亿億억] ?){1,3}"
    r"(?:[0-9]+(?:,[0-9]{3})*[百千]?)?"
)
_MYRIAD = re.compile(r"([0-9,]+(?:\.[0-9]+)?) ?([百千万萬만亿億억]*)")


def _in_digits(match: re.Match[str]) -> str:
    """A number of East Asia in digits: 3万5000 is 35000, 1.5亿 is 150000000."""
    parts = [
        decimal(number, sum(map(_UNITS.__getitem__, units)))
        for number, units in _MYRIAD.findall(match[0])
    ]
    if all(map(str.isdecimal, parts)):
        return f"{sum(map(int, parts))} "
    return f"{normal(sum(map(Fraction, parts), Fraction()))} "


def _scaled(numbers: Sequence[Token]) -> list[Token]:
    """`2.5 million` is one number, and so is `2 and a half`."""
    if _JOINING.isdisjoint([token.text for token in numbers]):
        return list(numbers)
    joined: list[Token] = []
    for token in numbers:
        last = joined[-1] if joined else None
        if last and last.parts and token.text in _SCALES:
            scale = last.scale + _SCALES[token.text]
            joined[-1] = last._replace(end=token.end, scale=min(scale, LONGEST))
        elif token.text == "half" and [other.text for other in joined[-2:]] == ["and", "a"]:
            joined.append(token)
            number = joined[-4] if len(joined) > 3 else None
            if number and number.parts and number.text.isdecimal() and not number.scale:
                half = number.parts._replace(above="1", under="2")
                joined[-4:] = [number._replace(end=token.end, parts=half)]
        else:
            joined.append(token)
    return joined


_JOINING = frozenset((*_SCALES, "half"))
_SIGNS = frozenset(("minus", "negative", "-", "+"))
_OPERANDS = (")", "]", "%", "!")
_COPULAS = ("is", "are", "was", "were", "be", "becomes", "equals", "to")


def _signed(numbers: Sequence[Token]) -> list[Token]:
    """Joins each minus or plus that is a sign and no operator to its number: "-5", "minus 5", "- 5"."""
    joined: list[Token] = []
    for token in numbers:
        sign = joined[-1] if joined else None
        if sign and token.sort == "quantity" and sign.text in _SIGNS and _is_sign(joined, token):
            joined.pop()
            token = token._replace(start=sign.start, negative=sign.text != "+")
        joined.append(token)
    return joined


def _is_sign(before: Sequence[Token], number: Token) -> bool:
    """Whether the last token before a number is its sign: not so between numbers, nor as a dash."""
    sign, behind = before[-1], before[-2] if len(before) > 1 else None
    if sign.text in ("minus", "negative"):
        return behind is None or behind.sort != "quantity"
    if sign.text not in ("-", "+"):
        return False
    if behind is None or (behind.sort == "sign" and behind.text not in _OPERANDS):
        return True
    if behind.sort == "quantity" or behind.text in _OPERANDS:
        return False
    # after a word: "falls to -12" and "is - 5", but not "apples - 5" and not "n-1"
    attached = sign.end == number.start and behind.end < sign.start
    return attached or (behind.text in _COPULAS and behind.end < sign.start)
