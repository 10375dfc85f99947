"""Reads an answer in free words, such as a name, a title, a list of words or a row of brackets.

The normal form is the answer as it was written, with single blanks, without outer quotes or a closing
stop, and without the stops of initials ("J. K. Rowling" would else end in a sentence of its own). Two
answers are one where case, articles and punctuation are all that tells them apart, as SQuAD compares
answers (Rajpurkar et al., 2016, arXiv:1606.05250); `overlap` is its F1.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable
from functools import lru_cache

from harness.reading.announcements import announces
from harness.reading.markup import unbraced
from harness.reading.rules import SILENT, Choices, Reader, Said, read
from harness.reading.sentences import LONGEST_SENTENCE, sentences

_LONGEST = 30
"""Words of an answer, at most: more is a text about it."""

_BRACKETS = "()[]{}<>"
_LETTERS = "ꓐꓑꓒꓓꓔꓕꓖꓗ"
"""Brackets stand as rare letters while a text is read: the rules pass over what has no letter."""

_ROW = re.compile(r"(?<!\S)[()\[\]{}<>]++(?:[ ,]++[()\[\]{}<>]++)*+(?=[.,]?(?:\s|\Z))")
_INITIALS = re.compile(
    # no initial is looked at again for itself where the row that it stands in was
    r"\b(?:(?<!\b[A-Z]\.)(?:[A-Z]\.)++|(?:v|Adm|Capt|Col|Gen|Gov|Jr|Lt|Prof|Rep|Rev|Sen|Sgt|Sr)\.)(?=,? [^\W_])"
)
_REFUSAL = re.compile(
    r"(?:i (?:don't|do not|am not|cannot|can't)|unknown|unclear|undefined|nan|none|not (?:clear|known|certain|sure)"
    r"|it (?:depends|cannot|is unclear|is unknown|is impossible)|cannot|there is no|not enough|sorry)\b",
    re.IGNORECASE,
)
_REASON = re.compile(r",? (?:because|since|so that)\b", re.IGNORECASE)
_RELATIVE = re.compile(r", (?:who|whose|whom)\b")
"""What tells more of an answer than it is: "Marie Curie, who won it twice"."""

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]+")
_AROUND = " \t\"'`,;:"


def _prepared(text: str) -> str:
    """A text with rows of brackets as letters, and initials without their stops."""
    text = _ROW.sub(lambda row: _exchanged(row[0], _BRACKETS, _LETTERS).replace(",", ""), text)
    return _INITIALS.sub(lambda initials: initials[0].replace(".", ""), text)


def _exchanged(text: str, signs: str, others: str) -> str:
    for sign, other in zip(signs, others, strict=True):  # several times as fast as `str.translate`
        text = text.replace(sign, other)
    return text


def whole(text: str, choices: Choices = ()) -> str | None:
    """The answer that `text` is, in normal form: one line of at most 30 words that gives no reason."""
    answer = _answer(text)
    return answer if answer is not None and _reads_as_itself(answer) else None


def _answer(text: str, choices: Choices = ()) -> str | None:
    """As `whole`, of a text that may read otherwise in a sentence."""
    if "\n" in text.strip() or "\\" in text:
        return None
    answer = _trimmed(text)
    if len(answer) > LONGEST_SENTENCE:  # in a sentence it would not be read to its end
        return None
    if not 0 < len(answer.split()) <= _LONGEST or _REFUSAL.match(answer):
        return None
    if _REASON.search(answer) or announces(answer) or len(sentences(f"{answer}.")) != 1:
        return None
    if not key(answer):
        return None
    return answer if answer.isascii() else _exchanged(answer, _LETTERS, _BRACKETS)


def _trimmed(text: str) -> str:
    answer = " ".join(unbraced(text).split()).strip(_AROUND)
    shorter = answer.removesuffix(".").strip(_AROUND)
    while shorter != answer:
        answer, shorter = shorter, shorter.removesuffix(".").strip(_AROUND)
    return answer


@lru_cache(maxsize=65536)
def _reads_as_itself(answer: str) -> bool:
    """Whether an answer reads the same alone and in a sentence that announces it."""
    in_a_text = f"So it is. So the answer is {answer}.\n\nQ: 7?"
    return all(read(_UNCHECKED, said).answer == answer for said in (answer, in_a_text))


def announced(sentence: str, choices: Choices = ()) -> Said:
    """The answer that a sentence announced by an answer phrase gives."""
    return _announced(sentence, whole)


def _announced(sentence: str, reads: Callable[[str], str | None]) -> Said:
    if _REFUSAL.match(sentence.strip(_AROUND)):
        return SILENT
    return reads(_RELATIVE.split(_REASON.split(sentence, maxsplit=1)[0], maxsplit=1)[0])


def concluded(sentence: str, choices: Choices = ()) -> Said:
    """Nothing: of free words nothing tells the answer from the rest."""
    return None


def key(answer: str) -> str:
    """What an answer shares with all that count as the same: its words in lower case, without articles.

    An answer that is punctuation alone is its signs.
    """
    words = _PUNCTUATION.sub("", answer.lower())
    bare = " ".join(_ARTICLES.sub(" ", words).split())
    return bare or "".join(answer.lower().split())


def overlap(answer: str, gold: str) -> float:
    """SQuAD's F1 of two answers: the harmonic mean of the shares of their words that both have.

    0 to 1. "yes" and "no" share nothing with a longer answer.
    """
    said, meant = key(answer).split(), key(gold).split()
    if {" ".join(said), " ".join(meant)} & {"yes", "no"}:
        return float(said == meant)
    common = sum((Counter(said) & Counter(meant)).values())
    return 2 * common / (len(said) + len(meant))


_UNCHECKED = Reader(
    _answer, lambda sentence, choices: _announced(sentence, _answer), concluded, prepared=_prepared
)
READER = Reader(whole, announced, concluded, prepared=_prepared)
