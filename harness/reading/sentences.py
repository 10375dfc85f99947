"""Divides a stretch of text into sentences, and tells those that conclude from those that check."""

from __future__ import annotations

import re
from collections.abc import Sequence

# a point inside a number or a name (0.5, "a.b") is told here, and that behind the number of an item in a
# list, since nothing is looked for more often
_BREAK = re.compile(
    r"[\n.!?…。！？](?!(?<=\.)[^\s.!?…\"')\]}]|(?:(?<=\S\n[0-9]\.)|(?<=\S\n[0-9][0-9]\.)) )"
    r"(?:(?<=[.!?…])[.!?…]*+[\"')\]}]*+|)\n*+"
)
_BULLET = re.compile(r"(?:[ \t]*+[-*•>#]++[ \t]++)++")
_ABBREVIATIONS = frozenset(
    "approx mr mrs ms dr st vs no nos fig eq ca e.g i.e sq ft cf rs ans".split()
)
_MARKUP = " \t>*-"
_MONTHS = frozenset("jan feb mar apr jun jul aug sep sept oct nov dec".split())
_SAYS = re.compile(r"[^\W_]")


def sentences(text: str, announced: bool = False) -> list[str]:
    """The sentences of a text, in order, without those that say nothing (no letter, no digit).

    Of a row of a table the last cell is the sentence: what it says of the cells before it. The "1." that
    opens an `announced` answer is the answer, unless a "2." follows: then it opens a list.
    """
    pieces, start = [], 0
    if announced and (one := _ONE.match(text)) and not _TWO.search(text, one.end()):
        pieces, start = [one[0]], one.end()
    for match in _BREAK.finditer(text, start):
        place, end = match.span()
        ends_line = text[end - 1] == "\n"
        if not ends_line and text[place] == "." and not _ends_sentence(text, place, end):
            continue
        if place > start:  # a sign alone says nothing
            pieces.append(text[start:end])
        start = end
        if ends_line and (bullet := _BULLET.match(text, start)):
            start = bullet.end()
    pieces.append(text[start:])
    spoken = [sentence.strip() for sentence in pieces if _SAYS.search(sentence)]
    return [_last_cell(sentence) if sentence[0] == "|" else sentence for sentence in spoken]


_ONE = re.compile(r"[\s\"'*_(]*+-?1\.[\s\"')]*?(?=\s)")
_TWO = re.compile(r"(?:\n[ \t*>-]*+|[.!?;:,]\s{1,3})2[.)][ \t]")


LONGEST_SENTENCE = 400
"""Characters: of a longer sentence the beginning is what it announces, the end what it concludes."""


def head(sentence: str) -> str:
    """A sentence, or the words with which a long one begins."""
    if len(sentence) <= LONGEST_SENTENCE:
        return sentence
    return sentence[: sentence.rfind(" ", 0, LONGEST_SENTENCE) + 1]


def tail(sentence: str) -> str:
    """A sentence, or the words with which a long one ends."""
    if len(sentence) <= LONGEST_SENTENCE:
        return sentence
    start = sentence.find(" ", len(sentence) - LONGEST_SENTENCE)
    return sentence[start + 1 :] if start >= 0 else ""


def _last_cell(row: str) -> str:
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    return next((cell for cell in reversed(cells) if any(map(str.isalnum, cell))), row)


def _ends_sentence(text: str, place: int, end: int) -> bool:
    """Whether the full stop at a place, and others up to `end`, end a sentence.

    They do not in 0.5, "n.k", "approx. 5" or "2. Add".
    """
    if end < len(text) and not text[end].isspace():
        return False
    before = text[place - 12 : place] if place > 12 else text[:place]
    before, _, line = before.rpartition("\n")
    last = line[-1:]
    if last.isdecimal() or last in _MARKUP:
        if len(line) == 12 or text[end : end + 1] != " ":
            return True
        number = line.strip(_MARKUP)
        # The first point of a list is 1; "42. There are 6 rows" begins with what it says.
        return not number.isdecimal() or (place < 12 and number != "1" and not before.strip())
    word = line.rpartition(" ")[2].lower()
    if word in _MONTHS:
        return not text[end + 1 : end + 2].isdecimal()
    return end - place > 1 or word not in _ABBREVIATIONS


_POINT = re.compile(r"[ \t]*(?:[-*•]|\(?[0-9a-z]{1,2}[.)])[ \t]+(?=\S)")
_LEADS_TO_POINTS = re.compile(r"\b(?:is|are|was|were|be)[ \t]*:[ \t]*\Z")
_NO_ANSWERS = re.compile(
    r"\b(?:steps?|calculations?|facts?|values?|numbers?|following|follows|given|options|choices)\b",
    re.IGNORECASE,
)
_RESOLVED = re.compile(
    r"[=→]|\b(?:totals?|sum|together|altogether|in all|overall|final|answer|result|therefore|so|thus|hence|left"
    r"|remain\w*|correct|best)\b",
    re.IGNORECASE,
)
_POINTS = 8
"""Points of a list that are looked at, at most."""


def points(text: str, announced: bool = False) -> list[str]:
    """The points of the list that ends a text, behind a line such as "the distances are:", or none.

    An `announced` list needs no such line, and fills its text. A list of which a point gives a result or a
    total has none.
    """
    lines = [line for line in text[-_LONGEST_LIST:].split("\n") if line.strip()]
    start = len(lines)
    while start and _POINT.match(lines[start - 1]):
        start -= 1
    listed = lines[start:]
    if not 2 <= len(listed) <= _POINTS or any(map(_RESOLVED.search, listed)):
        return []
    before = lines[start - 1] if start else ""
    if announced:
        leads = not before
    else:
        leads = bool(_LEADS_TO_POINTS.search(before)) and not _NO_ANSWERS.search(before)
    return (
        [line[match.end() :] for line in listed if (match := _POINT.match(line))] if leads else []
    )


