"""Finds where a text announces its answer: ####, a box, an answer field, or an answer phrase."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from harness.reading.markup import unbraced
from harness.reading.sentences import sentences
from harness.reading.thoughts import OPENING_QUESTION


class Mark(NamedTuple):
    """A place where a text announces its answer: the rule that found it and the text that follows.

    `start` and `end` enclose the announcement itself; the answer stands in `text[end:stop]`. A
    `closed` mark says itself where the answer ends (`\\boxed{18}`). A `lead` only opens the reply
    ("A: ..."): reasoning may follow.
    """

    rule: str
    start: int
    end: int
    stop: int
    closed: bool = False
    lead: bool = False


_HASHES = re.compile(r"####(?<!#####)(?!#)[ \t:]*([^\n]*)")
_HEADING = re.compile(r"[^\W\d_]{2,}[^\w\n]+\w|(?:step|final|answer|solution)\b", re.IGNORECASE)


def hashes(text: str) -> Iterator[Mark]:
    """`#### 18`, GSM8K's way to close a solution; `#### Step 2: add` is a heading and no answer."""
    for match in _HASHES.finditer(text):
        if not _HEADING.match(match[1]):
            yield Mark("hashes", match.start(), match.start(1), match.end(1), closed=True)


_BRACES = re.compile(
    r"\\[{}]|\\(?:boxed|fbox) *\{|\\boxed(?: +(?=[0-9A-Za-z])|(?=[0-9]))|[{}]"
    r"|<\|begin_of_box\|>(?P<token>[^<\n]{0,400})"
)
_WORD = re.compile(r"\w+")


def boxed(text: str) -> Iterator[Mark]:
    """`\\boxed{18}` with its braces matched; one that is never closed was cut off and is none."""
    opened: list[tuple[int, int] | None] = []
    for match in _BRACES.finditer(text):
        sign = match[0]
        if sign == "}":
            box = opened.pop() if opened else None
            if box is not None:
                yield Mark("boxed", box[0], box[1], match.start(), closed=True)
        elif sign == "{":
            opened.append(None)
        elif match["token"] is not None:
            yield Mark("boxed", match.start(), *match.span("token"), closed=True)
        elif sign[-1] in " d":
            bare = _WORD.match(text, match.end())
            stop = bare.end() if bare else match.end()
            yield Mark("boxed", match.start(), match.end(), stop, closed=True)
        elif sign.startswith(("\\b", "\\f")):
            opened.append((match.start(), match.end()))


_FIELD = re.compile(
    r"[\"'](?:(?:final|correct)[_ ]?)?answer[\"'] *: *\[? *"
    r"(?:\"((?:[^\"\\\n]|\\.)*+)\"?|'((?:[^'\\\n]|\\.)*+)'?|([^\"',}\]\n]*+))"
    r"|<(?:(?:final_?)?answer|ans)>((?:[^<]|<(?!/(?:final_?)?ans))*+)|\[answer\]([^\[\n]*+)",
    re.IGNORECASE,
)


_FIELD_SIGNS = ('answer"', "answer'", "answer>", "<ans>", "[answer]")


def answer_field(text: str) -> Iterator[Mark]:
    """`"answer": "18"` in JSON, `<answer>18</answer>`, or `[ANSWER]18[/ANSWER]`."""
    for match in _FIELD.finditer(text):
        group = match.lastindex or 0
        yield Mark("answer_field", match.start(), *match.span(group), closed=True)


_COPULA = (
    r"(?:is|are|was|were|(?:will|would|should|must|may|might|could) be|becomes|equals|comes to"
    r"|(?:turns|comes) out to be)"
)
_SEPARATOR = r"(?:[ \t]*[:=→]|[ \t]+(?:-+|—)(?=[ \t])|[ \t]*\|(?=[^\n|]{0,200}[^\s|]))"
_ANSWER = re.compile(r"ans(?:wers?)?\b", re.IGNORECASE)
_PICKED = re.compile(
    r"[BbCcFfRr](?i:orrect|ight|est|inal) (?i:option|choice|letter|result|solution|date)\b"
)
_PICKING = ("best ", "correct ", "final ", "right ")
_ANNOUNCES = re.compile(
    rf"(?: *\([^()\n]{{0,60}}\))?(?:(?:'s|[^.!?:=;\n\"]{{0,60}}?\b{_COPULA})\b[ \t]*[:=]?"
    rf"|(?: (?:choice|option))?{_SEPARATOR})|(?<=nswer)[ \t]*\n|(?<=\bans)\.[ \t]*(?=[-0-9$(])",
    re.IGNORECASE,
)
_SHORT = re.compile(r"\n[ \t>#]*+[Aa][ \t]*[:=]")
_SHORT_FIRST = re.compile(r"[ \t>#]*+[Aa][ \t]*[:=]")
_FOREIGN = re.compile(
    r"(?:antwort|respuesta|r[ée]ponse|resposta|risposta|ответ|答案|答え|정답|jibu|คำตอบ|উত্তর|సమాధానం)"
    r"[^.!?:=。\n\d]{0,20}?(?:\b(?:ist|lautet|es|est|è|é|ni)\b:?|[:=—]|是|为|為|は|คือ|হল|은)",
    re.IGNORECASE,
)
_FOREIGN_WORDS = tuple("antwort respuesta ponse resposta risposta ответ jibu".split())
_CONDITION = re.compile(r"\b(?:if|when|whether|because|since)\b", re.IGNORECASE)
_UNSAID = frozenset(
    "to can cannot could not please you we they if whether suppose per each every".split()
)
_THINKERS = frozenset("might may could would first".split())


