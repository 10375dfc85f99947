"""Finds where a text announces its answer: ####, a box, an answer field, or an answer phrase."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from harness.reading.markup import unbraced
from harness.reading.own import OPENING_QUESTION
from harness.reading.sentences import sentences


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
_SEPARATOR = r"(?:[ \t]*(?:[:=]|→|[=-]+>)|[ \t]+(?:-+|—)(?=[ \t])|[ \t]*\|(?=[^\n|]*[^\s|]))"
# one class of letters comes first, so that the search runs over all other signs at once
_NAMED = re.compile(
    r"[AaBbCcFfRr](?i:(?<=a)ns(?:wers?)?|(?<=[bcfr])(?:orrect|ight|est|inal) "
    r"(?:option|choice|letter|result|solution|number|date))\b"
)
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
_CONDITION = re.compile(r"\b(?:if|when|whether)\b", re.IGNORECASE)
_NOT_SAID = re.compile(
    r"(?:\b(?:to|can|cannot|could|not|please|you|we|they)"
    r"|\b(?:if|suppose|suppose that|whether|(?:might|may|could|would) (?:first )?think(?: that)?)"
    r"(?: (?:the|my|our|your))?(?: (?:final|correct|right))?)[ \t]*$",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"\b(?:the|my|our) (?:final |correct )?\Z", re.IGNORECASE)


def answer_phrase(text: str) -> Iterator[Mark]:
    """`The answer is 18`, `Answer: 18`, `Ans. 18`, `A: 18`, and "Final answer" as a heading.

    "If the answer is 18" and "to answer ..." announce nothing. The words of the languages of MGSM
    (Shi et al., 2022, arXiv:2210.03057) count as the English one does.
    """
    for start, end in _phrases(text):
        before = text[max(0, start - 50) : start]
        heading = text[end - 1] == "\n"
        if _NOT_SAID.search(before) or (heading and not _heads_a_line(before)):
            continue
        lead = text[end - 1] in ":=" and _opens(text, start)
        # "the" belongs to this announcement and is not what the one before it announced
        article = _ARTICLE.search(before)
        yield Mark(
            "answer_phrase", start - (len(article[0]) if article else 0), end, len(text), lead=lead
        )


def _phrases(text: str) -> Iterator[tuple[int, int]]:
    """Where each phrase begins and ends that may announce an answer."""
    for named in _NAMED.finditer(text):
        start = named.start()
        if start and (text[start - 1].isalnum() or text[start - 1] == "_"):
            continue
        match = _ANNOUNCES.match(text, named.end())
        if match and not _CONDITION.search(match[0]):
            yield start, match.end()
    if match := _SHORT_FIRST.match(text):
        yield match.span()
    for match in _SHORT.finditer(text):
        yield match.start() + 1, match.end()
    if not text.isascii() or any(word in text.lower() for word in _FOREIGN_WORDS):
        for match in _FOREIGN.finditer(text):
            yield match.span()


def _heads_a_line(before: str) -> bool:
    """Whether nothing but "### The final" stands between the line's beginning and the phrase."""
    line = before.rpartition("\n")[2].strip(" \t#>-").lower()
    return line in ("", "final", "the final", "my final", "the", "correct", "the correct")


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

    Of marks at one place the earlier rule's counts. An open mark ends where the next one begins, so
    that reading them all is linear in the text.
    """
    found = list(answer_phrase(text))
    # most texts hold none of these, and looking for a word is cheaper than any pattern
    if "####" in text:
        found[:0] = hashes(text)
    if "box" in text:
        found[:0] = boxed(text)
    lower = text.lower()
    if any(sign in lower for sign in _FIELD_SIGNS):
        found[:0] = answer_field(text)
    if not found:
        return found
    found.sort(key=lambda mark: (mark.start, MARKS.index(mark.rule)))
    for place, mark in enumerate(found):
        if not mark.closed:
            stop = found[place + 1].start if place + 1 < len(found) else len(text)
            found[place] = mark._replace(stop=max(mark.end, min(mark.stop, stop)))
    return found


MARKS = ("hashes", "boxed", "answer_field", "answer_phrase")
"""The rules that announce an answer, the stronger first."""


def after(text: str, mark: Mark) -> list[str]:
    """The sentences in which a mark's answer stands, the first of them first."""
    return sentences(unbraced(text[mark.end : mark.stop]))
