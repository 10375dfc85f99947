"""Brings a model's text to plain signs: typography, Markdown, HTML and LaTeX that change no answer.

Braces survive, because `\\boxed{...}` needs them; `unbraced` drops them from a stretch that is read.
Every pattern here is linear in the text: none repeats over signs that its end could also match.
"""

from __future__ import annotations

import re

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_FRACTIONS = {
    "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5", "⅗": "3/5",
    "⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8",
}  # fmt: skip


def _signs() -> dict[int, str | None]:
    """One table for `str.translate`: every sign that has a plain equal."""
    table: dict[int, str | None] = {}
    table.update((code, chr(code - 0xFEE0)) for code in range(0xFF01, 0xFF5F))  # full width
    for zero in (0x0660, 0x06F0, 0x0966):  # Arabic, Persian and Devanagari digits
        table.update((zero + digit, str(digit)) for digit in range(10))
    table.update((ord(sign), "-") for sign in "−–‐‑‒﹣")
    table.update((ord(sign), '"') for sign in "“”„‟«»″")
    table.update((ord(sign), "'") for sign in "‘’‚‛′")
    table.update((ord(sign), " ") for sign in "\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000")
    table.update((ord(sign), "\n") for sign in "\r\v\f\x85\u2028\u2029")
    table.update((ord(sign), None) for sign in "\u200b\u200c\u200d\u2060\ufeff\u00ad")
    table.update((ord(sign), f" {plain}") for sign, plain in _FRACTIONS.items())
    table[ord("⁄")] = "/"
    return table


_TABLE = _signs()

_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # GSM8K's calculator notes repeat a sum that stands beside them: 9*2=<<9*2=18>>18
        (r"<<[^<>\n]{0,200}>>", ""),
        (r"</?(?:b|i|u|em|p|br|strong|span|sub|sup|code|center)\b[^<>\n]{0,80}>", ""),
        (r"(?<=[0-9])\*\*(?=[0-9])", "^"),
        (r"\*\*|__+|`", ""),
        (r"(?<![\w*)])\*([^*\n]{1,60})\*(?![\w*(])", r"\1"),
        (r"\\(?:text|math|operator)(?:bf|rm|it|sf|tt|cal|name|normal)?(?![A-Za-z])\*?", ""),
        (r"\\(?:left|right|displaystyle|bigl?|bigr|quad|qquad)(?![A-Za-z])", " "),
        (r"(?<=[0-9])\{,\}(?=[0-9])", ","),
        (r"\\!", ""),
        (r"\\(?:[,;: ]|[()\[\]])", " "),
        (r" ?\\[dtc]?frac *(-?[0-9])([0-9])(?![0-9])", r" \1/\2"),
        (
            r" ?\\[dtc]?frac *\{ *(-?[0-9.,]{1,40}+) *\} *\{ *(-?[0-9.,]{1,40}+) *\}",
            r" \1/\2",
        ),
        (r"\\(?:times|cdot)(?![A-Za-z])", "×"),
        (r"\\div(?![A-Za-z])", "÷"),
        (r"\\approx(?![A-Za-z])", "≈"),
        (r"\\(?=[$%#&_])", ""),
        (r"\b(?:USD?|CA|AU|NZ|HK)\$", ""),
        (r"\b(?:USD|EUR|GBP|INR|Rs\.?|RM) ?(?=[-0-9.])", ""),
        (r"[$€£¥₹₽]", ""),
    )
)
_SUPERSCRIPT_RUN = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")


def plain(text: str) -> str:
    """`text` with plain digits, signs, quotes and blanks, without styles and currency signs."""
    text = text.translate(_TABLE)
    text = _SUPERSCRIPT_RUN.sub(lambda run: "^" + run[0].translate(_SUPERSCRIPTS), text)
    for pattern, replacement in _REWRITES:
        text = pattern.sub(replacement, text)
    return text


def unbraced(text: str) -> str:
    """A stretch of plain text without the braces that LaTeX left in it."""
    return text.replace("{", "").replace("}", "")
