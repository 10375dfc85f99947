"""The letters of options that a sentence names: where they stand, whether they are meant as such, and denied."""

from __future__ import annotations

import re
from string import ascii_uppercase
from typing import NamedTuple

from harness.reading import languages
from harness.reading.options import only_named, without_letters
from harness.reading.rules import Choices

LETTERS_ASSUMED = 5
"""Options of a problem that does not list any: A to E, as in most multiple-choice sets."""

MOST = 8
"""Letters of a sentence looked at, from the last: a bound, for models that stutter."""


class Letter(NamedTuple):
    """A letter in a sentence: where it stands, and whether brackets or a noun show that it is one."""

    letter: str
    start: int
    end: int
    shown: bool


_LEAD = r"[\s\"'*.,:;-]*+(?:(?:that|probably|clearly|definitely|most likely|likely|the|it is|it's)\s+)*+"
_NOUN = r"(?:(?P<noun>answer|option|choice|letter)\b\s*+(?::\s*+)?)?"
_ENDS = r"(?![A-Za-z0-9_\u00c0-\u052f']|-(?!-))"
LETTER = re.compile(
    rf"{_LEAD}{_NOUN}(?:[(\[<](?P<held>[A-Za-z])[)\].>]|(?P<bare>[A-Za-z])(?P<closed>[).:\]])?{_ENDS})",
    re.IGNORECASE,
)
ANOTHER = re.compile(
    r"[\s\"').\]]*(?:,|/|&|(?:and|or|as well as)\b)\s*(?:(?:and|or|option|choice)\s+)?"
    r"(?:\([A-Za-z]\)|[A-Z](?![\w']))|(?:\s+[A-Z])+\W*\Z|\)?\s*\([A-Z]\)"
)
_PRAISE = (
    r"(?:correct|right|best|true|better (?:supported|answer|option|choice)|most (?:likely|plausible|fitting|accurate)"
    r"|the (?:\w+ ){0,3}(?:answer|option|choice|fit))\b"
)
_CHOSEN = re.compile(
    r"(?:\b(?P<noun>option|choice|answer)\s+)?"
    r"(?:[(\[<](?P<held>[A-Za-z])[)\]>]|\b(?P<bare>[B-HJ-Z]|A(?=\)|\s(?:is|would|must|seems))|I(?=\)|\s(?:is|seems)))\b\)?)"
    rf"(?:(?!\b[A-Z]\b)[^.()\n]){{0,80}}?\b(?:is|would be|must be|seems)\s+(?:\w+ly\s+)?{_PRAISE}"
)
_GOING = re.compile(
    r"(?:go(?:ing)? with|choose|chose|pick|select|guess|say|so|thus|therefore|hence|is|be|it's|but"
    r"|leav(?:es|ing)(?: us)?(?: with)?|left with|remains|likely|lean(?:ing)? (?:to|towards?)|opt(?:ing)? for"
    r"|favou?rs|points to|settl(?:e|ing) (?:on|for)|decid(?:e|ing) (?:on|for)|vote for|in favou?r of|:)[\s,:]{1,4}+"
    r"(?:only )?(?:the |an? (?=\())?"
    r"(?:(?P<noun>option|choice|answer|letter) )?(?:[(\[<](?P<held>[A-Za-z])[)\]>]|(?P<bare>[A-Z])(?![\w'-]))",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?i:only)\s+(?i:(?P<noun>option|choice|answer)\s+)?(?:\((?P<held>[A-Za-z])\)|(?P<bare>[A-Z])(?![\w'-]))"
    r"\s+(?:remains|is left|fits|works|matches|satisfies|holds|can be|survives|stands|qualifies|applies"
    r"|is (?:possible|plausible|consistent|valid|true)|makes sense|agrees)\b"
)
_IT_IS = re.compile(
    r"(?P<noun>(?:option|choice) )?(?:\((?P<held>[A-Za-z])\)|\b(?P<bare>[B-Z])) it is\b(?=\W*\Z)"
)
_REASON = re.compile(
    r"(?:because|since|as|which|for|due|while|car|porque|weil|denn|puisque|parce|pois|perch[eé])\b"
)
_BAD = (
    r"(?:not|in(?:correct|valid|accurate|consistent)|wrong|false|untrue|unlikely|impossible|implausible|im\w+ible|out"
    r"|eliminated|excluded|ruled out|discarded|dismissed|rejected|irrelevant|less \w+|worse|never)\b"
)
_DENIED_BEHIND = re.compile(
    r"[)\].,\"'\s]{0,3}(?:\([^()\n]{0,60}\)|,[^,\n]{0,60},)?\s*(?:"
    r"(?:is|are|was|were|(?:can|may|must|should|could|would|might|will)(?:\s\w+)? be|has been|seems?|looks?)"
    rf"\s+(?:(?:\w+ly|also|thus|therefore|the|an?|to be|clearly|then|too)\s+){{0,2}}{_BAD}"
    r"|(?:is|was|does|do|did|can|could|would|will|has|must|should)(?:n't\b|\s*not\b)|can(?:no|')t\b|fails?\b|contradicts\b)",
    re.IGNORECASE,
)
_DENIED_BEFORE = re.compile(
    r"(?:n't|\b(?:not|cannot|never|neither|nor|rul(?:e|es|ed|ing) out|eliminat\w*|exclud\w*|reject\w*|discard\w*"
    r"|dismiss\w*|rather than|instead of|unlike|except(?: for)?|than))\s+(?:be\s+)?(?:the\s+)?"
    r"(?:(?:options?|choices?|answers?|letters?)\s+)?\(?\Z|不选?是?\Z",
    re.IGNORECASE,
)
_VERB_OF_A = re.compile(
    r"(?:is|are|was|because|since|would|must|should|seems|can|cannot|can't|isn't|does|doesn't|fails|as|and|or|in|with"
    r"|matches|fits|fails|due|not|but|rather|instead|alone|only|remains)\b|than\b"
)
_SPEAKS = re.compile(
    r",?\s*(?:as|however|too|for|personally|unfortunately|being|therefore|in|the|myself|like|and|or|am|have)\b"
)


def letters_of(choices: Choices) -> str:
    """The letters that stand for the choices: ABC for three, A to E where none are listed."""
    return ascii_uppercase[: len(choices) or LETTERS_ASSUMED]


def chosen_letters(sentence: str, choices: Choices) -> list[Letter]:
    """The letters that a sentence may choose, in order: "so B", "B is correct", "which leaves C"."""
    letters = [
        letter_at(match)
        for pattern in (_CHOSEN, _GOING, _ONLY, _IT_IS)
        for match in pattern.finditer(sentence)
        if match["held"] or match["bare"].isupper() or not sentence[match.end() :].strip(" .!)")
    ]
    letters += [Letter(letter, *place, shown=True) for letter, place in languages.chosen(sentence)]
    letters = sorted(letters, key=lambda letter: letter.start)[-MOST:]
    return [letter for letter in letters if letter.shown or not _is_word(letter, sentence, choices)]


def letter_at(match: re.Match[str]) -> Letter:
    """The letter of a match, without what the pattern looks at behind it."""
    group = "held" if match["held"] else "bare"
    fields = match.groupdict()
    shown = bool(match["held"] or fields.get("noun") or fields.get("closed"))
    closing = 1 if match["held"] or fields.get("closed") else 0
    return Letter(match[group].upper(), match.start(group), match.end(group) + closing, shown)


def opening_letter(sentence: str) -> Letter | None:
    """The letter with which a sentence begins, in English or another language."""
    foreign = languages.LETTER.match(sentence)
    match = LETTER.match(sentence)
    if match and not (foreign and match["bare"] and match["bare"].islower()):
        return letter_at(match)
    return Letter(foreign["letter"], *foreign.span("letter"), shown=True) if foreign else None


def _is_word(letter: Letter, sentence: str, choices: Choices) -> bool:
    """Whether an A is the article ("so A careful count") or an I the speaker ("so I cannot say")."""
    rest = sentence[letter.end :]
    following = rest.strip(" .!?\"'*)")
    if letter.letter not in "AI" or not following or rest[0] in ").:]":
        return False
    if letter.letter == "I":
        return bool(_SPEAKS.match(rest)) or not (
            following[0] in ",;/&=("
            or following.startswith(("is ", "seems ", "because ", "since "))
        )
    if following[0] in ",;/&=(-—" or not following[0].isascii() or _VERB_OF_A.match(following):
        return False
    return not same_option(following, letter.letter, choices)


def stands_for_a_letter(letter: Letter, sentence: str, choices: Choices) -> bool:
    """Whether a letter is meant as one: not the article of "a careful count", nor the I of a speaker."""
    if letter.shown:
        return True
    following = sentence[letter.end :].strip(" .!?\"'")
    upper = sentence[letter.start].isupper()
    if letter.letter == "I" and following and _SPEAKS.match(sentence, letter.end):
        return False
    if (
        not following
        or following[0] in ",;/&-=。"
        or not following[0].isascii()
        or ANOTHER.match(sentence, letter.end)
    ):
        return upper or not following
    if same_option(following, letter.letter, choices) or _REASON.match(following):
        return True
    return upper and letter.letter not in "AI"


def is_denied(letter: Letter, sentence: str) -> bool:
    """Whether a sentence says that an option is not it: "B is incorrect", "rather than B"."""
    if languages.DENIES.match(sentence, letter.end) or _DENIED_BEHIND.match(sentence, letter.end):
        return True
    return _DENIED_BEFORE.search(sentence, max(0, letter.start - 40), letter.start) is not None


def same_option(following: str, letter: str, choices: Choices) -> bool:
    """Whether the text behind a letter is the text of its option: "D past"."""
    place = letters_of(choices).find(letter)
    if not 0 <= place < len(choices):
        return False
    option = options_of(choices)[place : place + 1]
    found = only_named(following, option)
    return found is not None and len(following) <= 2 * len(option[0]) + 20


def options_of(choices: Choices) -> tuple[str, ...]:
    """The texts of the options, without the letters that they carry."""
    return without_letters(tuple(choices))
