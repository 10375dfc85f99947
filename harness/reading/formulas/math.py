"""Reads a formula: a symbolic answer in LaTeX or plain signs, an interval, a set, words, or a number.

The normal form of a number is that of the kind `number` ("3/4" and `\\frac{3}{4}` are 0.75); of
anything else it is the formula as it was announced, cleaned (see `latex`). Whether two formulas are
equal is for `equality` to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from harness.reading.formulas.finding import hide, hide_plain, show
from harness.reading.formulas.normal import is_number, normal
from harness.reading.formulas.telling import HIDDEN, LONGEST, is_one
from harness.reading.markup import plain, unbraced
from harness.reading.numbers import number
from harness.reading.numbers.quantities import key as number_key
from harness.reading.numbers.words import may_count
from harness.reading.rules import SILENT, Choices, Reader, Said

_JOINED = re.compile(r"\s*(?:,|;|,? ?(?:and|or))\s*")
_SO = re.compile(r"\b(?:so|thus|hence|therefore)\b", re.IGNORECASE)
_NO_ANSWER = frozenset(
    "unknown unclear undetermined uncertain correct incorrect right wrong obvious clear simple "
    "nan not the that this it here there none answer missing".split()
)


def whole(text: str, choices: Choices = ()) -> str | None:
    """The formula that `text`, as `hide` leaves it, is; None if it is anything else, or more."""
    return _stable(_whole(text))


def known(text: str) -> str | None:
    """What is known to be an answer, such as a gold, in normal form: LaTeX without its dollars, or words.

    None for what is longer than an answer, several lines, or a worked solution.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST_KNOWN or "\n" in text or _WORKED.search(text):
        return None
    bare = _DELIMITERS.sub("", text)
    if (counted := _COUNTED.fullmatch(bare)) and (value := normal(counted[1])) and is_number(value):
        return value
    if bare.lower().strip(" .") in _NO_ANSWER or not _SAYS.search(bare):
        return None
    formula = None if _PROSE.search(_COMMAND.sub(" ", bare)) else _stable(normal(bare))
    if formula is not None:
        return formula
    words = " ".join(_BEYOND_WORDS.sub(" ", bare.lower()).split()).strip(" .")
    return _stable(normal(rf"\text{{{words}}}")) if _SAYS.search(words) else None


_LONGEST_KNOWN = 200
_COUNTED = re.compile(
    r"(?:\\text\{)?(\\?\$?-?[0-9][0-9.,]*(?: ?\\frac\{[0-9]+\}\{[0-9]+\})?) +[A-Za-z][A-Za-z. ]*\}?"
)
_WORKED = re.compile(r"\\f?boxed|\\fbox|####|</|<\||\?|\banswer\b", re.IGNORECASE)
_DELIMITERS = re.compile(r"(?<!\\)\$|\\[()\[\]]")
_COMMAND = re.compile(r"\\[A-Za-z]+(?:\{[A-Za-z *]*\})?")
_PROSE = re.compile(r"[A-Za-z]{3}")
_BEYOND_WORDS = re.compile(r"[^\w .,;:'()+*/%-]|_")
_SAYS = re.compile(r"[^\W_]")


@lru_cache(maxsize=65536)
def _stable(answer: str | None) -> str | None:
    """`answer` if it reads as itself, bare and in a sentence; else it is none, lest it change."""
    if answer is None or is_number(answer):
        return answer
    bare = _whole(unbraced(plain(hide(answer))))
    in_a_sentence = [show(word) for word in HIDDEN.findall(hide(f"${answer}$"))]
    return answer if bare == answer and in_a_sentence == [answer] else None


def _whole(text: str) -> str | None:
    # the point of ".5" is no full stop
    text = text.rstrip(" \t\n$.,;:\"'")
    opening = _OPENING.match(text)
    text = hide_plain(text[opening.end() :] if opening else text)
    if HIDDEN.fullmatch(text):
        return normal(show(text))
    if (listed := _list(text)) is not None:
        return listed
    if HIDDEN.search(text):
        return None
    if _PHRASE.fullmatch(text):
        return normal(rf"\text{{{text}}}")
    if _WORD.fullmatch(text):
        spelled = number.whole(text)
        return spelled or (None if text.lower() in _NO_ANSWER else normal(text))
    return number.whole(text)


_WORD = re.compile(r"[^\W\d_]+|\([A-Za-z]\)")
_OPENING = re.compile(r"(?:[\s$,;:\"']|\.(?![0-9]))+")
_PHRASE = re.compile(
    r"(?:there (?:is|are) )?(?:no|infinitely many) (?:(?:real|integer|such|positive|other|finite|unique) )?"
    r"(?:solutions?|roots?|values?|numbers?|integers?|points?|limit|intercepts?|zeros?)(?: exists?)?"
    r"|all (?:(?:non-?zero|positive|negative|nonnegative) )?(?:real numbers|reals|integers|rational numbers|values)"
    r"|(?:the )?empty set|infinitely many|(?:it )?(?:does not|doesn't) exist|dne"
    r"|not (?:a function|possible|defined|continuous|differentiable|real|an integer)"
    r"|(?:positive|negative) infinity|undefined",
    re.IGNORECASE,
)


