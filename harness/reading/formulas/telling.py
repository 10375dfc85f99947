"""Tells a formula from the words and numbers around it.

Numbers, sums of numbers and words are no formulas: the rules that read numbers know them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from harness.reading.formulas.latex import is_balanced
from harness.reading.markup import plain, unbraced
from harness.reading.numbers import number

LONGEST = 400
"""Characters of a formula, at most: what is longer is no final answer."""

LETTERS = 0x17000
"""Where the letters begin in which a hidden formula is written."""

KNOWN = 0x1000
"""Signs below this have a letter: Latin, Greek, Cyrillic and more. A formula with others is none."""

HIDDEN = re.compile(f"[{chr(LETTERS)}-{chr(LETTERS + KNOWN - 1)}]+")
"""A formula as `finding.hide` writes it."""

REMEMBERED = lru_cache(maxsize=8192)
"""A text that is dense with formulas has the same short ones many times, and is read no slower."""

BOX = re.compile(r"\\(?:boxed|fbox) *\{|</|<\|")
"""What no formula holds: a box, or the end of a tag."""


def is_one(text: str) -> bool:
    """Whether a text is one formula and nothing else: "6+9i", "2b", "3:1", `\\text{June 20}`, `x \\le 0`."""
    text = text.strip()
    if not 1 < len(text) <= LONGEST or "$" in text or BOX.search(text) or HIDDEN.search(text):
        return False
    if _TEXT_ALONE.fullmatch(text):
        return True
    if not _CLAIMS_ALONE.search(text) or _WITH_UNIT.match(text) or "\n\n" in text:
        return False
    words = (
        word.strip(_OUTER).replace(":", "")
        for word in _BLANKLESS.findall(_SPACED_TEXT.sub("x", text))
    )
    if not all(_WORD_OF_FORMULA.fullmatch(word) for word in words if word):
        return False
    return is_balanced(text) and text[-1] not in ",;:" and is_formula(text)


_TEXT_ALONE = re.compile(r"\\(?:text|mbox|textbf|textit|mathrm)\{(?=[^{}]*[^\W\d_]{3})[^{}\\$]*\}")
_SPACED_TEXT = re.compile(
    r"\\(?:text|mbox|mathrm|textbf|operatorname)\{[^{}\\$]*\}|\\(?:angle|triangle|square|overline) *\{?[A-Z]{2,5}\}?"
)
UNITS = r"(?:[cmk]m|[mk]g|[mM][lL]|ft|in|yd|mi|lb|oz|hr|min|[kM]?Hz|[kM]W|[kMG]B|[ap]m|st|nd|rd|th)(?:\^?[23])?"
"""Units of two letters or more, which are no product of variables."""

_WITH_UNIT = re.compile(rf"-?[0-9][0-9.,/]*(?: +[A-Za-z]|{UNITS}\Z)")
_COMMANDS_OF_SUMS = re.compile(
    r"\\(?:[dtc]?frac|cdot|times|div|left|right|approx)(?![A-Za-z])|\\[,;:! $%]|[{}$]"
)
_BEYOND_SUMS = re.compile(r"[^\W\d]|[\\^!<>|]|,(?![0-9]{3}(?![0-9]))|[(\[][^(),]*,[^()]*[)\]]")
IN_TEXT = re.compile(r"\\[A-Za-z]+(?: *\{[A-Za-z .,;:'()-]*\})?|(?<![A-Za-z])sqrt(?=\()")
BARE_WORD = re.compile(r"(?!sin|cos|tan|cot|sec|csc|log|exp|min|max|gcd|lcm|mod|det)[A-Za-z]{3,}")


def is_formula(delimited: str) -> bool:
    """As `_is_formula`, of a text of any length."""
    return len(delimited) <= LONGEST and _is_formula(delimited)


@REMEMBERED
def _is_formula(delimited: str) -> bool:
    """Whether what stands in a box or between delimiters is a formula, or words as an answer.

    A number, a sum with its result ("27 - 7 = 20") and words with a number among them ("5 apples")
    are not: the rules that read numbers know them.
    """
    bare = delimited.strip()
    if _WORDY.search(delimited):
        lower = delimited.lower()
        if any(map(lower.__contains__, _DATES)) and _DATED.fullmatch(bare):
            return True
        if "\\text" in bare and _COUNTS_SEVERAL.fullmatch(bare):
            return True
    if not _BEYOND_SUMS.search(_COMMANDS_OF_SUMS.sub(" ", delimited)):
        return "=" not in delimited and not is_number(delimited)
    if not any(map(str.isdigit, delimited)):
        return True
    if _POWER_OF_TEN.search(delimited) and is_number(delimited):
        return False
    return not BARE_WORD.search(IN_TEXT.sub(" ", delimited))


_WORDY = re.compile(r"[^\W\d_]{3}|:")
_DATED = re.compile(
    r"(?:\\(?:text|mbox|textbf|mathrm)\{)?[^{}\\$]*\b(?:(?:january|february|march|april|may|june|july|august|september|october"
    r"|november|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b|[0-9]{1,2}:[0-9]{2} ?[ap]\.?m)[^{}\\$]{0,20}\}?",
    re.IGNORECASE,
)
_DATES = ("uary", "march", "april", "may", "june", "july", "august", "ember", "october", "day", ":")
"""One of these stands in every date and time of day."""

# several numbers in words are no number: "4 hours and 20 minutes"
_COUNTS_SEVERAL = re.compile(
    r"\\text\{(?=[^{}]*[^\W\d_]{3})[^{}\\$=0-9]*[0-9]+[^{}\\$=0-9/.]+[0-9][^{}\\$=]*\}"
)
_POWER_OF_TEN = re.compile(r"[0-9][eE][-+]?[0-9]|10 ?\^")


@REMEMBERED
def is_number(text: str) -> bool:
    """Whether the rules that read numbers know a text as one."""
    return number.whole(unbraced(plain(text)).strip()) is not None


_WORD_OF_FORMULA = re.compile(
    r"(?!(?:is|are|was|of|or|to|in|we|it|an|no|so|at|by|if|he|me|my|up|us|do|go|be|as|on|am|and)\b)"
    r"(?:\\(?:text|mbox|mathrm|begin|end)\{[^{}\s]*\}?|\\[A-Za-z]+|\\[^A-Za-z\s]"
    r"|(?:sin|cos|tan|log|exp|sqrt)(?![A-Za-z])|[A-Za-z]{1,2}(?![A-Za-z])"
    r"|[0-9.,+\-*/=<>|!%^_{}()\[\]&−–×·÷±√π∞∪∩∈≤≥≠²³°'])++"
)
_CLAIMS = re.compile(
    r"\\[A-Za-z]|[\^√π∞∪∩∈≤≥≠±²³]|_[0-9{]|(?<![A-Za-z])sqrt\([0-9A-Za-z]|[0-9] ?\*? ?pi(?![A-Za-z])"
    r"|(?<![A-Za-z])[A-Za-z] ?[-+*=<>] ?|[-+*=<>] ?[A-Za-z](?![A-Za-z])|[0-9][xyznt](?![A-Za-z])"
    r"|\w,(?![0-9]{3}(?![0-9]))[-\w\\]|[(\[{][^()\[\]{},]*,[^()\[\]{}]*[)\]}]"
)
_CLAIMS_ALONE = re.compile(
    rf"{_CLAIMS.pattern}|[0-9)][A-Za-z]{{1,2}}(?![A-Za-z])|[0-9] ?: ?[0-9]|\\[{{%$]|[A-Za-z]\(|[0-9]!"
    r"|(?<![A-Za-z])[A-Za-z] ?/ ?[0-9A-Za-z(]|[0-9)] ?/ ?[A-Za-z](?![A-Za-z])"
)
_UNIT_POWER = re.compile(r"\b(?:[kcmd]?m|ft|in|yd|mi|s)\^\{?[0-9]")
_OUTER = "\"'`*"
_STOPS = ".,;:!?"
_ENDS = tuple(_STOPS)
_ARTICLE = re.compile(r"(?:[AaI] (?![-+*/=<>^]))*")


def undelimited(text: str) -> list[tuple[int, int]]:
    """The formulas among plain words: "so x^2 + 1" holds "x^2 + 1"."""
    found: list[tuple[int, int]] = []
    if not _CLAIMS.search(text):
        return found
    start, stop, depth = -1, -1, 0
    for match in _BLANKLESS.finditer(text):
        belongs, deeper, ends = _weighed(match[0])
        if depth > 0 or belongs:
            start, stop = (match.start() if start < 0 else start), match.end()
            depth += deeper
            if depth > 0 or not ends:
                continue
        elif start < 0:
            continue
        found += _claimed(text, start, stop)
        start, depth = -1, 0
    return found + _claimed(text, start, stop) if start >= 0 else found


in_words = REMEMBERED(undelimited)


@REMEMBERED
def _weighed(word: str) -> tuple[bool, int, bool]:
    """Whether a word is one of a formula, how many brackets it leaves open, and whether it ends in a stop."""
    word = word.strip(_OUTER)
    deeper = 0
    if _BRACKET.search(word):
        deeper = sum(map(word.count, "([{")) - sum(map(word.count, ")]}"))
    return (
        _WORD_OF_FORMULA.fullmatch(word.rstrip(_STOPS)) is not None,
        deeper,
        word.endswith(_ENDS),
    )


_BLANKLESS = re.compile(r"\S+")
_BRACKET = re.compile(r"[()\[\]{}]")


def _claimed(text: str, start: int, stop: int) -> list[tuple[int, int]]:
    """A stretch of formula-like words, if it claims to be a formula by more than its digits."""
    if stop - start > LONGEST:
        return []
    place = _claiming(text[start:stop])
    return [(start + place[0], start + place[1])] if place else []


@REMEMBERED
def _claiming(words: str) -> tuple[int, int] | None:
    """Where the formula stands in words that are all of one, without what is around it."""
    stretch = words.rstrip(_OUTER + _STOPS)
    stop = len(stretch)
    start = len(words) - len(words.lstrip(_OUTER))
    article = _ARTICLE.match(words, start, stop)
    start = article.end() if article else start
    stretch = words[start:stop]
    if "</" in stretch or "<|" in stretch:
        return None
    if not _CLAIMS.search(_UNIT_POWER.sub("", stretch) if "^" in stretch else stretch):
        return None
    return (start, stop) if is_balanced(stretch) and is_formula(stretch) else None
