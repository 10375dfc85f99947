"""Reads yes or no: the word with which a sentence answers, not one that happens to stand in it."""

from __future__ import annotations

import re

from harness.reading.rules import SILENT, Choices, Reader, Said

_TRUTH = {
    "yes": "yes", "yeah": "yes", "yep": "yes", "true": "yes",
    "no": "no", "nope": "no", "nah": "no", "false": "no",
}  # fmt: skip
_ABROAD = dict.fromkeys(
    "sí sì sim oui ja jawohl да evet tak はい 是 是的 对 對 네 예".split(), "yes"
) | dict.fromkeys("não non nein nee нет hayır nie いいえ 否 不是 不 아니요 아니오".split(), "no")
"""What other languages say; "no" and "si" say too much in others to be told apart."""

_SAID = ("no", "nah", "ye", "true", "false")
"""One of these stands in every answer: looking for a word is cheaper than any pattern."""

_OFFER = re.compile(
    r"\b(?:yes\s{0,3}(?:or|/)\s{0,3}no|true\s{0,3}(?:or|/)\s{0,3}false)\b\)?", re.IGNORECASE
)
_LEAD = (
    r"[\s\"'(\[*.,:;-]*+(?:(?:that|an?|definitely|probably|clearly|simply|most likely|likely|technically|essentially"
    r"|basically|certainly|therefore|thus|so|to answer (?:the|your|this) question|in conclusion|in short|in summary"
    r"|finally|hence|overall|conclusion|step [0-9]{1,3}|[0-9]{1,2}[.)]|[a-z]\)"
    r"|well|i(?: would|'d)? (?:say|guess|think|believe)"
    r"|it(?: is|'s| should be| must be| would be))[\s,.:]++)*+[\"'(\[]?"
)
_WORD = re.compile(rf"{_LEAD}(?P<word>yes|no|yeah|yep|nope|nah)\b(?!-\w)", re.IGNORECASE)
_TRUE = re.compile(rf"{_LEAD}(?P<word>true|false)\b(?!-\w)", re.IGNORECASE)
_DENIED = re.compile(r"\W*not (?:yes|no|true|false)\b", re.IGNORECASE)
_BOTH = re.compile(r"\W{1,3}(?:and|or|but also|/)\W{1,3}(?:yes|no|true|false)\b", re.IGNORECASE)
_ANSWERS = re.compile(
    r"\W*+\Z|[\"'](?=\W)|[\s\"')\]]*+(?:[.,:;!?(—→|…~=-]|(?:because|since|as|given|due|for)\b)|\s++(?:the|it|he|she|they|there|i|we|you|this|that|these|those)\b",
    re.IGNORECASE,
)


_AFTER_ALL = re.compile(
    r"[,;:—-] ?(?:but|so|and so|thus|hence|therefore),? (yes|no)\W*\Z", re.IGNORECASE
)
_LAST = re.compile(r":\s*(yes|no)\W*\Z", re.IGNORECASE)
"""A verdict behind a colon, whatever is said before it: "No doubt: yes"."""

_VERDICT = re.compile(
    r"(?:\A\W*(?:(?:so|thus|hence|therefore|overall|then|consequently),? )*+"
    r"|[,;:—] ?(?:and )?(?:so|thus|hence|therefore),? )"
    r"(?:(?:the|this|that) (?:given |original )?"
    r"(?:statement|claim|proposition|assertion|sentence|hypothesis|conclusion)|it|this|that)"
    r" (?:is|must be|would be) (?:therefore |thus |clearly |simply )?"
    r"(?P<denied>not )?(?P<word>true|false)(?:\W*\Z|,? (?:because|since)\b)",
    re.IGNORECASE,
)
_NOT_AT_ALL = re.compile(
    r"\W*(?:(?:so|well|then),? )?(?:absolutely|definitely|certainly|surely|of course|clearly|probably) not\W*",
    re.IGNORECASE,
)


def whole(text: str, choices: Choices = ()) -> str | None:
    """`yes` or `no` where `text` is that word (or true, false) and nothing else."""
    word = text.strip(" \t\n\"'.,:;!*()[]。！").lower()
    return _TRUTH.get(word) or _ABROAD.get(word)


def announced(sentence: str, choices: Choices = ()) -> Said:
    """The answer of a sentence that an answer phrase announces, which may be true or false."""
    sentence = _OFFER.sub(" ", sentence)
    first = re.split(r"[,.;:!。，！]", sentence.strip(" :"), maxsplit=1)[0]
    if (abroad := _ABROAD.get(first.strip(" \"'*").lower())) is not None:
        return abroad
    if _DENIED.match(sentence):  # "not yes, but no"
        last = _AFTER_ALL.search(sentence)
        return None if last is None else _TRUTH[last[1].lower()]
    return _answered(sentence, _TRUE.match(sentence) or _WORD.match(sentence))


def concluded(sentence: str, choices: Choices = ()) -> Said:
    """The answer of a sentence that begins with it: "So, no, they are not"."""
    lower = sentence.lower()
    if not any(map(lower.__contains__, _SAID)):
        return None
    sentence = _OFFER.sub(" ", sentence)
    if "not" in lower and _NOT_AT_ALL.fullmatch(sentence):
        return "no"
    judges = "true" in lower or "false" in lower
    if (
        judges
        and (judged := _TRUE.match(sentence))
        and not sentence[judged.end() :].strip(" .!\"')*")
    ):
        return _TRUTH[judged["word"].lower()]
    if judges and (verdict := _VERDICT.search(sentence)):
        true = (verdict["word"].lower() == "true") != bool(verdict["denied"])
        return "yes" if true else "no"
    if (last := _LAST.search(sentence)) and not _BOTH.search(sentence):
        return _TRUTH[last[1].lower()]
    if (last := _AFTER_ALL.search(sentence)) and not _BOTH.search(sentence):
        return _TRUTH[last[1].lower()]
    return whole(sentence) or _answered(sentence, _WORD.match(sentence))


def _answered(sentence: str, match: re.Match[str] | None) -> Said:
    if match is None:
        return None
    if _BOTH.match(sentence, match.end()):
        return SILENT
    answer = _TRUTH[match["word"].lower()]
    # "no flips", "no one" and "no evidence" are no answers; "yes it is" is one
    return answer if answer == "yes" or _ANSWERS.match(sentence, match.end()) else None


READER = Reader(whole, announced, concluded, back=200)
