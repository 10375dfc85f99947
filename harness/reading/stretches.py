"""Divides a text: where it ends for the reader, where it announces an answer, and its sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.reading.markup import unbraced

_OPENING = r"^[ \t>*#]*(?:\d{1,3}[.)] *)?"
_QUESTION = re.compile(
    _OPENING + r"(?:(?:next |new )?(?:Q|question|problem|exercise) ?\d{0,4} ?[*]*:"
    r"|(?:human|user)[*]*:|#{1,6} *(?:instruction|input|question|problem|user|human)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_END = r"<\|[a-z_]{1,30}\|>|</?s>|<eos>|<end_of_turn>|<｜[^｜\n]{1,30}｜>"
_END_TOKEN = re.compile(_END)
_LEADING_TOKENS = re.compile(rf"(?:\s|{_END})*+")


def own_part(text: str) -> str:
    """`text` up to where it ends for its reader: an end token, or a new question of its own making.

    A text that opens by repeating its question has not run on. Nothing is cut from a text whose
    only question stands at its beginning.
    """
    text = _LEADING_TOKENS.sub("", text, count=1)
    for pattern in (_END_TOKEN, _QUESTION):
        for match in pattern.finditer(text):
            if text[: match.start()].strip():
                text = text[: match.start()]
                break
    return text


_BREAK = re.compile(r"\n+|[.!?…]++[\"')\]}]*+|[。！？]")
_BULLET = re.compile(r"(?:[ \t]*+[-*•>#]++[ \t]++)++")
_ABBREVIATIONS = frozenset("approx mr mrs ms dr st vs no nos fig eq ca e.g i.e sq ft cf".split())


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order, without those that say nothing (no letter, no digit)."""
    found, start = [], 0
    for match in _BREAK.finditer(text):
        if not _ends_sentence(text, match):
            continue
        found.append(text[start : match.end()])
        start = match.end()
        if match[0][0] == "\n" and (bullet := _BULLET.match(text, start)):
            start = bullet.end()
    found.append(text[start:])
    return [sentence.strip() for sentence in found if any(map(str.isalnum, sentence))]


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    """Whether a full stop or the like ends a sentence: not in 0.5, "n.k", "approx. 5" or "2. Add"."""
    if match[0][0] != ".":
        return True
    if match.end() < len(text) and not text[match.end()].isspace():
        return False
    before = text[max(0, match.start() - 12) : match.start()]
    line = before.rpartition("\n")[2]
    number = line.strip(" \t>*-")
    if number.isdecimal() and len(line) < 12 and text[match.end() : match.end() + 1] == " ":
        # The first point of a list is 1; "42. There are 6 rows" begins with what it says.
        return not before.rpartition("\n")[0].strip() and match.start() < 12 and number != "1"
    return len(match[0]) > 1 or line.rpartition(" ")[2].lower() not in _ABBREVIATIONS


@dataclass(frozen=True, slots=True)
class Mark:
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


_HASHES = re.compile(r"(?<!#)####(?!#)[ \t:]*([^\n]*)")
_HEADING = re.compile(r"[^\W\d_]{2,}[^\w\n]+\w|(?:step|final|answer|solution)\b", re.IGNORECASE)


def hashes(text: str) -> Iterator[Mark]:
    """`#### 18`, GSM8K's way to close a solution; `#### Step 2: add` is a heading and no answer."""
    for match in _HASHES.finditer(text):
        if not _HEADING.match(match[1]):
            yield Mark("hashes", match.start(), match.start(1), match.end(1), closed=True)


_BRACES = re.compile(r"\\[{}]|\\(?:boxed|fbox) *\{|\\boxed +(?=[0-9A-Za-z])|[{}]")
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
        elif sign[-1] == " ":
            bare = _WORD.match(text, match.end())
            stop = bare.end() if bare else match.end()
            yield Mark("boxed", match.start(), match.end(), stop, closed=True)
        elif sign.startswith(("\\b", "\\f")):
            opened.append((match.start(), match.end()))


