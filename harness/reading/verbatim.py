"""Reads an answer of any form, kept as it was written: a grid, a list in JSON, moves, a row of signs.

Nothing of it is Markdown or LaTeX, so none of its signs is taken away. The normal form is the answer without
blanks at the ends of its lines, without the fence, bold signs or quotes that enclose the whole, and without a full
stop behind a single line. Two answers are one where blanks and line breaks are all that tells them apart; what else
is right is for the problem's own checker to say (`Problem.accepts`).
"""

from __future__ import annotations

import re
from functools import lru_cache

from harness.reading.announcements import announcements, announces
from harness.reading.rules import MARKS_TRIED, NOTHING_READ, Choices, Reader, Reading, Said
from harness.reading.thoughts import own_part

_LONGEST = 4000
"""Characters of an answer, at most: a grid of 30 by 30 numbers has 1,800."""

_WORDS = 30
"""Words of a line, at most: more is a text about an answer."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_PROSE = re.compile(r"(?<![a-z])[a-z]{2,}+[,;:]? [a-z]{2,}+[,;:]? [a-z]{2,}")
"""Three words in a row: a line of several that has them is no line of an answer."""

_FENCE = re.compile(r"\A```[\w-]*\n(?P<inside>[^`]*?)\n?```\Z")
_OPENS_FENCE = re.compile(r"\s*```[\w-]*\n(?P<inside>[^`]*?)\n?```")
_ENDS_IN_FENCE = re.compile(r"(?<!`)```[\w-]*\n(?P<inside>[^`]{1,4000})```\Z")
_CLOSES_BOLD = re.compile(r"\A\s*\*\*(?=[\s:])")
_ENCLOSED = re.compile(r"(\*\*|`)(?P<inside>[^*`\n]+)\1(?!\w)")
_SENTENCE = re.compile(r"(?<=[\w)\]}\"'])[.!?]\s+(?=[A-Z])")
_AROUND = "*`\"'"
_OTHER = re.compile(r"[\v\f\r\x1c-\x1e\x85\u2028\u2029]|```|</?answer")
"""What no answer holds: line ends but for one, fences, the marks of an answer."""

_REASON = re.compile(r",? (?:because|since|so that|which|as it|for it)\b")
_REFUSAL = re.compile(
    r"(?:i (?:don't|do not|am not|cannot|can't)|unknown|unclear|it (?:depends|cannot|is (?:unclear|impossible))"
    r"|cannot be|not enough|sorry)\b",
    re.IGNORECASE,
)


def whole(text: str, choices: Choices = ()) -> str | None:
    """The answer that `text` is, in normal form; None where it is none, or a text about one."""
    return _whole(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _whole(text: str) -> str | None:
    answer = tidied(text)
    if not key(answer) or _OTHER.search(answer):
        return None
    lines = answer.split("\n")
    # a line that is too short for so many words is not counted
    long = [line for line in lines if len(line) > 2 * _WORDS]
    if any(len(_WORD.findall(line)) > _WORDS for line in long) or _REFUSAL.match(answer):
        return None
    if len(lines) > 1 and _PROSE.search(answer):
        return None
    if _SENTENCE.search(answer) or announces(answer):
        return None
    # a line that would read as a new question, or as the end of a turn, would not come back
    if any(own_part(said).text != said for said in (answer, f"So:\n{answer}</answer>")):
        return None
    return answer


def tidied(text: str) -> str:
    """A text in normal form, whether or not it is an answer."""
    before = None
    while text != before:
        before = text
        if fenced := _FENCE.match(text.strip()):
            text = fenced["inside"]
        text = "\n".join(line.rstrip() for line in text.split("\n")).strip()
        sign = text[:1]
        if (
            len(text) > 1
            and sign in _AROUND
            and text.endswith(sign)
            and sign not in text.strip(sign)
        ):
            text = text.strip(sign)
        while "\n" not in text and text.endswith(".") and not text.endswith(".."):
            text = text[:-1].rstrip()
    return text


def key(answer: str) -> str:
    """What an answer shares with all that count as the same: its signs, with single blanks."""
    return " ".join(answer.split())


def conclusion(text: str, choices: Choices, truncated: bool) -> Reading | None:
    """What a text concludes: itself, or what stands at the last place that announces an answer."""
    if (answer := whole(text)) is not None:
        return Reading(answer, "bare")
    for mark in announcements(text)[: -MARKS_TRIED - 1 : -1]:
        said = text[mark.end : mark.stop]
        if mark.closed:
            answer = whole(said)
        elif truncated and mark.stop == len(text):
            continue  # what is still being written may have more lines
        else:
            answer = _following(said)
        if answer is not None:
            return Reading(answer, mark.rule)
        if _REFUSAL.match(said.strip(" \n*:")):
            return NOTHING_READ
    fenced = _ENDS_IN_FENCE.search(text.rstrip()[-_LONGEST:])
    answer = whole(fenced["inside"]) if fenced and not truncated else None
    return None if answer is None else Reading(answer, "last_statement")


def _following(text: str) -> str | None:
    """The answer that follows an announcement: a fenced block, a line, or lines up to one of prose."""
    text = _CLOSES_BOLD.sub("", text).lstrip(" \t:")
    if fenced := _OPENS_FENCE.match(text):
        return whole(fenced["inside"])
    if enclosed := _ENCLOSED.match(text):
        return whole(enclosed["inside"])
    lines = text.lstrip("\n").split("\n")
    first = _REASON.split(_SENTENCE.split(lines[0], maxsplit=1)[0], maxsplit=1)[0]
    if first != lines[0] or _PROSE.search(first):
        return whole(first)
    block = [first]
    for line in lines[1:]:
        if not line.strip() or _PROSE.search(line) or line.lstrip().startswith(("#", "**", "```")):
            break
        block.append(line)
    answer = whole("\n".join(block))
    return whole(first) if answer is None else answer


def _nothing(sentence: str, choices: Choices = ()) -> Said:
    """Nothing: an answer of any form is not told from the words around it."""
    return None


READER = Reader(whole, _nothing, _nothing, concludes=conclusion)
