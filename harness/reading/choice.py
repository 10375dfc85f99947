"""Reads a choice: the letter of an option, or the text of exactly one option."""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_uppercase

from harness.reading.markup import plain
from harness.reading.option_letters import (
    ANOTHER,
    LETTER,
    Letter,
    chosen_letters,
    is_denied,
    letter_at,
    letters_of,
    opening_letter,
    options_of,
    same_option,
    stands_for_a_letter,
)
from harness.reading.options import named, only_named, repeated
from harness.reading.rules import SILENT, Choices, Reader, Said

_NAMED_LETTER = re.compile(
    r"(?:(?:the )?(?:option|choice|letter|answer)[ :]++)?[(\[<_ ]*([A-Z])[)\]>_ .:。]*",
    re.IGNORECASE,
)
_CARRIED_LETTER = re.compile(r"[(\[]?([A-Za-z])[)\].:]\s+(?=\S[^.!?\n]*[.!?\n]\s*\S)")
"""In front of the text of an option that is several sentences."""

_NEGATION = re.compile(
    r"\b(?:not|isn't|aren't|wrong|incorrect|neither|nor|except|cannot|can't|doesn't|don't|false|unlikely|too|none"
    r"|(?:ruled?|ruling) out|eliminat\w+|excluded?|rejected?|discarded|dismissed)\b",
    re.IGNORECASE,
)
# looking for a word is cheaper than any pattern, and most sentences hold none of these
_NEGATING = (
    "not", "n't", "wrong", "incorrect", "neither", "nor", "except", "false", "unlikely", "too", "none", "rule",
    "ruling", "eliminat", "exclude", "reject", "discard", "dismiss",
)  # fmt: skip
_CLAUSE = re.compile(r",? (?:because|since|as|not|and not|rather than|instead of|unlike|whereas)\b")
_BRACKETED = re.compile(r"\(([A-Za-z])\)")


def whole(text: str, choices: Choices = ()) -> str | None:
    """The letter that `text` is ("B", "(b)", "b."), or stands for as the text of one option."""
    text = text.strip(" \t\n\"'.,:;。")
    bare = _NAMED_LETTER.fullmatch(text)
    if bare and bare[1].upper() in letters_of(choices):
        return bare[1].upper()
    carried = _CARRIED_LETTER.match(text)
    if carried and (letter := _at(named(text[carried.end() :], options_of(choices)), choices)):
        return letter if letter == carried[1].upper() else None
    return _at(named(text, options_of(choices)), choices)


def announced(sentence: str, choices: Choices = ()) -> Said:
    """The choice made by a sentence that an answer phrase announces."""
    letter = whole(sentence, choices)
    if letter is not None:
        return letter
    opening = opening_letter(sentence)
    if opening and stands_for_a_letter(opening, sentence, choices):
        return None if is_denied(opening, sentence) else _chosen(opening, sentence, choices)
    if _DENIES_FIRST.match(sentence):
        meant = _meant(chosen_letters(sentence, choices), sentence)
        return _chosen(meant[-1], sentence, choices) if meant else None
    clause = _CLAUSE.split(sentence, maxsplit=1)[0]
    said = _by_text(clause, choices)
    if not said and clause != sentence:
        said = _by_text(sentence, choices)
    beside = _BESIDE.search(sentence) if said is None else None
    if beside is None or beside[1] not in letters_of(choices):
        return said
    before = sentence[: beside.start()]
    return beside[1] if _COUNTED.search(before) and not _CAPITAL.search(before) else said


_BESIDE = re.compile(
    r" (?:or|i\.e\.,?|that is,?|which is) (?:(?:option|choice|answer) )?\(?([A-Z])\)?\W*+\Z"
)
_COUNTED, _CAPITAL = re.compile(r"[0-9)]"), re.compile(r"[A-Z]")
"""A letter that only names again what was said: "63/4, or D"."""

_DENIES_FIRST = re.compile(r"\W*(?:not|neither|nicht|pas|no|non|não)\b", re.IGNORECASE)


def concluded(sentence: str, choices: Choices = ()) -> Said:
    """The choice made by a sentence that nothing announces."""
    statement = whole(sentence, choices)
    if statement is not None:
        return statement
    match = LETTER.match(sentence)
    if match and (match["held"] or match["closed"]):
        opening = letter_at(match)
        ends = sentence[opening.end :].strip(" .!")
        if not ends or same_option(ends, opening.letter, choices):
            return _chosen(opening, sentence, choices)
    candidates = chosen_letters(sentence, choices)
    meant = _meant(candidates, sentence)
    if meant:
        if _JOINED_BEFORE.search(sentence[: meant[-1].start]):
            return SILENT
        return _chosen(meant[-1], sentence, choices)
    if candidates or _negates(_PROVISO.split(sentence, maxsplit=1)[0]):
        return None
    held = {letter.upper() for letter in _BRACKETED.findall(sentence)}
    if held:
        letter = held.pop()
        return letter if not held and letter in letters_of(choices) else SILENT
    return _by_text(sentence, choices)