def _list(text: str) -> str | None:
    """The formulas and numbers that commas or "and" part, as one list; None if anything else is said."""
    if len(text) > LONGEST * 4 or not (HIDDEN.search(text) or _NUMBERS.fullmatch(text)):
        return None
    pieces = [piece.strip("() ") if piece else "" for piece in _JOINT.split(text)]
    values: dict[str, None] = {}
    for piece in pieces:
        value = show(piece) if HIDDEN.fullmatch(piece) else number.whole(piece)
        if not value:  # the others need not be looked at: of a long text there may be hundreds
            return None
        values[value] = None
    return normal(_listed(list(values))) if len(pieces) > 1 else None


_JOINT = re.compile(r"\s*(?:,\s*(?:and|or)\b|,|;|\b(?:and|or)\b)\s*")


def announced(sentence: str, choices: Choices = ()) -> Said:
    """The formula or number that a sentence announced by an answer phrase states.

    Formulas that stand together ("$1$ and $x$") are one list.
    """
    bare = sentence.strip(" .")
    if len(bare) <= _SHORT and is_one(bare) and not _METRIC.fullmatch(bare):
        return _stable(normal(bare)) or SILENT
    sentence = hide_plain(sentence)
    # "$3x = 12$, so $x = 4$" states what follows from it
    parts = [part for part in _SO.split(sentence) if HIDDEN.search(part)]
    sentence = parts[-1] if parts else sentence
    first = HIDDEN.search(sentence)
    if first is None:
        return _plainly_announced(sentence)
    before = sentence[: first.start()]
    if re.search(r"[0-9]", before):
        return number.announced(before)
    if re.search(r"\bnot\b", before, re.IGNORECASE):
        return None
    return _stable(normal(_together(sentence, first.start()))) or SILENT


_SHORT = 120
"""Characters of a formula in plain signs that is all that a sentence announces, at most."""

_METRIC = re.compile(r"-?[0-9][0-9.,]*[mgshklKMLNJWV%]")
"""A number with a unit right behind it, and no term: 5m, 70k."""


def _plainly_announced(sentence: str) -> Said:
    """What a sentence without a formula states: a list of numbers, a number, or one word."""
    if _PHRASE.fullmatch(sentence.strip(" .!*")):
        return normal(rf"\text{{{sentence.strip(' .!*')}}}")
    listed = _NUMBERS.fullmatch(sentence.strip(" ."))
    if listed and (several := _list(sentence.strip(" ."))) is not None:
        return _stable(several) or SILENT
    if listed:
        # "8/10 or 4/5" is one number
        values = dict.fromkeys(normal(value) or value for value in _NUMBER.findall(listed[0]))
        return _stable(_listed(list(values))) or SILENT
    number_said = number.announced(sentence)
    if number_said is not None:
        return number_said
    # several words without a number or a phrase are no answer, and most of what is read is such
    bare = sentence.strip(" \t\n$.,;:\"'")
    if " " in bare and not may_count(bare) and not _PHRASE.fullmatch(bare):
        return None
    return whole(sentence)


_NUMBER = re.compile(r"-?[0-9]+(?:[./][0-9]+)?")
_NUMBERS = re.compile(rf"{_NUMBER.pattern}(?:(?:, (?:and |or )?| (?:and|or) ){_NUMBER.pattern})+")


def concluded(sentence: str, choices: Choices = ()) -> Said:
    """The last formula of a sentence that nothing announces, or the number that it states."""
    sentence = hide_plain(sentence)
    # looking for a word is cheaper than any pattern, and most sentences hold none of these
    if any(map(sentence.__contains__, _EXPLAINING)) and (aside := _EXPLAINS.search(sentence)):
        sentence = sentence[: aside.start()]
    formulas_found = list(HIDDEN.finditer(sentence))
    if not formulas_found:
        several = _SEVERAL.search(sentence)
        return (_list(several[1]) if several else None) or number.concluded(sentence)
    if sentence.endswith("?"):
        return None
    last = formulas_found[-1]
    said = _said_behind(sentence, [found.end() for found in formulas_found])
    if said is not None or _SAYS_OTHERWISE.match(sentence, last.end()):
        return said
    names = _names_something(show(last[0]))
    if not _COPULA_BEFORE.search(sentence, 0, last.start()):
        counts = any(map(sentence.__contains__, _COUNTING))
        counted = _COUNTED_BEFORE.search(sentence, 0, last.start()) if counts else None
        if counted and (names or counted["of"]):
            return number.concluded(counted["counted"])
        if names:
            return None
    start = len(formulas_found) - 1
    while start and _JOINED.fullmatch(
        sentence, formulas_found[start - 1].end(), formulas_found[start].start()
    ):
        start -= 1
    formula = _stable(normal(_together(sentence, formulas_found[start].start())))
    # "Let $x$ be ..." names a variable and concludes nothing
    return None if formula is None or len(formula) == 1 else formula


