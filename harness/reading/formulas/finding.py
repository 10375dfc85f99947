"""Finds the formulas in a text, and leads them unharmed through the rules of reading.

The rules divide sentences, and drop braces and currency signs: each would break a formula. So a
formula passes through them as one word, every sign of it written as a letter of a script (Tangut)
that no rule knows, and is turned back where the answer is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from harness.reading.formulas.latex import SIGNS, SYMBOLS
from harness.reading.formulas.telling import (
    BARE_WORD,
    BOX,
    HIDDEN,
    IN_TEXT,
    KNOWN,
    LETTERS,
    LONGEST,
    REMEMBERED,
    in_words,
    is_formula,
    is_number,
    is_one,
    undelimited,
)
from harness.reading.markup import plain, unbraced

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


FIELDS = 8
"""Answer fields whose formulas are looked for, from the last: more than marks are tried (`rules.MARKS_TRIED`)."""

STARTS = 16
"""Places where a field may begin that are looked at, from the last: a bound, for models that stutter."""

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
    r"<(?=(?:final_?)?answer>)|[\"'](?=(?:final_?)?answer[\"'])|f(?=(?:inal_?answer|inish)[(\[])|s(?=ubmit[(\[])"
    r"|a(?=nswer[(\[])"
)
"""Where a field may begin, in lower case."""


def _with_fields_hidden(text: str) -> str:
    fields: list[re.Match[str]] = []
    lower = text.replace("İ", "I").lower()  # its lower case alone is longer, and would shift places
    starts = [start.start() for start in _FIELD_STARTS.finditer(lower)]
    for start in starts[-STARTS:]:
        if fields and start < fields[-1].end():
            continue
        if field := _FIELD.match(text, start):
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
    if BOX.search(content) or not is_formula(content):
        return before + unbraced(plain(content)) if is_number(content) else match[0]
    if BARE_WORD.search(IN_TEXT.sub(" ", content)) and not (is_one(content)):
        return match[0]
    word = _hidden(content.strip())
    return before + word if word else match[0]


def hide_plain(sentence: str) -> str:
    """A sentence with its formulas in plain signs ("x^2 + 1") written as words, as `hide` does."""
    if len(sentence) > _LONGEST_SENTENCE or HIDDEN.search(sentence):
        return sentence
    # What LaTeX is left once the markup is gone has lost its braces, and means something else.
    places = undelimited(sentence)
    return _replaced(sentence, [place for place in places if "\\" not in sentence[slice(*place)]])


def show(word: str) -> str:
    """The formula that `hide` made a word of."""
    return word.translate(_TO_SIGNS)


_LONGEST_SENTENCE = LONGEST
_TO_LETTERS = {code: code + LETTERS for code in range(KNOWN)}
_TO_SIGNS = {letter: chr(code) for code, letter in _TO_LETTERS.items()}
_UNKNOWN = re.compile(f"[^\0-{chr(KNOWN - 1)}]")


def _replaced(text: str, places: Iterable[tuple[int, int]]) -> str:
    pieces, end = [], 0
    for start, stop in places:
        word = _hidden(text[start:stop])
        if word:
            pieces += [text[end:start], word]
            end = stop
    return "".join((*pieces, text[end:]))


@REMEMBERED
def _hidden(formula: str) -> str:
    """The word that stands for a formula; empty where it has signs that no such word has."""
    formula = formula.translate(SIGNS)
    return "" if _UNKNOWN.search(formula) else formula.translate(_TO_LETTERS)


_OPENED = (
    r"(?P<box>\\(?:boxed|fbox) *\{)"
    r"|\$\$(?P<display>[^$]{1,400})\$\$"
    # as in Pandoc's Markdown: "$5 and $6" holds no formula
    r"|\$(?![\s$])(?P<inline>(?:[^$\n\\]|\\[^\n]){1,400})(?<!\s)\$(?![0-9])"
)
_BRACKETED = (
    r"|\\\((?P<round>(?:[^\\]|\\(?![()\[\]])){1,400})\\\)"
    r"|\\\[(?P<square>(?:[^\\]|\\(?![()\[\]])){1,400})\\\]"
)
_WORDS = r"|(?P<words>(?:[^\s$\\]++|\\(?![()\[\]\s]|boxed|fbox)[^\n]| (?=\S))++)"
_SPAN = re.compile(_OPENED + _BRACKETED + _WORDS)
_SPAN_UNBRACKETED = re.compile(_OPENED + _WORDS)
"""For a text that closes no bracket of LaTeX: from each that opens all others would be looked through."""


def _formulas(text: str) -> Iterator[tuple[int, int]]:
    """Where each formula of a text stands, without its delimiters, in order."""
    closing = _closing_braces(text) if "\\boxed" in text or "\\fbox" in text else {}
    boxed = BOX.search(text) is not None
    place = 0
    span = _SPAN if "\\)" in text or "\\]" in text else _SPAN_UNBRACKETED
    while match := span.search(text, place):
        sort = match.lastgroup or ""
        place = match.end()
        if sort == "words":
            words = match[0]
            if "\\" in words or "{" in words:
                first = match.start()
                for start, stop in (in_words if len(words) <= _SHORT else undelimited)(words):
                    yield first + start, first + stop
            continue
        start, stop = match.span(sort)
        if sort == "box":
            start, stop = match.end(), closing.get(match.end() - 1, -1)
        if stop < 0 or (boxed and BOX.search(text, start, min(stop, start + LONGEST))):
            place = match.end() if sort == "box" else match.start() + 1
            continue
        place = max(place, stop)
        if is_formula(text[start:stop]):
            yield start, stop


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
