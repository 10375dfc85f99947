"""Finds where a text announces its answer: ####, a box, an answer field, or an answer phrase."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise

from harness.reading import languages
from harness.reading.marks import Mark, answer_field, boxed, call, hashes
from harness.reading.markup import unbraced
from harness.reading.questions import OPENING_QUESTION
from harness.reading.sentences import sentences, tells_of

_COPULA = (
    r"(?:is|are|was|were|(?:will|would|should|must|may|might|could) be|becomes|equals|comes to"
    r"|(?:turns|comes) out to be)"
)
_SEPARATOR = r"(?:[ \t]*[:=→]|[ \t]+(?:-+|—)(?=[ \t])|[ \t]*\|(?=[^\n|]{0,200}[^\s|]))"
_ANSWER = re.compile(r"ans(?:wers?)?\b")
_PICKED = re.compile(
    r"[BbCcFfRr](?i:orrect|ight|est|inal) (?i:option|choice|letter|result|solution|date)\b"
)
_PICKING = ("best ", "correct ", "final ", "right ")
_ANNOUNCING = (
    # "answer B is wrong" tells of an option
    r"(?! (?:format|type|range|sheet|key|explanation|template)\b)"
    r"(?! \(?(?-i:[A-Z])\)? (?:is|was)\b)"
    rf"(?: *\([^()\n]{{0,60}}\))?(?:%s"
    rf"(?: (?:choice|option))?{_SEPARATOR})|(?<=nswer)[ \t]*\n|(?<=\bans)\.[ \t]*(?=[-0-9$(])"
)
_WITH_A_COPULA = rf"(?:'s|[^.!?:=;\n\"]{{0,60}}?\b{_COPULA})(?:\b|(?=[0-9]))[ \t]*[:=]?|"
_ANNOUNCES = re.compile(_ANNOUNCING % _WITH_A_COPULA, re.IGNORECASE)
_SEPARATES = re.compile(_ANNOUNCING % "", re.IGNORECASE)
"""What announces without a copula: looked for where none comes soon."""

_COPULAS = ("is", "are", "was", "were", "be", "equals", "comes to", "'s")
"""One of these stands in every copula."""

_FAR = 150
"""Characters between "answer" and the end of its copula, at most, with what stands in brackets before it."""

_SHORT = re.compile(r"\n[ \t>#]*+[Aa][ \t]*[:=]")
_SHORT_FIRST = re.compile(r"[ \t>#]*+[Aa][ \t]*[:=]")
_CONDITION = re.compile(
    r"\b(?:if|when|whether|because|since|cannot|can(?:not|'t| not)|could(?:n't| not))\b",
    re.IGNORECASE,
)
_UNSAID = frozenset(
    "to can cannot could not please you we they if whether suppose per each every in within without about how why "
    "where".split()
)
_ABOUT = frozenset("of for to behind about".split())
_EXPLAINED = frozenset(
    "explanation explanations check verification reasoning proof steps derivation justification breakdown summary "
    "format form unit units confidence rationale logic".split()
)
_THINKERS = frozenset("might may could would first".split())


def answer_phrase(text: str, lower: str, given: int) -> Iterator[Mark]:
    """`The answer is 18`, `Answer: 18`, `Ans. 18`, `A: 18`, and "Final answer" as a heading.

    "If the answer is 18", "to answer ..." and "the answer is rounded" announce nothing. The
    words of other languages (see `languages`) count as the English one does. `given` is where signs first gave one.
    """
    said, opening = False, -1
    for start, end in sorted(_phrases(text, lower)):
        line = lower[max(0, start - 50) : start].rpartition("\n")[2]
        heading = text[end - 1] == "\n"
        if _is_unsaid(line.rsplit(maxsplit=_WORDS_BEFORE)) or (heading and not _heads_a_line(line)):
            continue
        if tells_of(text, end, said or given < start):
            continue
        said = True
        lead = text[end - 1] in ":="
        if lead and opening < 0 and (first := _FIRST_LINE.match(text)):
            opening = first.end()
        lead = lead and start <= opening and _opens(text, start)
        # "the" belongs to this announcement and is not what the one before it announced
        ends = line.endswith(_ARTICLES)
        article = next(filter(line.endswith, _ARTICLES)) if ends else ""
        yield Mark("answer_phrase", start - len(article), end, len(text), lead=lead)


_ARTICLES = tuple(
    f"{article} {praise}"
    for article in ("the", "my", "our")
    for praise in ("", "final ", "correct ")
)


def _phrases(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Where each phrase begins and ends that may announce an answer, in any order."""
    for start, end in _names(text, lower)[-PHRASES:]:
        if start and (text[start - 1].isalnum() or text[start - 1] in "_/<"):
            continue
        follows = lower[end : end + _FAR]
        announces = _ANNOUNCES if any(map(follows.__contains__, _COPULAS)) else _SEPARATES
        match = announces.match(text, end)
        if match and not _CONDITION.search(match[0]):
            yield start, match.end()
    if match := _SHORT_FIRST.match(text):
        yield match.span()
    if "\n" in text:
        yield from [(match.start() + 1, match.end()) for match in _SHORT.finditer(text)][-PHRASES:]
    if "to answer" in lower:
        yield from [match.span() for match in _TO_THE_QUESTION.finditer(text)][-PHRASES:]
    yield from languages.phrases(text, lower)


