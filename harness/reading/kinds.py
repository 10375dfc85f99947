"""The kinds of answer: how each is asked for, read from a text, and compared.

What a chain answers is a function of what is stored of it: its text, and whether it was cut off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from types import MappingProxyType

from harness.problem import Chain, Problem, Reply
from harness.reading import choice, date, free, label, letters, verbatim, yes_no
from harness.reading.announcements import MARKS
from harness.reading.formulas import equality, math
from harness.reading.numbers import number
from harness.reading.numbers.quantities import key
from harness.reading.option_letters import letters_of
from harness.reading.rules import Reader, Reading, normal, own_text, read

__all__ = [
    "KINDS",
    "STRICT_RULES",
    "Kind",
    "Reading",
    "chain",
    "choice_letters",
    "compared",
    "require",
]

LONGEST_SPAN = 8
"""Words of an answer that is looked for in a text, at most."""

WORDS = (re.compile(r"\S+"), re.compile(r"[^\s={}$*()\"]+"))
"""Two ways to divide a text into words: with the signs of formulas and brackets, and parted at these."""

PUNCTUATION = ".,;:!?*\"'"
"""Signs around a word that are not of it."""

LIKELIHOOD = "likelihood"
"""The rule of a chain whose answer was not read, but chosen among given ones by how likely they are."""

STRICT_RULES: frozenset[str] = frozenset((*MARKS, "correction", LIKELIHOOD))
"""The rules by which a text announces its answer, or corrects the one that it announced.