_JOINED_BEFORE = re.compile(
    r"(?:\b[A-Z]\)?,?\s+(?:and|or)|\bboth)\s*(?:option |choice )?\(?$", re.IGNORECASE
)


def _meant(letters: Sequence[Letter], sentence: str) -> list[Letter]:
    return [letter for letter in letters if not is_denied(letter, sentence)]


def _negates(sentence: str) -> bool:
    """Whether a sentence denies something, or rules something out."""
    lower = sentence.lower()
    return any(map(lower.__contains__, _NEGATING)) and _NEGATION.search(sentence) is not None


def _chosen(letter: Letter, sentence: str, choices: Choices) -> Said:
    """The letter; silence where there is no such option, or where another stands beside it."""
    place = letters_of(choices).find(letter.letter)
    if place < 0:
        return SILENT
    rest = sentence[letter.end :]
    if place < len(choices):
        option = plain(options_of(choices)[place]).strip()
        if rest.strip().lower().startswith(option.lower()):
            rest = rest.lstrip()[len(option) :]
    another = ANOTHER.match(rest)
    return SILENT if another and _letter_in(another[0]) != letter.letter else letter.letter


def _letter_in(text: str) -> str:
    return text.rstrip(" )\"'.!").upper()[-1:]


_BY_PLACE = re.compile(
    r"(?:\A\W*|\b(?:go(?:ing)? with|choose|chose|pick|select|guess|say|answer is|choice is)\s+)"
    r"the (?P<place>first|second|third|fourth|fifth) (?:option|choice|alternative|answer)\b(?=\W*\Z)",
    re.IGNORECASE,
)
_PLACES = ("first", "second", "third", "fourth", "fifth")


def _by_place(sentence: str, choices: Choices) -> str | None:
    """The letter of an option that a sentence ends in by its place: "I'd go with the third option"."""
    match = _BY_PLACE.search(sentence)
    if match is None or _negates(sentence):
        return None
    place = _PLACES.index(match["place"].lower())
    return ascii_uppercase[place] if place < len(letters_of(choices)) else None


_PROVISO = re.compile(r",? (?:if|when|unless|although|though)\b", re.IGNORECASE)


def _by_text(sentence: str, choices: Choices) -> Said:
    """The letter of the only option whose text stands in a sentence that does not deny it."""
    options = options_of(choices)
    if _negates(sentence) and named(sentence, options) is None:
        stated = _PROVISO.split(sentence, maxsplit=1)[0]
        if stated != sentence and not _negates(stated):
            return _at(only_named(stated, options), choices)
        return SILENT if re.search(r"\bnone of\b", sentence, re.IGNORECASE) else None
    said = only_named(sentence, options)
    if said is None and "=" in sentence:
        # the result of "81900 * 1.05 = 85995" is an option, not its sum
        said = named(sentence.rpartition("=")[2], options)
    if said is None and (end := max(sentence.rfind(copula) + len(copula) for copula in _IS)) > 4:
        # "the degree of Q(sqrt(2)) over Q is 4"
        said = named(sentence[end:], options)
    return _by_place(sentence, choices) if said is None else _at(said, choices)


_IS = (" is ", " are ", " was ", " were ", " equals ")


def _at(place: int | None, choices: Choices) -> str | None:
    """The letter of the option at a place, unless another has the same text: neither was said then."""
    return (
        None if place is None or place in repeated(options_of(choices)) else ascii_uppercase[place]
    )


_JUDGED = re.compile(
    r"[ \t>*(-]*(?P<letter>[A-Z])[).:*]{1,3} (?:(?:this|that|it|option [A-Z]) is )?"
    r"(?:(?P<right>correct|right|true)|wrong|incorrect|false|not (?:correct|right|true))\b[^\n]*",
    re.IGNORECASE,
)


def _with_verdict(text: str) -> str:
    """A text that ends in what is right and wrong of each option, with the one that is right said behind it."""
    lines = [line for line in text[-_LONGEST_LIST:].split("\n") if line.strip()]
    judged = []
    while lines and (match := _JUDGED.fullmatch(lines.pop())):
        judged.append(match)
    right = [match["letter"].upper() for match in judged if match["right"]]
    return f"{text}\nSo ({right[0]})." if len(judged) > 2 and len(right) == 1 else text


_LONGEST_LIST = 1000
"""Characters of a text in which such a list is looked for: its last."""
READER = Reader(whole, announced, concluded, back=1, prepared=_with_verdict)