_TO_THE_QUESTION = re.compile(
    r"\bto answer (?:the|your|this) question,? (?=(?:yes|no)\b)", re.IGNORECASE
)

PHRASES = 16
"""Phrases of each kind looked at, from the last: a bound, for models that stutter."""


def _names(text: str, lower: str) -> list[tuple[int, int]]:
    """Where a text says "answer" or the like."""
    names = [match.span() for match in _ANSWER.finditer(lower)]
    if any(map(lower.__contains__, _PICKING)):
        names += [match.span() for match in _PICKED.finditer(text)]
        names.sort()
    return names


def _is_unsaid(before: list[str]) -> bool:
    """Whether the words before a phrase make it no announcement: "if the", "one might think that the"."""
    if before and before[-1] in ("final", "correct", "right"):
        before.pop()
    if before and before[-1] in ("the", "my", "our", "your", "this"):
        before.pop()
    if before and before[-1] == "that":
        before.pop()
        return before[-1:] == ["suppose"] or _is_thought(before)
    if before[-1:] and before[-1] in _ABOUT and before[-2:-1] and before[-2] in _EXPLAINED:
        return True
    return bool(before) and (before[-1] in _UNSAID or _is_thought(before))


def _is_thought(before: list[str]) -> bool:
    return before[-1:] == ["think"] and before[-2:-1] != [] and before[-2] in _THINKERS


def _heads_a_line(line: str) -> bool:
    """Whether nothing but "### The final" stands between the line's beginning and the phrase."""
    return line.strip(" \t#>-") in (
        "",
        "final",
        "the final",
        "my final",
        "the",
        "correct",
        "the correct",
    )


_WORDS_BEFORE = 6
"""Words before a phrase that may make it no announcement, at most, and one more."""

_FIRST_LINE = re.compile(r"[ \t\n#>-]*+[^\n]*+[ \t\n#>-]*+")
"""A text up to its second line that says anything: nothing behind it opens the reply."""


def _opens(text: str, place: int) -> bool:
    """Whether nothing, or the question repeated, stands before `place`: what follows opens the reply."""
    if place > _LONGEST_QUESTION:
        return False
    before = text[:place].strip(" \t\n#>-")
    if len(before) <= len("the final") and before.lower() in ("", "final", "the", "the final"):
        return True
    return "\n" not in before and OPENING_QUESTION.match(before) is not None


_LONGEST_QUESTION = 4000
"""Characters. A bound, so that looking back from every phrase stays linear in the text."""


def announcements(text: str) -> list[Mark]:
    """Every place where a plain text announces an answer, in order of position.

    An open mark ends where the next one begins, so that reading them all is linear in the text.
    """
    return list(_announcements(text))


@lru_cache(maxsize=8)
def announces(text: str) -> bool:
    """Whether a plain text announces an answer anywhere: told by the first such place."""
    lower = _lower(text)
    found = chain(_signs(text, lower), answer_phrase(text, lower, len(text)))
    return next(found, None) is not None


def _lower(text: str) -> str:
    # its lower case alone is longer, and would shift places
    return text.replace("İ", "I").lower()


def _signs(text: str, lower: str) -> Iterator[Mark]:
    """The marks that are signs, in any order."""
    yield from answer_field(text, lower)
    yield from call(text, lower)
    # most texts hold none of these, and looking for a word is cheaper than any pattern
    if "####" in text:
        yield from hashes(text)
    if "box" in text:
        yield from boxed(text)


# one text is often looked at several times
@lru_cache(maxsize=8)
def _announcements(text: str) -> Sequence[Mark]:
    lower = _lower(text)
    marks_found = list(_signs(text, lower))
    given = min((mark.start for mark in marks_found), default=len(text))
    marks_found += answer_phrase(text, lower, given)
    if not marks_found:
        return marks_found
    if len(marks_found) > 1:
        marks_found.sort(key=lambda mark: mark.start)
    for place, (mark, following) in enumerate(pairwise(marks_found)):
        if not mark.closed and mark.stop > following.start:
            stop = max(mark.end, following.start)
            marks_found[place] = Mark(mark.rule, mark.start, mark.end, stop, lead=mark.lead)
    return marks_found


# a capital, a number, and a sentence before the one that asks
_TELLS = re.compile(r"(?=[A-Z])(?=\D{0,600}\d)[^\n]{10,1500}?[.!] ")


def invented_problem(text: str, marks: Sequence[Mark]) -> int | None:
    """Where a text runs on, behind its answer, into a problem of its own making that nothing labels.

    Such a problem is a line after a blank one that tells of something in numbers and ends in a question.
    """
    first = next((mark.end for mark in marks if not mark.lead), None)
    start = -1 if first is None or "?" not in text else text.find("\n\n", first)
    while start >= 0:
        end = text.find("\n", start + 2)
        line = text[start + 2 : end if end >= 0 else len(text)].strip()
        if 40 <= len(line) <= 2000 and line[-1] == "?" and _TELLS.match(line):
            return start
        start = text.find("\n\n", start + 2)
    return None


MARKS = ("hashes", "boxed", "answer_field", "answer_phrase")
"""The rules that announce an answer."""


def after(text: str, mark: Mark) -> list[str]:
    """The sentences in which a mark's answer stands, the first of them first."""
    return sentences(unbraced(text[mark.end : mark.stop]), announced=True)