The strict reading of a chain is its answer where its `rule` is one of these, else None. The flexible
reading, which is the default, is its answer whatever the rule.
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of answer.

    `trigger(choices)` asks for it, without "Therefore, " (Kojima et al., 2022, arXiv:2205.11916).
    `key` maps a normal form to what it shares with every answer that counts as the same.
    `sentence` states an answer in normal form as an exemplar's last sentence (Wei et al., 2022).
    `equal`, where a kind has it, decides for answers whose keys differ: it is symmetric, and as
    transitive as what it asks (see `harness.reading.formulas.equality`).
    """

    name: str
    trigger: Callable[[Sequence[str]], str]
    sentence: Callable[[str], str]
    reader: Reader
    key: Callable[[str], str] = str
    equal: Callable[[str, str], bool] | None = None

    def read(self, text: str, choices: Sequence[str] = (), truncated: bool = False) -> Reading:
        """What a text concludes, and the rule that read it. A normal form reads as itself.

        A text whose model was cut off (`truncated`: it had no tokens left) answers only by what it
        announces, and not with its last word, of which a part may be missing.
        """
        return read(self.reader, text, choices, truncated)

    def normal(self, text: str, choices: Sequence[str] = ()) -> str | None:
        """A bare answer, such as a gold, in normal form; None if it is no answer of this kind."""
        return normal(self.reader, text, choices)

    def same(self, one: str, other: str) -> bool:
        """Whether two answers in normal form are one answer: an equivalence where keys decide.

        Numbers: whole ones only where they are equal, others by five significant digits (see
        `quantities.key`). Formulas: where math-verify holds them to be equal. All other kinds: equal
        normal forms.
        """
        if one == other or self.key(one) == self.key(other):
            return True
        return self.equal is not None and self.equal(one, other)

    def span(self, text: str, answer: str, choices: Sequence[str] = ()) -> tuple[int, int] | None:
        """Where `text` last says `answer`, as (start, end); None where no words of it do by themselves.

        Of one word up to `LONGEST_SPAN`, the fewest words that read as the answer, without the
        punctuation around them.
        """
        if self.reader.concludes is not None:  # as it was written, whatever stands around it
            start = text.rfind(answer)
            return (start, start + len(answer)) if start >= 0 else None
        own = own_text(self.reader, text, choices).text
        begin = max(0, text.find(own))
        divided = [_words(sign, text, begin, begin + len(own)) for sign in WORDS]
        for count in range(1, LONGEST_SPAN + 1):
            windows = (
                (words[last - count][0], words[last - 1][1])
                for words in divided
                for last in range(len(words), count - 1, -1)
            )
            for start, end in sorted(windows, key=lambda window: -window[1]):
                answer_said = self.normal(text[start:end], choices)
                if answer_said is not None and self.same(answer_said, answer):
                    return start, end
        return None


def choice_letters(count: int) -> str:
    """The letters of `count` options: "ABCDE" for five. Raises ValueError beyond Z."""
    if not 0 <= count <= 26:
        raise ValueError(f"{count} options: letters reach from A to Z, for 26")
    return ascii_uppercase[:count]


def _words(sign: re.Pattern[str], text: str, begin: int, end: int) -> list[tuple[int, int]]:
    """The words of a stretch of text, as (start, end), without the punctuation around them."""
    words = []
    for match in sign.finditer(text, begin, end):
        before = len(match[0]) - len(match[0].lstrip(PUNCTUATION))
        start, stop = match.start() + before, match.start() + len(match[0].rstrip(PUNCTUATION))
        if start < stop:
            words.append((start, stop))
    return words


def _asks(words: str) -> Callable[[Sequence[str]], str]:
    return lambda choices: words


def _asks_for_a_letter(choices: Sequence[str]) -> str:
    letters = letters_of(choices)
    return f"among {letters[0]} through {letters[-1]}, the answer is"


_KINDS = (
    Kind(
        "number",
        _asks("the answer (arabic numerals) is"),
        lambda answer: f"The answer is {answer}.",
        number.READER,
        key,
    ),
    Kind(
        "choice",
        _asks_for_a_letter,
        lambda answer: f"The answer is ({answer.lower()}).",
        choice.READER,
    ),
    Kind(
        "yes_no",
        _asks("the answer (Yes or No) is"),
        lambda answer: f"So the answer is {answer}.",
        yes_no.READER,
    ),
    Kind(
        "letters",
        _asks("the answer is"),
        lambda answer: f"The answer is {answer}.",
        letters.READER,
    ),
    Kind(
        "date",
        _asks("the answer (MM/DD/YYYY) is"),
        lambda answer: f"So the answer is {answer}.",
        date.READER,
    ),
    Kind(
        "label",
        _asks("the answer is"),
        lambda answer: f"The answer is {answer}.",
        label.READER,
    ),
    Kind(
        "free",
        _asks("the answer is"),
        lambda answer: f"So the answer is {answer}.",
        free.READER,
        free.key,
    ),
    Kind(
        "math",
        _asks("the answer is"),
        math.sentence_of,
        math.READER,
        math.key,
        equal=equality.equal,
    ),
    Kind(
        "verbatim",
        _asks("the answer is"),
        lambda answer: f"The answer is:\n<answer>{answer}</answer>",
        verbatim.READER,
        verbatim.key,
    ),
)

KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _KINDS})
"""Every kind by its name."""


def require(kinds: Iterable[str]) -> None:
    """Raises UserError where a kind needs a package that is not installed: before a run, not in it."""
    if "math" in kinds:
        equality.require()


def compared(
    problem: Problem, scores: Mapping[str, float], replies: Sequence[Reply]
) -> list[Chain]:
    """The chain that gives the answer with the highest of `scores`, which it records.

    `scores` are by answer in normal form; `replies` say, in their order, how likely each answer is
    (`Model.score`). Nothing was generated: the chain's text is the answer's closing sentence, its tokens
    and log-probability are those that were scored. Equal scores give a chain each, and share the vote.
    """
    highest = max(scores.values())
    return [
        Chain(
            text=KINDS[problem.kind].sentence(answer),
            answer=answer,
            rule=LIKELIHOOD,
            finish=reply.finish,
            tokens=reply.tokens,
            logprob=reply.logprob,
            prompt_tokens=sum(one.prompt_tokens for one in replies),
            seconds=sum(one.seconds for one in replies),
            scores=scores,
        )
        for (answer, score), reply in zip(scores.items(), replies, strict=True)
        if score == highest
    ]


def chain(problem: Problem, *replies: Reply, asked: str = "") -> Chain:
    """The chain of reasoning that one reply makes, or the replies of several stages.

    `asked` is what the prompt put right before the last reply to ask for the answer ("\\nTherefore,
    the answer (arabic numerals) is"). The answer is read from the last reply alone, after that text,
    so that the bare fragment " 42." reads as the answer that it is. The chain's text is all that the
    model said, and before a last stage what asked for it.

    Tokens, log-probability and seconds are summed; the last reply says how the chain ended, and `cut`
    whether one before it was cut off. Of a last reply that was cut off only what it announces is
    read. Raises ValueError without a reply.
    """
    if not replies:
        raise ValueError("a chain needs at least one reply")
    *earlier, last = replies
    truncated = last.finish == "length"
    reading = KINDS[problem.kind].read(joined(asked, last.text), problem.choices, truncated)
    before = "".join(reply.text for reply in earlier) + (asked if earlier else "")
    return Chain(
        text=before + last.text,
        answer=reading.answer,
        rule=reading.rule,
        finish=last.finish,
        tokens=sum(reply.tokens for reply in replies),
        logprob=sum(reply.logprob for reply in replies),
        prompt_tokens=sum(reply.prompt_tokens for reply in replies),
        seconds=sum(reply.seconds for reply in replies),
        asked=asked,
        start=len(before),
        # a later stage of the same question goes on behind the same thought
        thoughts=tuple(dict.fromkeys(r.thought for r in replies if r.thought is not None)),
        cut=any(reply.finish == "length" for reply in earlier),
    )


def joined(asked: str, said: str) -> str:
    """What asked for an answer and what was said, with a blank between two words: "is" and "18" are not "is18".

    "is" and "n't 18" are one word.
    """
    parted = asked[-1:].isalnum() and not said[:1].isspace() and not _CONTINUES.match(said)
    return f"{asked} {said}" if parted else asked + said


_CONTINUES = re.compile(r"n[’']?t\b|[.,:;!?)\]’'\"]")
"""What goes on with the word, or the sentence, before it."""