_LONGEST_LIST = 1000
"""Characters of a text in which such a list is looked for: its last."""

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
    while end > 1 and (start := _aside_at_the_end(spoken, end)) < end:
        end = start
    return list(spoken[:end])[::-1]


def _aside_at_the_end(spoken: Sequence[str], end: int) -> int:
    """Where the aside begins that ends before sentence `end`: a check, or a remark in brackets."""
    if is_aside(spoken[end - 1]) or tells_of_answer(spoken[end - 1]):
        return end - 1
    if not _CLOSES_BRACKET.search(spoken[end - 1]):
        return end
    for start in range(end - 1, max(0, end - 1 - _REMARK), -1):
        remark = " ".join(spoken[start:end])
        if remark[0] in "([" and remark.count("(") + remark.count("[") == 1 and " " in remark:
            return start
        if "(" in spoken[start] or "[" in spoken[start]:
            break
    return end


_CLOSES_BRACKET = re.compile(r"[)\]][.!\s]*\Z")
_REMARK = 4
"""Sentences of a remark in brackets, at most."""

_DEEDS = (
    r"(?:rounded|truncated|given|expressed|written|stated|presented|reported|shown|displayed|formatted|measured|obtained"
    r"|found|calculated|computed|derived|determined|arrived at|reached|based|verified|checked|confirmed|explained"
    r"|simplified|supported|required|expected|supposed|limited|restricted|accompanied|followed)\b"
)
_SORT = (
    r"an? (?:[\w-]+ ){0,3}(?:integer|number|value|fraction|decimal|percentage|letter|word|digit|multiple|estimate)\b"
    r"(?= (?:between|from|below|above|under|over|up|less|greater|in|with|that|which|and|not|of|because|since|so)\b"
    r"|[.,;\n]|\Z)"
)
_ADVERBS = r"[ \t]*(?:(?:also|then|simply|just|only|always|usually|typically|already|to be|now|being)[ \t]+)*+"
_TELLS = re.compile(rf"{_ADVERBS}(?:{_DEEDS}|{_SORT})", re.IGNORECASE)
_BOUNDS = re.compile(
    rf"{_ADVERBS}(?:(?:with)?in\b|between\b|at (?:least|most)\b"
    r"|(?:less|more|greater|smaller|larger|higher|lower) than\b"
    r"|(?:un)?likely\b|(?:correct|right|consistent|reasonable|accurate|plausible|sensible|positive|negative)"
    r"(?= (?:because|since|as|with|given|for|when|if|and|to(?: \w+)? [0-9a-z]+ (?:decimal|significant|place|digit))\b"
    r"|[^\n.]{0,20}decimal))",
    re.IGNORECASE,
)
_RESOLVES = re.compile(
    r"[=:]|\bwhich\b|\bto (?:get|be|give|obtain|make|find)\b|\b(?:giv|equal|yield|result|mak|leav)(?:s|es|ing|e)?\b"
    r"|\bas \S*[0-9]|\b(?:up|down|off|rounded) to \$?[0-9][0-9.,]*+(?! ?(?:d\.?p|decimal|significant|sig|place|digit))"
    r"|, \$?-?[0-9][0-9.,]*\W*\Z",
    re.IGNORECASE,
)
_TELLS_OF_ANSWER = re.compile(
    r"(?:(?:note|remember|recall|also|so|and|but)\b[^.:\n]{0,20} )?"
    r"(?:the|this|that|our|my|your) (?:final |correct )?answer "
    rf"(?:is|was|must be|should be|can be|has been|will be)\b(?:{_TELLS.pattern}|{_BOUNDS.pattern})"
    r"(?![^\n]{0,200}(?:[=:]|\bwhich\b))",
    re.IGNORECASE,
)


def tells_of_answer(sentence: str) -> bool:
    """Whether a sentence only tells of an answer: "The answer is rounded to 2 decimal places"."""
    return "answer" in sentence and _TELLS_OF_ANSWER.match(sentence) is not None


_WORD_FOLLOWS = re.compile(r"[ \t]*+[^\W\d_]")


def tells_of(text: str, place: int, said: bool) -> bool:
    """Whether what follows "the answer is" at `place` tells of the answer instead of giving it.

    "Rounded to 2 decimal places", "obtained by adding 5 and 7", "an integer between 0 and 999" do.
    Bounds ("at least 5") tell of it only where it was `said` before.
    """
    if not _WORD_FOLLOWS.match(text, place):
        return False
    if not (_TELLS.match(text, place) or (said and _BOUNDS.match(text, place))):
        return False
    end = re.compile(r"[.!?](?=\s|\Z)|\n").search(text, place, place + 300)
    return not _RESOLVES.search(text, place, end.start() if end else place + 300)


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


INTRODUCES = re.compile(
    r":\s*\Z|\?\s*\Z|\b(?:let me|let's|let us|i(?:'ll| will| need| must| want)|we (?:need|will|must|have to)|restat\w+"
    r"|rephras\w+|first|to solve|following|given|consider|start|suppose|we have)\b",
    re.IGNORECASE,
)
"""A sentence that only leads to what comes: it answers nothing, whatever stands in it."""

GIVES_UP = re.compile(
    r"\b(?:cannot|can't|can not|unable|impossible|insufficient|not enough|do not know|don't know)\b",
    re.IGNORECASE,
)
"""A sentence that answers by refusing to."""