_COPULA = (
    r"(?:is|are|was|were|equals?|(?:must|will|would|should|can only) (?:be|equal)|comes to)\b:?"
)
_A_NUMBER = r"(?=\s+[^\sA-Za-z]{0,3}[0-9]|\s+(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b)"
_IS = re.compile(
    rf"[,)]?(?:\s+(?:then|therefore|thus|also))?\s+{_COPULA}"
    rf"(?:\s+(?:equal to|exactly|therefore|thus|then|simply))*{_A_NUMBER}"
)
_IS_FURTHER_ON = re.compile(rf"[^.]{{0,200}}\b(?:{_COPULA}|has|have){_A_NUMBER}")
_SAYS_OTHERWISE = re.compile(r"\s+(?:has|have|does|do|can|cannot|is not|are not|isn't|aren't)\b")


def _said_behind(sentence: str, ends: Sequence[int]) -> Said:
    """What is said of formulas that only name what is asked: "the value of $x$ is 8", "for $x=2$ the sum is 7".

    `ends` are where each ends. Silence where several are told the values of.
    """
    behind = sentence[ends[-1] :]
    told = _IS.match(behind)
    if _IS_FURTHER_ON.match(behind, told.end() if told else 0):
        return number.concluded(behind)
    if told is None:
        return None
    several = any(_IS.match(sentence, end) for end in ends[:-1])
    return SILENT if several else announced(behind[told.end() :].strip())


_EXPLAINING = ("where", "since", "because")
_EXPLAINS = re.compile(rf"(?<=\S),? (?:where|since|because)\s+(?={HIDDEN.pattern}\s+{_COPULA})")
"""Tells what the letters of a formula are: "the area is $ab$, where $a$ is 3"."""

_COPULA_BEFORE = re.compile(rf"(?:\b{_COPULA}|[=:,])\s*\Z")
_COUNTING = ("here ", "we ")
_COUNTED_BEFORE = re.compile(
    r"\b(?P<counted>(?:(?i:there) (?:is|are|exists?)|we (?:have|get|find)) [^.,;]{1,80}?)"
    r"(?P<of>\s+(?:of|for|to|in|with|such that|satisfying))?\s+\Z"
)
"""How many there are of what a formula names: "there are 6 pairs $(a,b)$"."""

_NAME = re.compile(
    r"(?:\\(?:triangle|angle|overline|text|mathrm) *\{? *)?[A-Za-z]{1,4}'?\}?(?:\([A-Za-z]\))?"
    r"|\([A-Za-z](?:,[A-Za-z])+\)"
)


def _names_something(formula: str) -> bool:
    """Whether a formula is a name and no value: x, f(x), ABC, (a,b)."""
    return _NAME.fullmatch(formula) is not None


_SEVERAL = re.compile(
    rf"\b(?:roots|solutions|zeros|values|answers|factors|divisors|eigenvalues|integers)\b[^0-9.]{{0,40}} are:? "
    rf"({_NUMBERS.pattern})\W*\Z"
)
"""A sentence that ends in the list of what there are several of: "the roots are 2, 3 and 5"."""


def _together(sentence: str, start: int) -> str:
    """The formula that begins at `start`, with those that "and", "or" or a comma joins to it."""
    match = HIDDEN.match(sentence, start)
    formulas = []
    while match:
        formulas.append(show(match[0]))
        joint = _JOINED.match(sentence, match.end())
        match = HIDDEN.match(sentence, joint.end()) if joint else None
    return _listed(formulas)


def _listed(formulas: Sequence[str]) -> str:
    """Several formulas as one; in braces where commas alone would make a number of them."""
    joined = ",".join(formulas)
    return rf"\{{{joined}\}}" if len(formulas) > 1 and _THOUSANDS.fullmatch(joined) else joined


_THOUSANDS = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+")


def sentence_of(answer: str) -> str:
    """States an answer in normal form as a sentence."""
    return f"The answer is ${answer}$."


def key(answer: str) -> str:
    """What two answers share that count as the same without a look at what they mean."""
    return number_key(answer) if is_number(answer) else answer


READER = Reader(
    whole, announced, concluded, back=2, back_rule="last_number", prepared=hide, known=known
)
