"""Reads a choice: the letter of an option, or the text of exactly one option."""

from __future__ import annotations

import re
from string import ascii_uppercase
from typing import NamedTuple

from harness.reading import languages
from harness.reading.markup import plain
from harness.reading.options import named, only_named, repeated, without_letters
from harness.reading.rules import SILENT, Choices, Reader, Said

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
_NAMED_LETTER = re.compile(
    r"(?:(?:the )?(?:option|choice|letter|answer)[ :]++)?[(\[<_ ]*([A-Z])[)\]>_ .:。]*",
    re.IGNORECASE,
)
_ENDS = r"(?![A-Za-z0-9_\u00c0-\u052f']|-(?!-))"
_LETTER = re.compile(
    rf"{_LEAD}{_NOUN}(?:[(\[<](?P<held>[A-Za-z])[)\].>]|(?P<bare>[A-Za-z])(?P<closed>[).:\]])?{_ENDS})",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
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
_REASON = re.compile(
    r"(?:because|since|as|which|for|due|while|car|porque|weil|denn|puisque|parce|pois|perch[eé])\b"
)
_CLAUSE = re.compile(r",? (?:because|since|as|not|and not|rather than|instead of|unlike|whereas)\b")
_BRACKETED = re.compile(r"\(([A-Za-z])\)")
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


def whole(text: str, choices: Choices = ()) -> str | None:
    """The letter that `text` is ("B", "(b)", "b."), or stands for as the text of one option."""
    text = text.strip(" \t\n\"'.,:;。")
    bare = _NAMED_LETTER.fullmatch(text)
    if bare and bare[1].upper() in letters_of(choices):
        return bare[1].upper()
    return _at(named(text, _options(choices)), choices)


def announced(sentence: str, choices: Choices = ()) -> Said:
    """The choice made by a sentence that an answer phrase announces."""
    letter = whole(sentence, choices)
    if letter is not None:
        return letter
    opening = _opening(sentence)
    if opening and _stands_for_a_letter(opening, sentence, choices):
        return None if _is_denied(opening, sentence) else _chosen(opening, sentence, choices)
    if _DENIES_FIRST.match(sentence):
        meant = _meant(sentence, choices)
        return _chosen(meant[-1], sentence, choices) if meant else None
    said = _by_text(_CLAUSE.split(sentence, maxsplit=1)[0], choices) or _by_text(sentence, choices)
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
    match = _LETTER.match(sentence)
    if match and (match["held"] or match["closed"]):
        opening = _letter(match)
        ends = sentence[opening.end :].strip(" .!")
        if not ends or _same_option(ends, opening.letter, choices):
            return _chosen(opening, sentence, choices)
    candidates = list(_candidates(sentence, choices))
    meant = [letter for letter in candidates if not _is_denied(letter, sentence)]
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


def _negates(sentence: str) -> bool:
    """Whether a sentence denies something, or rules something out."""
    lower = sentence.lower()
    return any(map(lower.__contains__, _NEGATING)) and _NEGATION.search(sentence) is not None


def _meant(sentence: str, choices: Choices) -> list[Letter]:
    return [letter for letter in _candidates(sentence, choices) if not _is_denied(letter, sentence)]


def _candidates(sentence: str, choices: Choices) -> list[Letter]:
    """The letters that a sentence may choose, in order: "so B", "B is correct", "which leaves C"."""
    letters = [
        _letter(match)
        for pattern in (_CHOSEN, _GOING, _ONLY, _IT_IS)
        for match in pattern.finditer(sentence)
        if match["held"] or match["bare"].isupper() or not sentence[match.end() :].strip(" .!)")
    ]
    letters += [Letter(letter, *place, shown=True) for letter, place in languages.chosen(sentence)]
    letters = sorted(letters, key=lambda letter: letter.start)[-MOST:]
    return [letter for letter in letters if letter.shown or not _is_word(letter, sentence, choices)]


def _letter(match: re.Match[str]) -> Letter:
    """The letter of a match, without what the pattern looks at behind it."""
    group = "held" if match["held"] else "bare"
    fields = match.groupdict()
    shown = bool(match["held"] or fields.get("noun") or fields.get("closed"))
    closing = 1 if match["held"] or fields.get("closed") else 0
    return Letter(match[group].upper(), match.start(group), match.end(group) + closing, shown)


def _opening(sentence: str) -> Letter | None:
    """The letter with which a sentence begins, in English or another language."""
    foreign = languages.LETTER.match(sentence)
    match = _LETTER.match(sentence)
    if match and not (foreign and match["bare"] and match["bare"].islower()):
        return _letter(match)
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
    return not _same_option(following, letter.letter, choices)


def _stands_for_a_letter(letter: Letter, sentence: str, choices: Choices) -> bool:
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
        or _ANOTHER.match(sentence, letter.end)
    ):
        return upper or not following
    if _same_option(following, letter.letter, choices) or _REASON.match(following):
        return True
    return upper and letter.letter not in "AI"


def _is_denied(letter: Letter, sentence: str) -> bool:
    """Whether a sentence says that an option is not it: "B is incorrect", "rather than B"."""
    if languages.DENIES.match(sentence, letter.end) or _DENIED_BEHIND.match(sentence, letter.end):
        return True
    return _DENIED_BEFORE.search(sentence, max(0, letter.start - 40), letter.start) is not None


def _same_option(following: str, letter: str, choices: Choices) -> bool:
    """Whether the text behind a letter is the text of its option: "D past"."""
    place = letters_of(choices).find(letter)
    if not 0 <= place < len(choices):
        return False
    option = _options(choices)[place : place + 1]
    found = only_named(following, option)
    return found is not None and len(following) <= 2 * len(option[0]) + 20


def _chosen(letter: Letter, sentence: str, choices: Choices) -> Said:
    """The letter; silence where there is no such option, or where another stands beside it."""
    place = letters_of(choices).find(letter.letter)
    if place < 0:
        return SILENT
    rest = sentence[letter.end :]
    if place < len(choices):
        option = plain(_options(choices)[place]).strip()
        if rest.strip().lower().startswith(option.lower()):
            rest = rest.lstrip()[len(option) :]
    another = _ANOTHER.match(rest)
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
    options = _options(choices)
    if _negates(sentence) and named(sentence, options) is None:
        stated = _PROVISO.split(sentence, maxsplit=1)[0]
        if stated != sentence and not _negates(stated):
            return _at(only_named(stated, options), choices)
        return SILENT if re.search(r"\bnone of\b", sentence, re.IGNORECASE) else None
    said = only_named(sentence, options)
    if said is None and "=" in sentence:
        # the result of "81900 * 1.05 = 85995" is an option, not its sum
        said = named(sentence.rpartition("=")[2], options)
    return _by_place(sentence, choices) if said is None else _at(said, choices)


def _options(choices: Choices) -> tuple[str, ...]:
    return without_letters(tuple(choices))


def _at(place: int | None, choices: Choices) -> str | None:
    """The letter of the option at a place, unless another has the same text: neither was said then."""
    return None if place is None or place in repeated(_options(choices)) else ascii_uppercase[place]


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
