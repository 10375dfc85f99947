"""Brings a formula in LaTeX to the form in which answers are compared as texts.

Only the writing changes: `\\dfrac12` and `\\frac{1}{2}`, `\\left( x , y \\right)` and `(x,y)` become one.
Nothing is calculated, reordered or simplified.
"""

from __future__ import annotations

import re

from harness.reading.markup import STYLES, repeating

SYMBOLS = {
    ord(sign): latex
    for sign, latex in {
        "√": r"\sqrt ",
        "π": r"\pi ",
        "∞": r"\infty ",
        "∅": r"\emptyset ",
        "∪": r"\cup ",
        "∩": r"\cap ",
        "∈": r"\in ",
        "≤": r"\le ",
        "≥": r"\ge ",
        "≠": r"\ne ",
        "±": r"\pm ",
    }.items()
}
"""Signs that stand in formulas alone, with their names in LaTeX, for `str.translate`."""

SIGNS = SYMBOLS | {
    ord(sign): latex
    for signs, latex in (
        ("−–‐‑", "-"),
        ("×✕", r"\times "),
        ("·⋅∙", r"\cdot "),
        ("÷", r"\div "),
        ("°", r"^\circ "),
        ("²", "^2"),
        ("³", "^3"),
        ("½", r"\frac{1}{2}"),
        ("\u00a0\u2009\u202f\u3000\n\r\t\v\f\x85\u2028\u2029", " "),
        ("\u200b\u200c\u200d\u2060\ufeff", ""),
    )
    for sign in signs
}
"""Those, and signs and blanks that have a plain equal inside a formula."""

_REWRITES = tuple(
    (sign, re.compile(pattern), replacement)
    for sign, pattern, replacement in (
        ("\\", r"(?<!\\)\\[,;:! ]|\\q?quad(?![A-Za-z])", " "),
        ("~", "~", " "),
        ("\\", r"(?<!\\)\\[()\[\]]", ""),
        ("$", r"\\?\$", ""),
        ("%", r"\\%", "%"),
        ("*", r"\*\*", "^"),
        ("sqrt(", r"(?<![A-Za-z\\])sqrt\(([^()]*)\)", r"\\sqrt{\1}"),
        ("pi", r"(?<![A-Za-z\\])pi(?![A-Za-z])", r"\\pi "),
        ("\\", r"\\[dtc]frac(?![A-Za-z])", r"\\frac"),
        ("\\", r"\\(?:left|right|[bB]igg?[lrm]?)(?![A-Za-z]) ?\.?", ""),
        ("\\", STYLES, ""),
        ("\\", r"\A\\approx(?![A-Za-z]) ?", ""),
        ("\\", r"\\(?:mbox|text(?:bf|it|rm|normal)|mathrm)(?![A-Za-z])", r"\\text"),
        ("\\", r"\\leq(?:slant)?(?![A-Za-z])", r"\\le"),
        ("\\", r"\\geq(?:slant)?(?![A-Za-z])", r"\\ge"),
        ("\\", r"\\neq(?![A-Za-z])", r"\\ne"),
        ("\\", r"\\varnothing(?![A-Za-z])", r"\\emptyset"),
        ("\\", r"\^ ?\{ ?\\circ ?\}|\^ ?\\circ(?![A-Za-z])|\\degrees?(?![A-Za-z])", r"^\\circ"),
        ("{,}", r"(?<=[0-9])\{,\}(?=[0-9])", ","),
        ("\\", r"\\frac ?([0-9]) ?([0-9])", r"\\frac{\1}{\2}"),
        ("\\", r"\\sqrt ?([0-9A-Za-z])", r"\\sqrt{\1}"),
        ("{", r"([\^_]) ?\{ ?([0-9A-Za-z]) ?\}", r"\1\2"),
    )
)
_SPACED_POINT = re.compile(r"(?<=[0-9]) \. ?(?=[0-9\\])")
_SPACED = re.compile(
    r"(?P<words>\\text *\{[^{}]*\})|(?P<command>\\[A-Za-z]+)(?P<parted> +(?=[A-Za-z]))?|\\.|(?P<blank> +)",
    re.DOTALL,
)
# a row of stops is looked at once, from its beginning
_END = re.compile(r"(?:(?<![\\.,;:\s])|(?<=\\[.,;:\s]))[.,;:\s]++\Z")
_WRAPPINGS = ((r"\boxed{", "}"), (r"\fbox{", "}"), ("{", "}"))
_WORDS = re.compile(
    r"(?=.*[^\W\d_]{3}|no\b)[^\W\d_]+(?:[ '-]+[^\W\d_]+)*\.?"
    r"|(?=[^\W\d_]{3,9} )(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* [0-9]{1,2}(?:, [0-9]{4})?",
    re.IGNORECASE,
)
_IN_WORDS = re.compile(r"\\text *\{([^{}\\$]*)\}")
_LETTER = re.compile(r"\(?([A-Za-z])\)?\.?")


def clean(formula: str) -> str:
    """A formula without blanks, delimiters and variants of style that change nothing of it.

    An answer in words is `\\text{no solution}`, in lower case; a single letter stands for itself.
    """
    formula = repeating(_SPACED_POINT.sub(".", formula.translate(SIGNS).strip()))
    if letter := _LETTER.fullmatch(formula):
        return letter[1]
    if _WORDS.fullmatch(formula):
        formula = rf"\text{{{formula}}}"
    for sign, pattern, replacement in _REWRITES:
        if sign in formula:  # looked for first, since most formulas hold few of these
            formula = pattern.sub(replacement, formula)
    formula = _END.sub("", _without_blanks(formula))
    for opening, closing in _WRAPPINGS:
        inner = formula[len(opening) : -len(closing)]
        if formula.startswith(opening) and formula.endswith(closing) and is_balanced(inner):
            formula = inner
    in_words = _IN_WORDS.fullmatch(formula)
    if in_words:
        letter = _LETTER.fullmatch(in_words[1].strip())
        phrase = " ".join(in_words[1].lower().split()).rstrip(".")
        return letter[1] if letter else rf"\text{{{phrase}}}"
    return formula


def _without_blanks(formula: str) -> str:
    """Without blanks, but for the one that ends a command before a letter: `\\pi r`."""
    if "\\" not in formula:
        return formula.replace(" ", "")
    return _SPACED.sub(_unspaced, formula)


def _unspaced(piece: re.Match[str]) -> str:
    if piece["words"]:
        return " ".join(piece[0].split())
    if piece["command"]:
        return piece["command"] + (" " if piece["parted"] else "")
    return "" if piece["blank"] else piece[0]


_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)


def is_balanced(formula: str) -> bool:
    """Whether every brace is closed, in order. An escaped brace is a sign like any other."""
    if "{" not in formula and "}" not in formula:
        return True
    depth = 0
    for sign in _BRACES.findall(formula):
        if sign == "{":
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth < 0:
                return False
    return depth == 0
