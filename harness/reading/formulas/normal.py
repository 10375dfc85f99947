"""The normal form of a formula: that of the kind `number` where it is one, else the formula, cleaned (see `latex`)."""

from __future__ import annotations

import re
from functools import lru_cache

from harness.reading.formulas.latex import clean, is_balanced
from harness.reading.formulas.telling import LONGEST, UNITS
from harness.reading.markup import plain, unbraced
from harness.reading.numbers import number

_UNIT = re.compile(
    rf"(?<=[0-9}}]){UNITS}\Z|"
    r"(?<=[0-9}])(?:(?:/?\\text\{[a-z. /]+\}(?:\^-?[0-9])?)+|\^\\circ ?(?:\\text\{ ?[CF] ?\}|[CF])?)\Z",
    re.IGNORECASE,
)
_NUMBER_IN_WORDS = re.compile(r"\\text\{\$?(-?[0-9][0-9.,]*)\}")
_CONJUNCTION = re.compile(r"\\text\{,? ?(?:and|or) ?\}")
_PLAIN_CONJUNCTION = re.compile(r"(?<=[\w)\]}$]),? +(and|or) +(?=[-$\w\\(\[{])(?![a-z]{3})")
_RELATION = re.compile(r"[<>]|\\(?:le|ge|ne|in)(?![A-Za-z])")
_NO_NUMBER = re.compile(r"[()\[\]!^_=<>A-Za-z]|,(?![0-9]{3}(?![0-9]))")
_FRACTION = re.compile(r"\\frac\{(-?[0-9]{1,40})\}\{(-?[0-9]{1,40})\}")
_UNFINISHED = re.compile(r"=\Z|(?<=[=\\])(?:[^=]*[^=^{])?[+*/-]\Z")
"""What breaks off: "w = ..." without its dots, or a sum at which a text was cut off."""

_VARIABLE = re.compile(r"(?<!\\)(?<![A-Za-z])[A-Za-z]")


@lru_cache(maxsize=8192)
def normal(formula: str) -> str | None:
    """A formula in normal form; None where it is none."""
    if len(formula) > LONGEST:
        return None
    if not formula.startswith("\\text{"):
        formula = _PLAIN_CONJUNCTION.sub(r"\\text{ \1 }", formula)
    formula = clean(formula)
    if not formula or not is_balanced(formula):
        return None
    if not any(map(str.isalnum, formula)) or (
        formula[-1] in "=+*/-" and _UNFINISHED.search(formula)
    ):
        return None
    if not _RELATION.search(formula):
        formula = _CONJUNCTION.sub(",", formula)
    # "2^10 = 1024" states its result; "x = 5" and "y = 2x" are equations, and kept
    sums, _, result = formula.rpartition("=")
    if sums and "," not in formula and not _VARIABLE.search(sums):
        formula = result
    bare = _FRACTION.sub(r" \1/\2", _UNIT.sub("", _NUMBER_IN_WORDS.sub(r"\1", formula)))
    if not _NO_NUMBER.search(bare) and "\\" not in bare:
        value = number.whole(unbraced(plain(bare)).strip())
        if value is not None:
            return value
    return formula


def is_number(answer: str) -> bool:
    """Whether an answer in normal form is a number."""
    return re.fullmatch(r"-?[0-9]+(?:\.[0-9]+|/0*[1-9][0-9]*)?", answer) is not None


def is_in_words(answer: str) -> bool:
    """Whether an answer in normal form is words: `\\text{no solution}`."""
    return re.fullmatch(r"\\text\{[^{}]*\}", answer) is not None
