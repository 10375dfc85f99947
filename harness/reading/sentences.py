"""Divides a stretch of text into sentences, and tells those that conclude from those that check."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BREAK = re.compile(r"[\n.!?…。！？](?:(?<=\n)\n*+|(?<=[.!?…])[.!?…]*+[\"')\]}]*+|)")
_BULLET = re.compile(r"(?:[ \t]*+[-*•>#]++[ \t]++)++")
_ABBREVIATIONS = frozenset(
    "approx mr mrs ms dr st vs no nos fig eq ca e.g i.e sq ft cf rs ans".split()
)
_MONTHS = frozenset("jan feb mar apr jun jul aug sep sept oct nov dec".split())
_SAYS = re.compile(r"[^\W_]")


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order, without those that say nothing (no letter, no digit).

    Of a row of a table the last cell is the sentence: what it says of the cells before it.
    """
    pieces, start = [], 0
    for match in _BREAK.finditer(text):
        if not _ends_sentence(text, match):
            continue
        pieces.append(text[start : match.end()])
        start = match.end()
        if match[0][0] == "\n" and (bullet := _BULLET.match(text, start)):
            start = bullet.end()
    pieces.append(text[start:])
    spoken = [sentence.strip() for sentence in pieces if _SAYS.search(sentence)]
    return [_last_cell(sentence) if sentence[0] == "|" else sentence for sentence in spoken]


def _last_cell(row: str) -> str:
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    return next((cell for cell in reversed(cells) if any(map(str.isalnum, cell))), row)


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    """Whether a full stop or the like ends a sentence: not in 0.5, "n.k", "approx. 5" or "2. Add"."""
    if match[0][0] != ".":
        return True
    end = match.end()
    if end < len(text) and not text[end].isspace():
        return False
    before = text[max(0, match.start() - 12) : match.start()]
    line = before.rpartition("\n")[2]
    number = line.strip(" \t>*-")
    if number.isdecimal() and len(line) < 12 and text[end : end + 1] == " ":
        # The first point of a list is 1; "42. There are 6 rows" begins with what it says.
        return not before.rpartition("\n")[0].strip() and match.start() < 12 and number != "1"
    word = line.rpartition(" ")[2].lower()
    if word in _MONTHS:
        return not text[end + 1 : end + 2].isdecimal()
    return len(match[0]) > 1 or word not in _ABBREVIATIONS


_ASIDE = re.compile(
    r"(?:(?:let me|let's|i(?:'ll| will)|we can|to) (?:just |now |quickly )?(?:double[- ]?|re-?)?"
    r"(?:check|verify|confirm)"
    r"|(?:double[- ]?)?check|verif|note\b|i hope|hope |because|explanation|reason(?:ing)?:|proof|let me know)",
    re.IGNORECASE,
)


def is_aside(sentence: str) -> bool:
    """Whether a sentence only checks, explains or closes politely."""
    return _ASIDE.match(sentence) is not None


def conclusions(spoken: Sequence[str]) -> list[str]:
    """Sentences in the order in which they may conclude: the last first, without trailing checks."""
    end = len(spoken)
    while end > 1 and is_aside(spoken[end - 1]):
        end -= 1
    return list(spoken[:end])[::-1]


_TURN = (
    r"(?:(?:but|oh|hmm+|ah|um|uh|no|well|ok|okay|so)\b[\s,.…!-]{0,4}){0,3}+"
    r"(?:wait|actually|oops|hold on|scratch that|on second thought|correction|my (?:mistake|bad)"
    r"|i made an? (?:\w+ )?(?:mistake|error)|i apologi[sz]e|sorry|i mean|make that|or rather)\b"
)
_CORRECTS = re.compile(rf"(?:{_TURN}|hmm+\b)[\s,:;.!…-]*+", re.IGNORECASE)
_REFUSES = re.compile(r"(?:oh|well)?[\s,]*no\b[\s,:;.!…-]++", re.IGNORECASE)
_TURNS_ROUND = re.compile(rf"[,;(.—-][\s.-]{{0,4}}+(?={_TURN})", re.IGNORECASE)
_DENIES = re.compile(
    r"\b(?:wrong|incorrect|mistaken?|error|not (?:right|correct)|isn't (?:right|correct))\b",
    re.IGNORECASE,
)


def correction(sentence: str) -> str | None:
    """What a sentence says behind the "Wait" or "Actually" that it opens with; else None."""
    match = _CORRECTS.match(sentence)
    return None if match is None else sentence[match.end() :]


def refusal(sentence: str) -> str | None:
    """What a sentence says behind the "No" that it opens with; else None."""
    match = _REFUSES.match(sentence)
    return None if match is None else sentence[match.end() :]


def turned(sentence: str) -> list[str]:
    """A sentence that corrects itself ("12, no wait, 9") in its two parts, any other whole."""
    match = _TURNS_ROUND.search(sentence)
    if match is None or not _SAYS.search(sentence[: match.start()]):
        return [sentence]
    return [sentence[: match.start()], sentence[match.end() :]]


def denies(sentence: str) -> bool:
    """Whether a sentence takes back what stands before it: "that is not right"."""
    return _DENIES.search(sentence) is not None
