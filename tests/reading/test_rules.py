"""The rules of reading: laws that hold for any text, and the time that they take."""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from harness.reading.kinds import KINDS, STRICT_RULES

PLACES = ("ocean", "a lake", "desert", "the north pole", "river bank")
VERDICTS = ("yes", "no", "it is not possible to tell")

# Texts: any signs at all, and texts made of the pieces that the rules look for.
PIECES = (
    "The answer is ", "answer: ", "####", " #### ", "\\boxed{", "}", "{", "\n\n", "\nQ: ", "A: ", " = ", "12",
    "-", ".", ",", "3/4", " or ", " and ", "not ", "yes", "No", "(a)", "B", " lake", "x", "%", "$", '"', "**", "1 000",
    "½", "²", "٣", "e9", " million", "minus ", "two ", "hundred ", "<answer>", "</s>", "é", "because ", "unknown",
    "<think>", "</think>", "Wait, ", "No, ", "05/01/2021", "July 4, 2001", "\n", "Problem 2:", "10^3",
    "\\frac{1}{2}", "|",
)  # fmt: skip
TEXTS = st.text(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
CHOICES = st.sampled_from(((), PLACES, VERDICTS, ("5", "6", "5"), ("", "(", "a")))
NAMES = st.sampled_from(sorted(KINDS))
# A busy processor is no fault of the reader.
UNHURRIED = settings(deadline=None)
FRACTIONS = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6)


@UNHURRIED
@given(NAMES, TEXTS, CHOICES)
def test_any_text_is_read_without_an_error_and_reading_again_changes_nothing(
    name: str, text: str, choices: Sequence[str]
) -> None:
    kind = KINDS[name]
    for truncated in (False, True):
        reading = kind.read(text, choices, truncated)
        assert (reading.answer is None) == (reading.rule is None)
        assert reading.rule in (None, "bare", "last_statement", "last_number", *STRICT_RULES)
        if reading.answer is not None:
            assert kind.read(reading.answer, choices).answer == reading.answer


@UNHURRIED
@given(NAMES, TEXTS, CHOICES)
def test_a_normal_form_reads_as_itself_bare_and_in_its_sentence(
    name: str, text: str, choices: Sequence[str]
) -> None:
    kind = KINDS[name]
    answer = kind.normal(text, choices)
    if answer is not None:
        assert kind.normal(answer, choices) == answer
        assert kind.read(answer, choices).answer == answer
        assert kind.read(kind.sentence(answer), choices).answer == answer
        assert kind.read(f"So it is. {kind.sentence(answer)}\n\nQ: 7?", choices).answer == answer


SPELLED = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion"
).split()


@pytest.mark.parametrize("word", SPELLED)
def test_every_number_in_words_is_read(word: str) -> None:
    assert KINDS["number"].read(f"So there are {word}.").answer is not None


@pytest.mark.parametrize(
    "word", "half third quarter fifth sixth seventh eighth ninth tenth hundredth thousandth".split()
)
def test_every_part_in_words_is_read(word: str) -> None:
    part = "a half" if word == "half" else f"one {word}"
    assert KINDS["number"].read(f"The answer is {part}.").answer is not None


# Chatter: words, numbers and stops in any order, on lines that ask nothing and announce nothing.
CHATTER = st.lists(
    st.sampled_from(
        "she has 12 eggs . and 3 , so Tom (a) * 7 = 21 no yes desert $5 wait 1/2 ? ! \n".split(" ")
    ),
    max_size=30,
).map(" ".join)
ANSWERS = {
    "number": "42",
    "choice": "B",
    "yes_no": "no",
    "letters": "nk",
    "date": "05/02/2021",
    "label": "blue",
    "free": "Saint Louis",
    "math": "x^2+1",
    "verbatim": "1 0\n0 1",
}


@UNHURRIED
@given(st.sampled_from(sorted(ANSWERS)), CHATTER)
def test_chatter_before_an_announced_answer_never_matters(name: str, before: str) -> None:
    said = KINDS[name].sentence(ANSWERS[name])
    assert KINDS[name].read(f"{before}\n{said}").answer == ANSWERS[name]


@UNHURRIED
@given(
    st.sampled_from(sorted(ANSWERS)),
    TEXTS,
    TEXTS,
    CHOICES,
    st.sampled_from(("Q:", "Question:", "Problem 2:", "Human:", "## Question\n")),
)
def test_what_follows_a_new_question_behind_an_answer_never_matters(
    name: str, text: str, behind: str, choices: Sequence[str], question: str
) -> None:
    kind = KINDS[name]
    said = f"{text}\nSo it is. {kind.sentence(ANSWERS[name])}"
    alone = kind.read(said, choices)
    assume(alone.answer is not None)
    assume("think>" not in said + behind)
    assert kind.read(f"{said}\n\n{question} {behind}", choices) == alone


