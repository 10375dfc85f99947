"""The external calculator of chain-of-thought prompting (Wei et al., 2022, arXiv:2201.11903, section 3.2).

After the fact, every equation of a chain is computed again; a result that was wrong is replaced, there and wherever
the same number stands later. An equation is an expression of numbers, + - * / and parentheses (also × ÷ x) with the
bare number behind its equals sign: in "12 * 3 = 10 * 3 + 2 * 3 = 30 + 6 = 36" the last one is. What is not
certainly one, such as 2^3 + 1 = 9, 20% + 5 = 25 or 7 / 2 = 3 remainder 1, stays as written.
"""

import ast
import operator
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

LONGEST = 40
"""Tokens of an expression; longer ones stay as written, as do numbers of more than 15 digits."""

DIGITS = 10
"""Significant digits of a result that has no end."""

TOKEN = re.compile(
    r"(?P<number>\$?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,15}(?!\d))(?:\.\d{1,15}(?!\d))?(?:(?=x\d)|(?![\w%°^]|,\d)))"
    r"|(?P<sign>[-+*/×÷−]|(?<=[\d)\s])x(?=[\s\d($]))"
    r"|(?P<open>\()|(?P<close>\))"
    r"|(?P<equals>(?<![=<>!])=(?!=))"
    r"|(?P<space>[ \t]+)|(?P<line>\s+)"
    r"|(?P<other>\d[\w.,%°^]*|[^\W\d]\w*|.)",
    re.DOTALL,
)
SIGNS = {"×": "*", "x": "*", "÷": "/", "−": "-"}
OPENING = "([{<:=\"'“*_"
"""What may touch an expression from the left."""

POWERS = "^%!√"
"""What beside an expression says that it is not all."""

GOES_ON = re.compile(rf"\s*(?:r\b|rem|[{re.escape(POWERS)}])|:\d", re.IGNORECASE)
"""What behind a number says that it is not a result by itself: a remainder, a time of day."""

OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a chain; `kind` is a group of TOKEN, `start` and `end` its place."""

    kind: str
    text: str
    start: int
    end: int


def corrected(text: str) -> str:
    """The chain with its equations computed anew; the very same text where all of them are right."""
    tokens = list(_tokens(text))
    places = [place for place, token in enumerate(tokens) if token.kind == "number"]
    written = [token.text for token in tokens]
    wrong: dict[str, str] = {}
    for place in places:
        old = _bare(tokens[place].text)
        written[place] = _like(tokens[place].text, wrong.get(old, old))
        value = _recomputed(text, tokens, written, place)
        if value is None:
            continue
        wrong.pop(old, None)  # from here on the number means what this equation makes it
        if not _rounds_to(value, old):
            wrong[old] = _digits(value)
        written[place] = _like(tokens[place].text, wrong.get(old, old))
    pieces, end = [], 0
    for token, said in zip(tokens, written, strict=True):
        pieces += [text[end : token.start], said]
        end = token.end
    return "".join([*pieces, text[end:]])


def value_of(expression: str) -> Fraction | None:
    """What an expression of numbers, + - * / and parentheses comes to, exactly; None if it is none."""
    try:
        return _value(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError, MemoryError):
        return None


def _value(node: ast.expr) -> Fraction:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return Fraction(str(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        result: Fraction = OPERATIONS[type(node.op)](_value(node.left), _value(node.right))
        return result
    raise ValueError(f"{type(node).__name__} is no arithmetic")


def _tokens(text: str) -> Iterator[Token]:
    """The pieces of a text, spaces left out; a minus that belongs to a number is part of it."""
    place, before = 0, Token("line", "", 0, 0)
    while match := TOKEN.match(text, place):
        kind = str(match.lastgroup)
        if match[0] in "-−" and _opens(before, place):
            signed = TOKEN.match(text, place + 1)
            if signed and signed.lastgroup == "number":
                kind, match = "number", signed
        token = Token(kind, text[place : match.end()], place, match.end())
        place = token.end
        if kind != "space":
            before = token
            yield token


def _opens(before: Token, place: int) -> bool:
    """Whether a minus at `place` can only be a sign."""
    if before.kind == "other":
        return before.end < place
    return before.kind not in ("number", "close")


def _recomputed(
    text: str, tokens: Sequence[Token], written: Sequence[str], place: int
) -> Fraction | None:
    """What the number at `place` ought to be as the result of an equation; None if it is none."""
    if not place or tokens[place - 1].kind != "equals" or _continues(text, tokens, place):
        return None
    start = _start(tokens, place - 1)
    while start < place - 1 and tokens[start].kind == "sign":
        if start and tokens[start - 1].kind != "line":
            return None  # its first number is not to be seen, as in "3 pens - 1 = 2"
        start += 1  # the dash of a list
    if start >= place - 2 or not _stands_free(tokens, start):
        return None
    parts = [
        _bare(said) if token.kind == "number" else SIGNS.get(said, said)
        for token, said in zip(tokens[start : place - 1], written[start : place - 1], strict=True)
    ]
    value = value_of(" ".join(parts))
    if value is None or abs(value) >= 10**15 or 0 < abs(value) < Fraction(1, 10**6):
        return None
    return value


def _continues(text: str, tokens: Sequence[Token], place: int) -> bool:
    """Whether the number at `place` is the beginning of more: of an expression, of "3 remainder 1"."""
    if GOES_ON.match(text, tokens[place].end):
        return True
    first, second = [*(token.kind for token in tokens[place + 1 : place + 3]), "", ""][:2]
    return first in ("number", "open") or (first == "sign" and second in ("number", "open"))


def _start(tokens: Sequence[Token], equals: int) -> int:
    """Where the expression that ends at an equals sign begins; there where it is too long."""
    start, depth = equals, 0
    while start:
        kind = tokens[start - 1].kind
        depth += (kind == "close") - (kind == "open")
        if depth < 0 or kind not in ("number", "sign", "open", "close"):
            break
        start -= 1
        if equals - start > LONGEST:
            return equals
    return start


def _stands_free(tokens: Sequence[Token], start: int) -> bool:
    """Whether nothing to the left belongs to the expression: no power, no function's name."""
    if not start:
        return True
    before = tokens[start - 1]
    if before.kind != "other":
        return True
    touches = before.end == tokens[start].start
    return before.text not in POWERS and not (touches and before.text[-1] not in OPENING)


def _bare(number: str) -> str:
    return number.replace("$", "").replace(",", "").replace("−", "-")


def _like(written: str, digits: str) -> str:
    """A number written as another is: with its dollar sign, and commas if it has any."""
    if digits == _bare(written):
        return written
    whole, dot, decimals = digits.removeprefix("-").partition(".")
    if "," in written:
        whole = f"{int(whole):,}"
    sign, dollar = "-" if digits.startswith("-") else "", "$" if "$" in written else ""
    return f"{sign}{dollar}{whole}{dot}{decimals}"


def _rounds_to(value: Fraction, written: str) -> bool:
    """Whether a number is the value; of one with decimals also whether it is cut or rounded there."""
    decimals = len(written.partition(".")[2])
    off = abs(value - Fraction(written))
    return off == 0 or (decimals > 0 and off < Fraction(1, 10**decimals))


def _digits(value: Fraction) -> str:
    decimal = Context(prec=20).divide(Decimal(value.numerator), Decimal(value.denominator))
    if Fraction(decimal) != value:
        decimal = Context(prec=DIGITS).divide(Decimal(value.numerator), Decimal(value.denominator))
    return f"{decimal.normalize():f}"
