"""The ordered rules by which every kind is read; what differs between kinds is a `Reader`.

1. `bare`: the whole text is an answer and nothing else.
2. `hashes`, `boxed`, `answer_field`, `answer_phrase`: the last place that announces an answer and
   gives one (see `announcements`). What is announced there and is no answer ("unknown", "4 or 5")
   decides for silence.
3. `correction`: what is said instead behind the last announcement ("Wait, it should be 9"). An answer
   that is taken back with none in its place decides for silence.
4. `last_statement`: what the last sentence states, where nothing announces an answer.
5. `last_number` (a number only): what one of the two sentences before it states.

Only the text's own part is read (see `own`). A text that was cut off may conclude by the first three
rules alone, and not with the word at which it was cut: "The answer is 4" may have meant 42.
Nothing is guessed: a text that states no one answer reads as None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from harness.reading.announcements import after, announcements, invented_problem
from harness.reading.marks import Mark, only_shows_the_form
from harness.reading.markup import plain, unbraced
from harness.reading.questions import OPENING_QUESTION
from harness.reading.sentences import (
    GIVES_UP,
    INTRODUCES,
    conclusions,
    correction,
    denies,
    head,
    is_aside,
    points,
    refusal,
    sentences,
    tail,
    tells_of_answer,
    turned,
)
from harness.reading.thoughts import Own, own_part


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text concludes: the answer in normal form and the rule that read it, or None and None."""

    answer: str | None
    rule: str | None


NOTHING_READ = Reading(None, None)


class Silence(Enum):
    """Said by a stretch that decides that there is no one answer: a refusal, a range, two answers."""

    DECIDED = "silence"


SILENT = Silence.DECIDED

Said: TypeAlias = str | Silence | None
"""What a stretch says: an answer in normal form, SILENT, or None (nothing; others may speak)."""

Choices: TypeAlias = Sequence[str]


@dataclass(frozen=True, slots=True)
class Reader:
    """How one kind reads stretches of plain text; the choices are those of the problem.

    `whole` reads a text that is an answer and nothing else, and gives a normal form back unchanged.
    `announced` reads the sentence after a mark, `concluded` one that nothing announces. `back` is how
    many sentences before the last may conclude when the last says nothing; `back_rule` is then
    recorded. `prepared` makes the model's own part of a text ready for the rules. `known`, where a kind
    has it, reads what is known to be an answer, such as a gold, and that `whole` does not read. `concludes`,
    where a kind has it, takes the place of the rules: it reads the model's own part of a text as it was written.
    """

    whole: Callable[[str, Choices], str | None]
    announced: Callable[[str, Choices], Said]
    concluded: Callable[[str, Choices], Said]
    back: int = 0
    back_rule: str = "last_statement"
    prepared: Callable[[str], str] = str
    known: Callable[[str], str | None] | None = None
    concludes: Callable[[str, Choices, bool], Reading | None] | None = None


LONGEST_BARE = 1000
"""Characters: a longer text is never an answer and nothing else."""

MARKS_TRIED = 6
"""Announcements looked at, from the last: a bound, for boxes nested a thousand deep."""


def read(reader: Reader, text: str, choices: Choices = (), truncated: bool = False) -> Reading:
    """What `text` concludes. Linear in its length; never raises; reads a normal form as itself.

    `truncated` says that the model was cut off at the end of `text`.
    """
    own = own_text(reader, text, choices)
    if own.thinking:
        return NOTHING_READ
    truncated = truncated and not own.ended
    body = _without_torn_word(own.text) if truncated else own.text
    return _conclusion(reader, body, choices, truncated) or NOTHING_READ


def own_text(reader: Reader, text: str, choices: Choices = ()) -> Own:
    """The part of `text` that is read: behind its thoughts, and up to a question behind an answer."""

    def answered(stretch: str) -> bool:
        if not _SAYS.search(stretch):
            return False
        reading = _conclusion(reader, stretch, choices, truncated=False)
        if reading is None or reading.rule in ("last_statement", "last_number"):
            spoken = sentences(stretch)[-1:]
            closing = spoken[0] if spoken else ""
            return (
                GIVES_UP.search(closing) is not None
                if reading is None
                else (not INTRODUCES.search(closing) and OPENING_QUESTION.match(stretch) is None)
            )
        return True

    return own_part(text, answered)


_SAYS = re.compile(r"[^\W_]")


def _conclusion(reader: Reader, text: str, choices: Choices, truncated: bool) -> Reading | None:
    """What a text's own part concludes; None where it says nothing, NOTHING_READ where it decides so."""
    if reader.concludes is not None:
        return reader.concludes(text, choices, truncated)
    body = plain(reader.prepared(text))
    answer = _bare(reader, body, choices)
    if answer is not None:
        return Reading(answer, "bare")
    marks = announcements(body)
    end = invented_problem(body, marks)
    if end is not None:
        body, truncated = body[:end], False
        marks = announcements(body)
    announced = after(body, marks[-1]) if marks else []
    for place in range(len(marks) - 1, max(-1, len(marks) - 1 - MARKS_TRIED), -1):
        spoken = announced if place == len(marks) - 1 else after(body, marks[place])
        reading = _at_mark(reader, body, marks, place, spoken, choices)
        if reading is not None:
            return reading
    if truncated:
        return None
    if _lists_answers(reader, points(body), choices):
        return NOTHING_READ
    # "The answer is simple. 5 + 4 = 9." concludes behind the mark
    alone = all(mark.lead for mark in marks)
    spoken = sentences(unbraced(body)) if alone else _behind(body, marks[-1], announced)
    return _last_statement(reader, spoken, choices)