_FIELD = re.compile(
    r'"(?:final[_ ]?)?answer" *: *(?:"((?:[^"\\\n]|\\.)*+)"?|([^",}\n]*+))'
    r"|<answer>((?:[^<]|<(?!/answer>))*+)",
    re.IGNORECASE,
)


def answer_field(text: str) -> Iterator[Mark]:
    """`"answer": "18"` in JSON, or `<answer>18</answer>`."""
    for match in _FIELD.finditer(text):
        group = match.lastindex or 0
        yield Mark("answer_field", match.start(), *match.span(group), closed=True)


_COPULA = r"(?:is|are|was|were|(?:will|would|should|must|may|might|could) be|becomes|equals)"
_PHRASE = re.compile(
    r"\b(?:answers?|(?:correct|right|best|final) (?:option|choice))\b"
    rf"(?:(?: *\([^()\n]{{0,60}}\))?(?:[^.!?:=;\n\"]{{0,60}}?\b{_COPULA}\b[ \t]*[:=]?"
    r"|(?: (?:choice|option))?[ \t]*[:=])"
    r"|(?<=nswer)[ \t]*\n)",
    re.IGNORECASE,
)
_SHORT_PHRASE = re.compile(r"^[ \t>#]*(?:A|ans)[ \t]*[:=]", re.IGNORECASE | re.MULTILINE)
_NOT_SAID = re.compile(
    r"(?:\b(?:to|can|cannot|could|not|please|you|we|they)"
    r"|\b(?:if|suppose|suppose that|whether|(?:might|may|could|would) (?:first )?think(?: that)?)"
    r"(?: (?:the|my|our|your))?(?: (?:final|correct|right))?)\s*$",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"\b(?:the|my|our) (?:final |correct )?\Z", re.IGNORECASE)


def answer_phrase(text: str) -> Iterator[Mark]:
    """`The answer is 18`, `Answer: 18`, `A: 18`, and "Final answer" as a heading.

    "If the answer is 18" and "to answer ..." announce nothing.
    """
    for pattern in (_PHRASE, _SHORT_PHRASE):
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - 50) : match.start()]
            heading = match[0].endswith("\n")
            if _NOT_SAID.search(before) or (heading and not _heads_a_line(before)):
                continue
            lead = match[0][-1] in ":=" and _opens(text, match.start())
            # "the" belongs to this announcement and is not what the one before it announced
            article = _ARTICLE.search(before)
            start = match.start() - (len(article[0]) if article else 0)
            yield Mark("answer_phrase", start, match.end(), len(text), lead=lead)


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
        "\n" not in before and _QUESTION.match(before) is not None
    )


_LONGEST_QUESTION = 4000
"""Characters. A bound, so that looking back from every phrase stays linear in the text."""


MARKS = (hashes, boxed, answer_field, answer_phrase)
"""The rules that find an announced answer. Of marks at one place the earlier rule's counts."""


def announcements(text: str) -> list[Mark]:
    """Every place where a plain text announces an answer, in order of position.

    An open mark ends where the next one begins, so that reading them all is linear in the text.
    """
    found: list[Mark] = sorted(
        (mark for rule in MARKS for mark in rule(text)), key=lambda mark: mark.start
    )
    starts = [*(mark.start for mark in found[1:]), len(text)][: len(found)]
    return [
        Mark(mark.rule, mark.start, mark.end, max(mark.end, min(mark.stop, start)), lead=mark.lead)
        if not mark.closed
        else mark
        for mark, start in zip(found, starts, strict=True)
    ]


def after(text: str, mark: Mark) -> list[str]:
    """The sentences in which a mark's answer stands, the first of them first."""
    return sentences(unbraced(text[mark.end : mark.stop]))


_ASIDE = re.compile(
    r"(?:check|verif|note\b|i hope|hope |because|explanation|reason(?:ing)?:|proof|let me know)",
    re.IGNORECASE,
)


def conclusions(spoken: Sequence[str]) -> list[str]:
    """Sentences in the order in which they may conclude: the last first, without trailing checks."""
    end = len(spoken)
    while end > 1 and _ASIDE.match(spoken[end - 1]):
        end -= 1
    return list(spoken[:end])[::-1]
