"""Reads letters that were put together: "nk", "n, k", "n k" and "n-k" are all `nk`.

The normal form is lower case with the accents kept, without blanks, commas, dots, hyphens, quotes.
"""

from __future__ import annotations

import re
import unicodedata

from harness.reading.rules import SILENT, Choices, Reader, Said

_SEPARATORS = " \t\n\"'.,;:-_+!()[]"
_QUOTED = re.compile(r"\"([^\"\n]{1,200})\"")
_QUOTED_ANSWER = re.compile(r"\"([^\"\n]{1,200})\" is (?:the|my|our) (?:final |correct )?answer\b")
_LISTED = re.compile(r"[\s\"'(]*+(?:[^\W\d_](?![^\W\d_])(?:[\s\"',.+)-]|and\b)*+){2,}+\Z")
_SO = re.compile(r"\s*(?:so|thus|hence|therefore),? ([^\W\d_]{2,})\W*", re.IGNORECASE)
_WORD = re.compile(r"[\s\"'(]*+([^\W\d_](?:[^\W\d_]|-(?=[^\W\d_]))*+)(?P<rest>[^\n]*)")
_STATES = re.compile(
    r"(?:=|:|→|\b(?:is|are|be|gives?(?: us)?|giving|gets?|makes?|becomes?|forms?|yields?|spells?|results? in))"
    r"[ \t]*+(?=\S)",
    re.IGNORECASE,
)
_REFUSALS = frozenset(
    ("unknown", "unclear", "undefined", "impossible", "uncertain", "undetermined")
)
_FUNCTION_WORDS = frozenset(
    "a i not no the an is are was of in on to it as that this same none known clear word words "
    "letter letters last first name names be by for and or we you they can so".split()
)
_LONGEST = 200
"""Letters of one answer, at most."""


def whole(text: str, choices: Choices = ()) -> str | None:
    """The letters that `text` is, in normal form: one word, or a list of single letters."""
    text = text.strip()
    if _LISTED.match(text):
        return _listed(text)
    return _joined(text.strip(_SEPARATORS))


def announced(sentence: str, choices: Choices = ()) -> Said:
    """The letters that a sentence announced by an answer phrase states."""
    letters_said = whole(sentence)
    if letters_said is not None:
        return letters_said
    states = list(_STATES.finditer(sentence))
    if states and states[-1][0].strip() in ("=", ":", "→"):
        sentence = sentence[states[-1].end() :]
    quoted = _first_quoted(sentence)
    if quoted is not None:
        return quoted
    if _LISTED.match(sentence):
        return _listed(sentence)
    return _first_word(sentence)


def concluded(sentence: str, choices: Choices = ()) -> Said:
    """The letters that a sentence states at its end: after "are", "gives", "=" or a colon."""
    letters_said = whole(sentence)
    if letters_said is not None:
        return letters_said
    if (so := _SO.fullmatch(sentence)) and so[1].lower() not in _FUNCTION_WORDS:
        return _joined(so[1])
    if (quoted := _QUOTED_ANSWER.search(sentence)) is not None:
        return _joined(quoted[1].translate(_NO_SEPARATORS))
    for match in reversed(list(_STATES.finditer(sentence))[-3:]):
        stated = announced(sentence[match.end() :].strip())
        if isinstance(stated, str):
            return stated
    return None


def _joined(text: str) -> str | None:
    """One word in normal form; None for two words, digits, or a word that refuses."""
    text = unicodedata.normalize("NFC", text.replace("-", "").replace(".", "")).lower()
    text = unicodedata.normalize("NFC", text)  # lower case may bring marks that join again
    if not text.isalpha() or len(text) > _LONGEST or text in _REFUSALS:
        return None
    return text


def _listed(text: str) -> str | None:
    """Single letters, of which "and" and signs are no part, put together."""
    return _joined("".join(piece for piece in re.split(r"[\W\d_]+", text) if piece != "and"))


def _first_quoted(sentence: str) -> str | None:
    """The quoted pieces with which a sentence begins, put together: `"k", "t", "e"`."""
    pieces, place = [], 0
    for match in _QUOTED.finditer(sentence):
        if sentence[place : match.start()].strip(" ,+&").lower() not in ("", "and"):
            break
        pieces.append(match[1])
        place = match.end()
    return _joined("".join(" ".join(pieces).split()).translate(_NO_SEPARATORS)) if pieces else None


_NO_SEPARATORS = str.maketrans("", "", _SEPARATORS)


def _first_word(sentence: str) -> Said:
    """The first word, or the few pieces of one that a tokenizer tore apart: "lae y"."""
    match = _WORD.match(sentence)
    if match is None:
        return None
    head = re.split(r"[,;:.(!?\"]", sentence.strip(" \"'("), maxsplit=1)[0]
    pieces = head.split()
    if len(pieces) == 1:
        return _joined(pieces[0].strip(_SEPARATORS))
    torn = len(pieces) <= 4 and min(map(len, pieces)) <= 2 and max(map(len, pieces)) <= 6
    if torn and not _FUNCTION_WORDS & {piece.lower() for piece in pieces}:
        return _joined("".join(pieces))
    return SILENT if pieces and pieces[0].lower() in ("not", "unknown") else None


READER = Reader(whole, announced, concluded, back=0)