@UNHURRIED
@given(NAMES, TEXTS, TEXTS, CHOICES)
@example("choice", "\n0:", "A\nQ:0", ())
def test_what_was_thought_never_matters_and_an_open_thought_answers_nothing(
    name: str, thought: str, text: str, choices: Sequence[str]
) -> None:
    kind = KINDS[name]
    assume("think" not in f"{thought}{text}".lower() and "</s>" not in thought)
    assert kind.read(f"<think>{thought}</think>{text}", choices) == kind.read(text, choices)
    assert kind.read(f"<think>{thought}", choices).answer is None


@UNHURRIED
@given(FRACTIONS)
def test_every_fraction_has_one_normal_form_that_keeps_its_value(value: Fraction) -> None:
    normal = KINDS["number"].normal(str(value))
    assert normal is not None
    assert Fraction(normal) == value
    assert KINDS["number"].read(f"The answer is {value}.").answer == normal


@UNHURRIED
@given(st.integers(-(10**30), 10**30))
def test_whole_numbers_are_read_with_and_without_commas(value: int) -> None:
    for text in (f"{value}", f"{value:,}", f"{value}.00", f"The answer is ${value:,}."):
        assert KINDS["number"].read(text).answer == str(value)


@UNHURRIED
@given(st.lists(FRACTIONS.map(str) | st.floats(-1e6, 1e6).map(repr), min_size=3, max_size=3))
def test_same_is_an_equivalence(texts: list[str]) -> None:
    number = KINDS["number"]
    one, two, three = (number.normal(text) or "0" for text in texts)
    assert number.same(one, one)
    assert number.same(one, two) == number.same(two, one)
    if number.same(one, two) and number.same(two, three):
        assert number.same(one, three)


@UNHURRIED
@given(st.floats(1e-6, 1e12), st.floats(-0.01, 0.01))
def test_numbers_that_are_the_same_differ_by_at_most_one_part_in_ten_thousand(
    value: float, by: float
) -> None:
    number = KINDS["number"]
    one, other = number.normal(repr(value)), number.normal(repr(value * (1 + by)))
    assert one is not None
    assert other is not None
    if number.same(one, other):
        assert abs(Fraction(one) - Fraction(other)) <= abs(Fraction(one)) * Fraction(101, 10**6)


STUTTERS = (
    "9", "1,", "{", "\\boxed{", "\\boxed{5}", "The answer is ", "(1)", "(1", ": ", " ", ".x", "so ", "1 and ",
    "<answer>", "</s>", "one ", "½", "- ", "\nA: ", "Q: ", '"a" ', "(A) ", "yes or no ", "#### 5\n", "a-", "lake ",
    "a-1 ", "half a ", "<think>", "Wait, ", "05/01/2021 or ", "答案是", "| 1 ", "*a*",
)  # fmt: skip


@pytest.mark.parametrize("piece", STUTTERS)
@pytest.mark.parametrize("name", sorted(KINDS))
def test_reading_time_grows_in_proportion_to_the_text(name: str, piece: str) -> None:
    """Eight times the text may take at most 32 times as long: a quadratic reader takes 64 times."""

    def seconds(length: int) -> float:
        text = piece * (length // len(piece)) + "x"
        gc.disable()  # what other tests have left is not collected on the reader's time
        try:
            start = time.thread_time()  # of this thread alone: others may hold the processor
            KINDS[name].read(text, PLACES)
            return time.thread_time() - start
        finally:
            gc.enable()

    short = min(seconds(2000) for _ in range(2))
    assert min(seconds(16000) for _ in range(2)) <= 32 * max(short, 3e-4)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_texts_that_stutter_a_hundred_thousand_times_conclude_nothing(name: str) -> None:
    for text in (
        "7" * 100_000,
        "The answer is " * 10_000,
        "{" * 50_000 + "}" * 50_000,
        " " * 100_000,
    ):
        assert KINDS[name].read(text, PLACES).answer is None
    nested = "\\boxed{" * 10_000 + "5" + "}" * 10_000
    assert KINDS[name].read(nested, PLACES).answer == (
        "5" if name in ("number", "math", "free", "verbatim") else None
    )
    every = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    assert KINDS[name].read(every, PLACES).answer is None
