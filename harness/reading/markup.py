"""Brings a model's text to plain signs: typography, Markdown, HTML and LaTeX that change no answer.

Braces survive, because `\\boxed{...}` needs them; `unbraced` drops them from a stretch that is read.
Every pattern here is linear in the text: none repeats over signs that its end could also match.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache

_SUPERSCRIPT_SIGNS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
_SUPERSCRIPTS = str.maketrans(_SUPERSCRIPT_SIGNS, "0123456789-")
_FRACTIONS = {
    "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5", "⅗": "3/5",
    "⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅐": "1/7", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8",
    "⅑": "1/9", "⅒": "1/10",
}  # fmt: skip
_EQUALS = {
    "-": "−–‐‑‒﹣", '"': "“”„‟«»″「」『』", "'": "‘’‚‛′", "\n": "\r\v\f\x85\u2028\u2029", "/": "⁄∕", ",": "、٬",
    ".": "٫", "[": "【〔", "]": "】〕", "→": "⇒⟹➜➡⟶", "—": "―⸺", "×": "✕✖∗⋅", "≈": "≒≃",
    " ": "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
}  # fmt: skip
_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066"
_UNSEEN += "\u2067\u2068\u2069\ufe0e\ufe0f\ufeff"
_CURRENCIES = "¢£¤¥֏؋৲৳৻૱௹฿៛﷼"


def _signs() -> dict[int, str | None]:
    """One table for `str.translate`: every sign that has a plain equal, or none."""
    table: dict[int, str | None] = {}
    table.update((code, chr(code - 0xFEE0)) for code in range(0xFF01, 0xFF5F))  # full width
    for plain_sign, signs in _EQUALS.items():
        table.update((ord(sign), plain_sign) for sign in signs)
    table.update((ord(sign), None) for sign in _UNSEEN + _CURRENCIES)
    table.update((code, None) for code in range(0x20A0, 0x20C1))  # ₠ to ⃀: currencies
    table.update((ord(sign), f" {plain_sign}") for sign, plain_sign in _FRACTIONS.items())
    return table


_TABLE = _signs()
_SUPERSCRIPT_RUN = re.compile(f"[{_SUPERSCRIPT_SIGNS}]+")
_FOREIGN_DIGITS = re.compile(r"[^\0-\x7f\D]+")
_STYLED = "\u249c-\u24e9\U0001d400-\U0001d7cb"
_STYLED_LETTERS = re.compile(f"[{_STYLED}]+")
_RUN = re.compile(f"[{re.escape(''.join(map(chr, _TABLE)))}{_SUPERSCRIPT_SIGNS}{_STYLED}]+")
"""Looked for by a pattern: `str.translate` is slow at every sign that it does not know."""

_Rewrites = tuple[tuple[str, re.Pattern[str], str], ...]


def _rewrites(*pairs: tuple[str, str, str]) -> _Rewrites:
    """What is rewritten: a text that stands in all of it, its pattern, and what takes its place."""
    return tuple((sign, re.compile(pattern), instead) for sign, pattern, instead in pairs)


_TAGS = _rewrites(
    # GSM8K's calculator notes repeat a sum that stands beside them: 9*2=<<9*2=18>>18
    ("<<", r"<<[^<>\n]{0,200}>>", ""),
    (
        "<",
        r"</?(?:b|i|u|em|p|br|strong|span|sub|sup|code|center|mark|div|h[1-6])\b[^<>\n]{0,80}>",
        "",
    ),
)
# each begins with the sign that it looks for, so that the search runs over all others at once
_POWERS = _rewrites(("**", r"\*\*(?<=[0-9]\*\*)(?=[0-9])", "^"))
_EMPHASIS = _rewrites(("*", r"\*(?<![\w*)]\*)(?=\S)([^*\n]{1,60})(?<=\S)\*(?![\w*(])", r"\1"))
_UNDERSCORES = _rewrites(
    ("__", r"__+", ""), ("_", r"_(?<![\w)]_)(?=\S)([^_\n]{1,60})(?<=\S)_(?![\w(])", r"\1")
)
_STRUCK_OUT = _rewrites(("~~", r"~~[^~\n]{1,100}~~", ""))
STYLES = (
    r"\\(?:under|u)line(?![A-Za-z])|\\(?:bm|pmb|boldsymbol|mathbf|bf|it|rm|emph|(?:foot|normal|script)(?:note)?size"
    r"|[lL]arge|LARGE|[hH]uge|small|tiny|displaystyle|textstyle|space|(?:no)?limits)(?![A-Za-z])"
    r"|\\(?:(?:text|f)?color(?:box)?|[hv]?phantom|[hv]space)\*? *\{[^{}\\\n]{0,40}\}"
)
"""Commands of LaTeX, with what they are given, that only say how something looks."""

_LATEX = _rewrites(
    ("\\", STYLES, ""),
    ("\\", r"\\(?:text|math|operator)(?:bf|rm|it|sf|tt|cal|name|normal)?(?![A-Za-z])\*?", ""),
    ("\\", r"\\(?:left|right|bigl?|bigr|quad|qquad)(?![A-Za-z])", " "),
    ("{,}", r"\{,\}(?<=[0-9]\{,\})(?=[0-9])", ","),
    ("\\!", r"\\!", ""),
    ("\\", r"\\(?:[,;: ]|[()\[\]])", " "),
    ("frac", r" ?\\[dtc]?frac *(-?[0-9])([0-9])(?![0-9])", r" \1/\2"),
    (
        "frac",
        r" ?\\[dtc]?frac *\{ *(-?[0-9.,]{1,40}+) *\} *\{ *(-?[0-9.,]{1,40}+) *\}",
        r" \1/\2",
    ),
    ("\\", r"\\(?:times|cdot)(?![A-Za-z])", "×"),
    ("\\div", r"\\div(?![A-Za-z])", "÷"),
    ("\\approx", r"\\approx(?![A-Za-z])", "≈"),
    (
        "arrow",
        r"\\(?:(?:long)?rightarrow|(?:Long)?[Rr]ightarrow)(?![A-Za-z])",
        "→",
    ),
    ("\\", r"\\(?:to|implies)(?![A-Za-z])", "→"),
    ("\\sqrt", r"\\sqrt(?![A-Za-z])", "√"),
    ("\\pi", r"\\pi(?![A-Za-z])", "π"),
    # the brace behind a bare \circ is the box's: \boxed{45^\circ}
    ("\\", r"\^ ?\{ ?\\circ ?\}|\^ ?\\circ(?![A-Za-z])|\\(?:text)?degrees?(?![A-Za-z])", "°"),
    (
        "\\",
        r"\\(?:euro|pounds|yen|text(?:sterling|euro|dollar|yen))(?![A-Za-z])",
        "",
    ),
    ("\\", r"\\(?=[$%#&_])", ""),
)
# a sum follows: the letters of "the answer is $A$" are no currency's
_NAMED_DOLLAR = re.compile(r"(?<![\w$])(?:USD?|CA|AU|NZ|HK|SG|NT|MX|[ACRS])\$(?= ?[-+]?\.?[0-9])")


def plain(text: str) -> str:
    """`text` with plain digits, signs, quotes and blanks, without styles and currency signs."""
    if not text.isascii():
        text = _in_ascii(text)
    elif "\r" in text or "\v" in text or "\f" in text:
        text = text.translate(_TABLE)
    # looking for a sign is cheap, and most texts hold few of these
    if "<" in text:
        text = _rewritten(text, _TAGS)
    if "**" in text:
        text = _rewritten(text, _POWERS).replace("**", "")
    if "*" in text:
        text = _rewritten(text, _EMPHASIS)
    if "_" in text:
        text = _rewritten(text, _UNDERSCORES)
    if "`" in text:
        text = text.replace("`", "")
    if "~~" in text:
        text = _rewritten(text, _STRUCK_OUT)
    if "\\" in text or "{,}" in text:
        text = _rewritten(repeating(text), _LATEX)
    if "=>" in text or "->" in text:
        text = text.replace("=>", "→").replace("->", "→")
    if "$" in text:
        text = _without_dollars(text)
    return text


_REPEATING = re.compile(
    r"\.(?P<once>[0-9]{0,20})\\(?:overline|bar|dot) ?\{ ?(?P<again>[0-9]{1,20}) ?\}"
)
_BEFORE_THE_POINT = re.compile(r"[0-9]{0,20}\Z")


def repeating(text: str) -> str:
    """`text` with decimals whose last digits repeat for ever as fractions: 0.1\\overline{6} is 1/6."""
    pieces, end = [], 0
    for match in _REPEATING.finditer(text):
        before = _BEFORE_THE_POINT.search(text, max(end, match.start() - 20), match.start())
        digits = (before[0] if before else "") + match["once"]
        once, again = int(digits or "0"), int(digits + match["again"])
        nines = (10 ** len(match["again"]) - 1) * 10 ** len(match["once"])
        value = Fraction(again - once, nines)
        start = before.start() if before else match.start()
        pieces += [text[end:start], f"{value.numerator}/{value.denominator}"]
        end = match.end()
    return "".join((*pieces, text[end:])) if pieces else text


def _in_ascii(text: str) -> str:
    """`text` with every sign that has an equal in ASCII replaced by it."""
    text = _RUN.sub(_run_in_ascii, text)
    return _FOREIGN_DIGITS.sub(lambda run: "".join(map(_digit, run[0])), text)


def _run_in_ascii(run: re.Match[str]) -> str:
    return _equal_of(run[0]) if len(run[0]) <= _SHORT else _equal_of.__wrapped__(run[0])


@lru_cache(maxsize=1024)
def _equal_of(signs: str) -> str:
    """What stands for a row of signs that all have an equal in ASCII."""
    signs = signs.translate(_TABLE)
    signs = _SUPERSCRIPT_RUN.sub(lambda run: "^" + run[0].translate(_SUPERSCRIPTS), signs)
    return _STYLED_LETTERS.sub(lambda run: unicodedata.normalize("NFKC", run[0]), signs)


_SHORT = 16
"""Signs of a row that is remembered, at most."""


@lru_cache(maxsize=1024)
def _digit(sign: str) -> str:
    return str(int(sign))


def _rewritten(text: str, rewrites: _Rewrites) -> str:
    for sign, pattern, replacement in rewrites:
        if sign in text:  # looking for a sign is cheaper than any pattern
            text = pattern.sub(replacement, text)
    return text


def _without_dollars(text: str) -> str:
    """`text` without dollar signs and the letters that say whose they are: US$5, HK$5, R$5."""
    return _NAMED_DOLLAR.sub("", text).replace("$", "")


def unbraced(text: str) -> str:
    """A stretch of plain text without the braces that LaTeX left in it."""
    # a box that was cut off says nothing, and keeps its digits joined to its name
    if "{" in text and "boxed{" not in text:
        text = _ARGUMENT.sub(" ", text)
    return text.replace("{", "").replace("}", "")


# the name of a command ends at its brace: \log{18} is not "log18"
_ARGUMENT = re.compile(r"(?<=[A-Za-z])\{")
