"""Finds the formulas in a text, and leads them unharmed through the rules of reading.

The rules divide sentences, and drop braces and currency signs: each would break a formula. So a
formula passes through them as one word, every sign of it written as a letter of a script (Tangut)
that no rule knows, and is turned back where the answer is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from harness.reading.formulas.latex import SIGNS, SYMBOLS, is_balanced
from harness.reading.markup import plain, unbraced
from harness.reading.numbers import number

LONGEST = 400
"""Characters of a formula, at most: what is longer is no final answer."""

_LETTERS = 0x17000
_KNOWN = 0x1000
"""Signs below this have a letter: Latin, Greek, Cyrillic and more. A formula with others is none."""
HIDDEN = re.compile(f"[{chr(_LETTERS)}-{chr(_LETTERS + _KNOWN - 1)}]+")
"""A formula as `hide` writes it."""


_REMEMBERED = lru_cache(maxsize=8192)
"""A text that is dense with formulas has the same short ones many times, and is read no slower."""

_SHORT = 80
"""Characters: longer pieces of text are seldom seen twice."""


def hide(text: str) -> str:
    """`text` with each formula in LaTeX written as one word, which `show` turns back.

    A formula stands in a box, between `$`, `\\(` or `\\[` and their ends, or among plain words.
    Numbers and sums of numbers are left to the rules that read numbers.
    """
    if not text.isascii():
        text = HIDDEN.sub("", text)
        spelled = text
        for (
            code,
            latex,
        ) in SYMBOLS.items():  # `str.translate` is slow at every sign that it does not know
            spelled = spelled.replace(chr(code), latex)
        # what is mostly symbols would grow several times; no text that holds an answer does
        text = spelled if len(spelled) <= 2 * len(text) + LONGEST else text
    if is_one(text):
        return _hidden(text.strip()) or text
    if "nswer" in text or "NSWER" in text or "inish" in text:
        text = _with_fields_hidden(text)
    if not any(sign in text for sign in "\\${"):
        return text
    return _replaced(text, _formulas(text))


FIELDS = 20
"""Answer fields whose formulas are looked for, from the last: more than marks are tried (`rules.MARKS_TRIED`)."""

_FIELD = re.compile(
    r"(?P<before><(?:final_?)?answer>\s*)(?P<tag>(?:[^<$]|<(?![/|a-zA-Z])){1,400}?)(?=\s*</)"
    r"|(?P<key>[\"'](?:final_?)?answer[\"'] *: *\[? *\""
    r"|(?:final_?answer|submit|answer|finish)[(\[]\s*(?:answer *= *)?\")"
    r"(?P<string>(?:[^\"\\\n$]|\\[^\n$]){1,400})(?=\")"
    r"|(?P<call>(?:final_?answer|finish)[(\[])(?P<bare>[^\n$\"']{1,200})(?=[)\]]\s*(?:\n|\Z))",
    re.IGNORECASE,
)


# each begins with a sign of its own, so that the search runs over all others at once
_FIELD_STARTS = re.compile(
    "<(?=(?:final_?)?answer)|\"(?=(?:final_?)?answer)|'(?=(?:final_?)?answer)"
    "|f(?=inal_?answer|inish)|s(?=ubmit)|a(?=nswer)"
)
"""Where a field may begin, in lower case."""


def _with_fields_hidden(text: str) -> str:
    fields: list[re.Match[str]] = []
    lower = text.replace("İ", "I").lower()  # its lower case alone is longer, and would shift places
    for start in _FIELD_STARTS.finditer(lower):
        if fields and start.start() < fields[-1].end():
            continue
        if field := _FIELD.match(text, start.start()):
            fields.append(field)
    pieces, end = [], 0
    for field in fields[-FIELDS:]:
        pieces += [text[end : field.start()], _with_field_hidden(field)]
        end = field.end()
    return "".join((*pieces, text[end:]))


def _with_field_hidden(match: re.Match[str]) -> str:
    """A field of an answer with the formula in it as a word; strings of JSON double their backslashes."""
    before = match["before"] or match["key"] or match["call"]
    content = match["tag"] or match["string"] or match["bare"] or ""
    if match["string"] and "\\\\" in content:
        content = content.replace("\\\\", "\\")
    if _BOX.search(content) or not is_formula(content):
        return before + unbraced(plain(content)) if _is_number(content) else match[0]
    if _BARE_WORD.search(_IN_TEXT.sub(" ", content)) and not (is_one(content)):
        return match[0]
    word = _hidden(content.strip())
    return before + word if word else match[0]


def is_one(text: str) -> bool:
    """Whether a text is one formula and nothing else: "6+9i", "2b", "3:1", `\\text{June 20}`, `x \\le 0`."""
    text = text.strip()
    if not 1 < len(text) <= LONGEST or "$" in text or _BOX.search(text) or HIDDEN.search(text):
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


def hide_plain(sentence: str) -> str:
    """A sentence with its formulas in plain signs ("x^2 + 1") written as words, as `hide` does."""
    if len(sentence) > _LONGEST_SENTENCE or HIDDEN.search(sentence):
        return sentence
    # What LaTeX is left once the markup is gone has lost its braces, and means something else.
    places = _undelimited(sentence)
    return _replaced(sentence, [place for place in places if "\\" not in sentence[slice(*place)]])


def show(word: str) -> str:
    """The formula that `hide` made a word of."""
    return word.translate(_TO_SIGNS)


_LONGEST_SENTENCE = LONGEST
_TO_LETTERS = {code: code + _LETTERS for code in range(_KNOWN)}
_TO_SIGNS = {letter: chr(code) for code, letter in _TO_LETTERS.items()}
_UNKNOWN = re.compile(f"[^\0-{chr(_KNOWN - 1)}]")


def _replaced(text: str, places: Iterable[tuple[int, int]]) -> str:
    pieces, end = [], 0
    for start, stop in places:
        word = _hidden(text[start:stop])
        if word:
            pieces += [text[end:start], word]
            end = stop
    return "".join((*pieces, text[end:]))


@_REMEMBERED
def _hidden(formula: str) -> str:
    """The word that stands for a formula; empty where it has signs that no such word has."""
    formula = formula.translate(SIGNS)
    return "" if _UNKNOWN.search(formula) else formula.translate(_TO_LETTERS)


_SPAN = re.compile(
    r"(?P<box>\\(?:boxed|fbox) *\{)"
    r"|\$\$(?P<display>[^$]{1,400})\$\$"
    # as in Pandoc's Markdown: "$5 and $6" holds no formula
    r"|\$(?![\s$])(?P<inline>(?:[^$\n\\]|\\[^\n]){1,400})(?<!\s)\$(?![0-9])"
    r"|\\\((?P<round>(?:[^\\]|\\(?![()\[\]])){1,400})\\\)"
    r"|\\\[(?P<square>(?:[^\\]|\\(?![()\[\]])){1,400})\\\]"
    r"|(?P<words>(?:[^\s$\\]++|\\(?![()\[\]\s]|boxed|fbox)[^\n]| (?=\S))++)"
)


def _formulas(text: str) -> Iterator[tuple[int, int]]:
    """Where each formula of a text stands, without its delimiters, in order."""
    closing = _closing_braces(text) if "\\boxed" in text or "\\fbox" in text else {}
    boxed = _BOX.search(text) is not None
    place = 0
    while match := _SPAN.search(text, place):
        sort = match.lastgroup or ""
        place = match.end()
        start, stop = match.span() if sort == "words" else match.span(sort)
        if sort == "words":
            words = match[0]
            if "\\" in words or "{" in words:
                for first, last in (_in_words if len(words) <= _SHORT else _undelimited)(words):
                    yield start + first, start + last
            continue
        if sort == "box":
            start, stop = match.end(), closing.get(match.end() - 1, -1)
        if stop < 0 or (boxed and _BOX.search(text, start, min(stop, start + LONGEST))):
            place = match.end() if sort == "box" else match.start() + 1
            continue
        place = max(place, stop)
        if is_formula(text[start:stop]):
            yield start, stop


_BOX = re.compile(r"\\(?:boxed|fbox) *\{|</|<\|")


def _closing_braces(text: str) -> dict[int, int]:
    """The place of each brace that opens, with that of the one that closes it."""
    opened: list[int] = []
    closing = {}
    for match in re.finditer(r"\\.|[{}]", text):
        if match[0] == "{":
            opened.append(match.start())
        elif match[0] == "}" and opened:
            closing[opened.pop()] = match.start()
    return closing


_COMMANDS_OF_SUMS = re.compile(
    r"\\(?:[dtc]?frac|cdot|times|div|left|right|approx)(?![A-Za-z])|\\[,;:! $%]|[{}$]"
)
_BEYOND_SUMS = re.compile(r"[^\W\d]|[\\^!<>|]|,(?![0-9]{3}(?![0-9]))|[(\[][^(),]*,[^()]*[)\]]")
_IN_TEXT = re.compile(r"\\[A-Za-z]+(?: *\{[A-Za-z .,;:'()-]*\})?|(?<![A-Za-z])sqrt(?=\()")
_BARE_WORD = re.compile(r"(?!sin|cos|tan|cot|sec|csc|log|exp|min|max|gcd|lcm|mod|det)[A-Za-z]{3,}")


def is_formula(delimited: str) -> bool:
    """As `_is_formula`, of a text of any length."""
    return len(delimited) <= LONGEST and _is_formula(delimited)


@_REMEMBERED
def _is_formula(delimited: str) -> bool:
    """Whether what stands in a box or between delimiters is a formula, or words as an answer.

    A number, a sum with its result ("27 - 7 = 20") and words with a number among them ("5 apples")
    are not: the rules that read numbers know them.
    """
    bare, lower = delimited.strip(), delimited.lower()
    if any(map(lower.__contains__, _DATES)) and _DATED.fullmatch(bare):
        return True
    if "\\text" in bare and _COUNTS_SEVERAL.fullmatch(bare):
        return True
    if not _BEYOND_SUMS.search(_COMMANDS_OF_SUMS.sub(" ", delimited)):
        return "=" not in delimited and not _is_number(delimited)
    if _POWER_OF_TEN.search(delimited) and _is_number(delimited):
        return False
    words = _BARE_WORD.search(_IN_TEXT.sub(" ", delimited))
    return not (words and any(map(str.isdigit, delimited)))


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


@_REMEMBERED
def _is_number(text: str) -> bool:
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


@_REMEMBERED
def _in_words(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(_undelimited(text))


def _undelimited(text: str) -> Iterator[tuple[int, int]]:
    """The formulas among plain words: "so x^2 + 1" holds "x^2 + 1"."""
    if not _CLAIMS.search(text):
        return
    start, stop, depth = -1, -1, 0
    for match in _BLANKLESS.finditer(text):
        belongs, deeper, ends = _weighed(match[0])
        if depth <= 0 and not belongs:
            if start >= 0:
                yield from _claimed(text, start, stop)
                start, depth = -1, 0
            continue
        start, stop = (match.start() if start < 0 else start), match.end()
        depth += deeper
        if depth <= 0 and ends:
            yield from _claimed(text, start, stop)
            start, depth = -1, 0
    yield from _claimed(text, start, stop)


@_REMEMBERED
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


def _claimed(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """A stretch of formula-like words, if it claims to be a formula by more than its digits."""
    if start < 0 or stop - start > LONGEST:
        return
    stretch = text[start:stop].rstrip(_OUTER + _STOPS)
    start, stop = stop - len(text[start:stop].lstrip(_OUTER)), start + len(stretch)
    article = _ARTICLE.match(text, start, stop)
    start = article.end() if article else start
    stretch = text[start:stop]
    if "</" in stretch or "<|" in stretch:
        return
    if not _CLAIMS.search(_UNIT_POWER.sub("", stretch) if "^" in stretch else stretch):
        return
    if is_balanced(stretch) and is_formula(stretch):
        yield start, stop