def answer_phrase(text: str, lower: str) -> Iterator[Mark]:
    """`The answer is 18`, `Answer: 18`, `Ans. 18`, `A: 18`, and "Final answer" as a heading.

    "If the answer is 18" and "to answer ..." announce nothing. The words of the languages of MGSM
    (Shi et al., 2022, arXiv:2210.03057) count as the English one does.
    """
    for start, end in _phrases(text, lower):
        line = lower[max(0, start - 50) : start].rpartition("\n")[2]
        heading = text[end - 1] == "\n"
        if _is_unsaid(line.split()) or (heading and not _heads_a_line(line)):
            continue
        lead = text[end - 1] in ":=" and _opens(text, start)
        # "the" belongs to this announcement and is not what the one before it announced
        article = next((words for words in _ARTICLES if line.endswith(words)), "")
        yield Mark("answer_phrase", start - len(article), end, len(text), lead=lead)


_ARTICLES = tuple(
    f"{article} {praise}"
    for article in ("the", "my", "our")
    for praise in ("", "final ", "correct ")
)


def _phrases(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Where each phrase begins and ends that may announce an answer, in any order."""
    for start, end in _names(text, lower)[-PHRASES:]:
        if start and (text[start - 1].isalnum() or text[start - 1] in "_/"):
            continue
        match = _ANNOUNCES.match(text, end)
        if match and not _CONDITION.search(match[0]):
            yield start, match.end()
    if match := _SHORT_FIRST.match(text):
        yield match.span()
    if "\n" in text:
        yield from [(match.start() + 1, match.end()) for match in _SHORT.finditer(text)][-PHRASES:]
    if not text.isascii() or any(word in lower for word in _FOREIGN_WORDS):
        yield from [match.span() for match in _FOREIGN.finditer(text)][-PHRASES:]


PHRASES = 64
"""Phrases of each kind looked at, from the last: a bound, for models that stutter."""


def _names(text: str, lower: str) -> list[tuple[int, int]]:
    """Where a text says "answer" or the like."""
    names = []
    start = lower.find("ans")
    while start >= 0:
        if match := _ANSWER.match(text, start):
            names.append(match.span())
        start = lower.find("ans", start + 3)
    if any(word in lower for word in _PICKING):
        names += [match.span() for match in _PICKED.finditer(text)]
        names.sort()
    return names


def _is_unsaid(before: list[str]) -> bool:
    """Whether the words before a phrase make it no announcement: "if the", "one might think that the"."""
    if before and before[-1] in ("final", "correct", "right"):
        before.pop()
    if before and before[-1] in ("the", "my", "our", "your"):
        before.pop()
    if before and before[-1] == "that":
        before.pop()
        return before[-1:] == ["suppose"] or _is_thought(before)
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


def _opens(text: str, place: int) -> bool:
    """Whether nothing, or the question repeated, stands before `place`: what follows opens the reply."""
    if place > _LONGEST_QUESTION:
        return False
    before = text[:place].strip(" \t\n#>-")
    return before.lower() in ("", "final", "the", "the final") or (
        "\n" not in before and OPENING_QUESTION.match(before) is not None
    )


_LONGEST_QUESTION = 4000
"""Characters. A bound, so that looking back from every phrase stays linear in the text."""


def announcements(text: str) -> list[Mark]:
    """Every place where a plain text announces an answer, in order of position.

    An open mark ends where the next one begins, so that reading them all is linear in the text.
    """
    lower = text.replace("İ", "I").lower()  # its lower case alone is longer, and would shift places
    marks_found = list(answer_phrase(text, lower))
    # most texts hold none of these, and looking for a word is cheaper than any pattern
    if "####" in text:
        marks_found[:0] = hashes(text)
    if "box" in text:
        marks_found[:0] = boxed(text)
    if any(sign in lower for sign in _FIELD_SIGNS):
        marks_found[:0] = answer_field(text)
    if not marks_found:
        return marks_found
    if len(marks_found) > 1:
        marks_found.sort(key=lambda mark: mark.start)
    for place, mark in enumerate(marks_found):
        if not mark.closed:
            stop = marks_found[place + 1].start if place + 1 < len(marks_found) else len(text)
            marks_found[place] = mark._replace(stop=max(mark.end, min(mark.stop, stop)))
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
    return sentences(unbraced(text[mark.end : mark.stop]))
