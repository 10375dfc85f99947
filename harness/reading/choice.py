"""Reads a choice: the letter of an option, or the text of exactly one option."""

from __future__ import annotations

import re
from string import ascii_uppercase

from harness.reading.markup import plain
from harness.reading.options import named, only_named, repeated
from harness.reading.rules import SILENT, Choices, Reader, Said

LETTERS_ASSUMED = 5
"""Options of a problem that does not list any: A to E, as in most multiple-choice sets."""

_LEAD = r"[\s\"'*.,:;-]*+(?:(?:that|probably|clearly|definitely|most likely|likely|the|it is|it's)\s+)*+"
_NOUN = r"(?:(?:answer|option|choice|letter)\b\s*+(?::\s*+)?)?"
_NAMED_LETTER = re.compile(
    r"(?:(?:the )?(?:option|choice|letter|answer)[ :]++)?[(\[ ]*([A-Z])[)\] .:]*", re.IGNORECASE
)
_LETTER = re.compile(
    rf"{_LEAD}{_NOUN}(?:[(\[](?P<held>[A-Za-z])[)\].]|(?P<bare>[A-Za-z])(?P<closed>[).:\]]|(?![\w'-])))",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    r"[\s\"').\]]*(?:,|/|&|(?:and|or|as well as)\b)\s*(?:(?:and|or|option|choice)\s+)?"
    r"(?:\([A-Za-z]\)|[A-Z](?![\w']))"
)
_PRAISE = r"(?:correct|right|best|true|the (?:\w+ ){0,3}(?:answer|option|choice))\b"
_CHOSEN = re.compile(
    r"(?:\b(?:option|choice|answer)\s+)?"
    r"(?:\((?P<held>[A-Za-z])\)|\b(?P<bare>[B-HJ-Z]|A(?=\)|\s(?:is|would|must|seems))|I(?=\)|\s(?:is|seems)))\b\)?)"
    rf"[^.()\n]{{0,80}}?\b(?:is|would be|must be|seems)\s+(?:\w+ly\s+)?{_PRAISE}"
)
_GOING = re.compile(
    r"(?:go(?:ing)? with|choose|chose|pick|select|so|thus|therefore|hence|is|be|it's|:)[\s,:]{1,4}+"
    r"(?:the )?(?:option |choice |answer |letter )?(?:\((?P<held>[A-Za-z])\)|(?P<bare>[A-Z])(?![\w'-]))",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:not|isn't|aren't|wrong|incorrect|neither|nor|except|cannot|unlikely|too|none)\b",
    re.IGNORECASE,
)
_REASON = re.compile(r"(?:because|since|as|which|for|due|while)\b")
_CLAUSE = re.compile(r",? (?:because|since|as|not|and not|rather than|instead of|unlike|whereas)\b")
_BRACKETED = re.compile(r"\(([A-Za-z])\)")


def letters_of(choices: Choices) -> str:
    """The letters that stand for the choices: ABC for three, A to E where none are listed."""
    return ascii_uppercase[: len(choices) or LETTERS_ASSUMED]


def whole(text: str, choices: Choices = ()) -> str | None:
    """The letter that `text` is ("B", "(b)", "b."), or stands for as the text of one option."""
    text = text.strip(" \t\n\"'.,:;")
    bare = _NAMED_LETTER.fullmatch(text)
    if bare and bare[1].upper() in letters_of(choices):
        return bare[1].upper()
    return _at(named(text, choices), choices)


def announced(sentence: str, choices: Choices = ()) -> Said:
    """The choice made by a sentence that an answer phrase announces."""
    letter = whole(sentence, choices)
    if letter is not None:
        return letter
    match = _LETTER.match(sentence)
    if match and _stands_for_a_letter(match, sentence, choices):
        return _chosen(match, sentence, choices)
    return _by_text(_CLAUSE.split(sentence, maxsplit=1)[0], choices) or _by_text(sentence, choices)


def concluded(sentence: str, choices: Choices = ()) -> Said:
    """The choice made by a sentence that nothing announces."""
    statement = whole(sentence, choices)
    if statement is not None:
        return statement
    match = _LETTER.match(sentence)
    if (
        match
        and (match["held"] or match["closed"])
        and _stands_for_a_letter(match, sentence, choices)
    ):
        ends = sentence[match.end() :].strip(" .!")
        if not ends or _same_option(ends, match, choices):
            return _chosen(match, sentence, choices)
    candidates = [
        match
        for pattern in (_CHOSEN, _GOING)
        for match in pattern.finditer(sentence)
        if match["held"] or match["bare"].isupper() or not sentence[match.end() :].strip(" .!)")
    ]
    if candidates:
        last = max(candidates, key=lambda match: match.start())
        if re.search(r"\b(?:and|or|both)\s*$", sentence[: last.start()], re.IGNORECASE):
            return SILENT
        return _chosen(last, sentence, choices)
    if _NEGATION.search(sentence):
        return None
    held = {letter.upper() for letter in _BRACKETED.findall(sentence)}
    if held:
        letter = held.pop()
        return letter if not held and letter in letters_of(choices) else SILENT
    return _by_text(sentence, choices)


def _stands_for_a_letter(match: re.Match[str], sentence: str, choices: Choices) -> bool:
    """Whether a letter is meant as one: not the article of "a careful count", nor the I of a speaker."""
    if match["held"] or match["closed"]:
        return True
    following = sentence[match.end() :].strip(" .!?\"'")
    if not following or following[0] in ",;/&-=" or _ANOTHER.match(sentence, match.end()):
        return match["bare"].isupper() or not following
    if _same_option(following, match, choices) or _REASON.match(following):
        return True
    return match["bare"].isupper() and match["bare"] not in "AI"


def _same_option(following: str, match: re.Match[str], choices: Choices) -> bool:
    """Whether the text behind a letter is the text of its option: "D past"."""
    place = letters_of(choices).find((match["held"] or match["bare"]).upper())
    if not 0 <= place < len(choices):
        return False
    option = only_named(following, choices[place : place + 1])
    return option is not None and len(following) <= 2 * len(choices[place]) + 20


def _chosen(match: re.Match[str], sentence: str, choices: Choices) -> Said:
    """The letter of a match; silence where there is no such option, or where another stands beside it."""
    letter = (match["held"] or match["bare"]).upper()
    place = letters_of(choices).find(letter)
    if place < 0:
        return SILENT
    rest = sentence[match.end() :]
    if place < len(choices):
        option = plain(choices[place]).strip()
        if rest.strip().lower().startswith(option.lower()):
            rest = rest.lstrip()[len(option) :]
    another = _ANOTHER.match(rest)
    return SILENT if another and _letter_in(another[0]) != letter else letter


def _letter_in(text: str) -> str:
    return text.rstrip(")")[-1:].upper()


def _by_text(sentence: str, choices: Choices) -> Said:
    """The letter of the only option whose text stands in a sentence that does not deny it."""
    if _NEGATION.search(sentence) and named(sentence, choices) is None:
        return SILENT if re.search(r"\bnone of\b", sentence, re.IGNORECASE) else None
    return _at(only_named(sentence, choices), choices)


def _at(place: int | None, choices: Choices) -> str | None:
    """The letter of the option at a place, unless another has the same text: neither was said then."""
    return None if place is None or place in repeated(tuple(choices)) else ascii_uppercase[place]


READER = Reader(whole, announced, concluded, back=1)