def normal(reader: Reader, text: str, choices: Choices = ()) -> str | None:
    """The answer that `text` is, such as a gold, in normal form; None if it is anything else."""
    if reader.concludes is not None:
        return reader.whole(text, choices)
    answer = _bare(reader, plain(reader.prepared(text)), choices)
    return answer if answer is not None or reader.known is None else reader.known(text)


def _without_torn_word(text: str) -> str:
    """`text` without the word at which it was cut off; behind a full stop none was."""
    if not text or not (text[-1].isalnum() or text[-1] in ",-/"):
        return text
    return text[: max(text.rfind(" "), text.rfind("\n")) + 1]


def _bare(reader: Reader, body: str, choices: Choices) -> str | None:
    if len(body) > LONGEST_BARE:
        return None
    return reader.whole(unbraced(body).strip(), choices)


def _at_mark(
    reader: Reader,
    body: str,
    marks: Sequence[Mark],
    place: int,
    spoken: Sequence[str],
    choices: Choices,
) -> Reading | None:
    """What is said at one mark, in the sentences `spoken` there: a reading, perhaps of silence, or None.

    The sentences that follow the last mark may correct it.
    """
    mark = marks[place]
    if not spoken:
        return None
    if only_shows_the_form(body, mark):
        return NOTHING_READ
    if mark.lead and len(spoken) > 1 and reader.whole(spoken[0], choices) is None:
        return None
    if _lists_answers(reader, points(body[mark.end : mark.stop], announced=True), choices):
        return NOTHING_READ
    answer = _in_field(reader, mark, spoken, choices)
    if answer is None:
        answer = reader.announced(turned(head(spoken[0]))[0], choices)
    if isinstance(answer, str) and place and _beside(body, marks[place - 1], mark):
        other = after(body, marks[place - 1])
        if other and reader.announced(other[0], choices) != answer:
            answer = SILENT
    if answer is SILENT:
        return NOTHING_READ
    if answer is None:
        return None
    corrected = None
    if place == len(marks) - 1:
        corrected = _corrected(reader, _behind(body, mark, spoken), choices)
    return corrected or Reading(answer, mark.rule)


def _lists_answers(reader: Reader, listed: Sequence[str], choices: Choices) -> bool:
    """Whether the points of a list are answers that differ, none of which is said to be the one."""
    answers = [reader.announced(head(point), choices) for point in listed]
    return len(answers) > 1 and all(
        isinstance(answer, str) and answer not in answers[:place]
        for place, answer in enumerate(answers)
    )


def _in_field(reader: Reader, mark: Mark, spoken: Sequence[str], choices: Choices) -> Said:
    """What an answer field concludes that holds a whole text; None where it opens with the answer."""
    first = spoken[0]
    if mark.rule != "answer_field" or len(spoken) == 1 or reader.whole(first, choices) is not None:
        return None
    if len(first.split()) <= FIELD_WORDS and "=" not in first:
        return None
    reading = _last_statement(reader, spoken, choices)
    if reading is None:
        return None
    return SILENT if reading.answer is None else reading.answer


FIELD_WORDS = 4
"""Words of a field's first sentence that is its answer, at most: "15 miles. He had 45 left"."""


def _behind(body: str, mark: Mark, spoken: Sequence[str]) -> list[str]:
    """The sentences behind the one, of those `spoken` there, in which the last mark's answer stands."""
    if not spoken:
        return []
    rest = turned(head(spoken[0]))[1:]
    return [*rest, *(sentences(unbraced(body[mark.stop :])) if mark.closed else spoken[1:])]


def _beside(body: str, first: Mark, second: Mark) -> bool:
    """Whether two boxes are given together: `\\boxed{5}` and `\\boxed{6}` are two answers."""
    if (first.rule, second.rule) != ("boxed", "boxed"):
        return False
    return body[first.stop : second.start].strip("} \n$.").lower() in _JOINED


_JOINED = ("and", "or", ",", ", and", ", or", "&")


def _corrected(reader: Reader, spoken: Sequence[str], choices: Choices) -> Reading | None:
    """What the sentences behind an answer say instead of it; None where they let it stand."""
    if spoken and (instead := refusal(spoken[-1])) and (answer := reader.whole(instead, choices)):
        return Reading(answer, "correction")
    starts = [place for place, sentence in enumerate(spoken) if correction(sentence) is not None]
    if not starts:
        return None
    behind = [_uncorrected(sentence) for sentence in spoken[starts[-1] :]]
    for sentence in conclusions(behind)[:CONCLUDING]:
        corrected = None if is_aside(sentence) else _concluded(reader, sentence, choices)
        if corrected is not None:
            return Reading(corrected, "correction") if isinstance(corrected, str) else NOTHING_READ
    return NOTHING_READ if any(map(denies, behind)) else None


CONCLUDING = 3
"""Sentences that are looked at for a correction, from the last."""


def _uncorrected(sentence: str) -> str:
    """A sentence without the "Wait" or "Actually" that it opens with."""
    corrected = correction(sentence)
    return sentence if corrected is None else corrected


def _concluded(reader: Reader, sentence: str, choices: Choices) -> Said:
    """What a sentence that nothing announces states, by its end if it is long."""
    return reader.concluded(tail(sentence), choices)


def _last_statement(reader: Reader, spoken: Sequence[str], choices: Choices) -> Reading | None:
    """What the last sentences state, where nothing announces an answer."""
    for distance, sentence in enumerate(conclusions(spoken)[: reader.back + 1]):
        if tells_of_answer(sentence):
            continue
        answer = _concluded(reader, _uncorrected(sentence), choices)
        if answer is SILENT:
            return NOTHING_READ
        if isinstance(answer, str):
            return Reading(answer, reader.back_rule if distance else "last_statement")
    return None
