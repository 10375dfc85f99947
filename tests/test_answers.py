"""The kinds of answer: our own cases as data, laws that hold for any text, and the public corpus."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.answers import KINDS, STRICT_RULES, chain, choice_letters
from harness.problem import Finish, Problem, Reply

OURS = Path(__file__).parent / "golden" / "answers.jsonl"
CORPUS = Path(__file__).resolve().parents[2] / "shared" / "answers" / "golden.jsonl"
PLACES = ("ocean", "a lake", "desert", "the north pole", "river bank")
VERDICTS = ("yes", "no", "it is not possible to tell")


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


@pytest.mark.parametrize("row", rows(OURS), ids=lambda row: f"{row['kind']}: {row['text'][-60:]!r}")
def test_our_cases_read_as_they_say_and_by_the_rule_they_say(row: dict[str, Any]) -> None:
    kind, truncated = KINDS[row["kind"]], row.get("truncated", False)
    reading = kind.read(row["text"], row.get("choices", ()), truncated)
    assert (reading.answer, reading.rule) == (row["reads"], row["rule"])


def test_every_case_of_ours_names_its_source_and_is_there_once() -> None:
    cases = rows(OURS)
    assert all(row["source"] for row in cases)
    once = {
        (row["text"], row["kind"], str(row.get("choices")), "truncated" in row) for row in cases
    }
    assert len(once) == len(cases) >= 460
    assert {row["kind"] for row in cases} == set(KINDS) - {"math"}  # those are in tests/reading


@pytest.mark.skipif(not CORPUS.exists(), reason="the public corpus is not beside this checkout")
def test_the_public_corpus_is_read_as_a_careful_reader_reads_it() -> None:
    right, read = Counter[str](), Counter[str]()
    for row in rows(CORPUS):
        reading = KINDS[row["kind"]].read(row["text"], row.get("choices") or ())
        read[row["kind"]] += 1
        right[row["kind"]] += reading.answer == row["reads"]
    assert set(read) == {"number", "choice", "yes_no", "letters", "date"}
    assert right == read


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
    "math": "x^2+1",
}


@UNHURRIED
@given(st.sampled_from(sorted(ANSWERS)), CHATTER)
def test_chatter_before_an_announced_answer_never_matters(name: str, before: str) -> None:
    said = KINDS[name].sentence(ANSWERS[name])
    assert KINDS[name].read(f"{before}\n{said}").answer == ANSWERS[name]


@UNHURRIED
@given(
    NAMES,
    TEXTS,
    TEXTS,
    CHOICES,
    st.sampled_from(("Q:", "Question:", "Problem 2:", "Human:", "## Question\n")),
)
def test_what_follows_a_new_question_never_matters(
    name: str, text: str, behind: str, choices: Sequence[str], question: str
) -> None:
    kind = KINDS[name]
    said = f"{text}\nSo it is. {kind.sentence(ANSWERS[name])}"
    alone = kind.read(said, choices)
    if "think>" not in said + behind:
        assert kind.read(f"{said}\n\n{question} {behind}", choices) == alone


@UNHURRIED
@given(NAMES, TEXTS, TEXTS, CHOICES)
def test_what_was_thought_never_matters_and_an_open_thought_answers_nothing(
    name: str, thought: str, text: str, choices: Sequence[str]
) -> None:
    kind = KINDS[name]
    thought = thought.replace("think>", "").replace("</s>", "")
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


@pytest.mark.parametrize(
    ("gold", "answer", "same"),
    [
        ("0.6666666666666666", "2/3", True),
        ("3.33333", "10/3", True),
        ("2.0107e-06", "0.0000020107", True),
        ("3244047.0999999996", "3244047.1", True),
        ("17.999999999999996", "18", True),
        ("5.0", "5", True),
        ("1,450,000", "1450000", True),
        ("-10", "10", False),
        ("114200", "114201", False),
        ("1000000000001", "1000000000000", False),
        ("0.67", "2/3", False),
        ("114200.4", "114200", False),
    ],
)
def test_golds_count_as_the_same_within_the_stated_tolerance(
    gold: str, answer: str, same: bool
) -> None:
    number = KINDS["number"]
    one, other = number.normal(gold), number.normal(answer)
    assert one is not None
    assert other is not None
    assert number.same(one, other) is same


@pytest.mark.parametrize(
    "text", ["9" * 5000, "1/0", "0.5.5", "12:30", "five or six", "[invalid]", ""]
)
def test_what_is_no_number_has_no_normal_form_as_one(text: str) -> None:
    assert KINDS["number"].normal(text) is None


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
        start = time.thread_time()  # of this thread alone: other programs may hold the processor
        KINDS[name].read(text, PLACES)
        return time.thread_time() - start

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
    assert KINDS[name].read(nested, PLACES).answer == ("5" if name in ("number", "math") else None)
    every = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    assert KINDS[name].read(every, PLACES).answer is None


def test_each_kind_asks_for_its_answer_as_kojima_et_al_do() -> None:
    assert KINDS["number"].trigger(()) == "the answer (arabic numerals) is"
    assert KINDS["yes_no"].trigger(()) == "the answer (Yes or No) is"
    assert KINDS["letters"].trigger(()) == KINDS["label"].trigger(VERDICTS) == "the answer is"
    assert KINDS["date"].trigger(()) == "the answer (MM/DD/YYYY) is"
    assert KINDS["choice"].trigger(PLACES) == "among A through E, the answer is"
    assert KINDS["choice"].trigger(("1", "2", "3")) == "among A through C, the answer is"


def test_each_kind_closes_a_worked_example_as_wei_et_al_do() -> None:
    assert KINDS["number"].sentence("6") == "The answer is 6."
    assert KINDS["choice"].sentence("B") == "The answer is (b)."
    assert KINDS["yes_no"].sentence("yes") == "So the answer is yes."
    assert KINDS["letters"].sentence("nk") == "The answer is nk."
    assert KINDS["date"].sentence("05/01/2021") == "So the answer is 05/01/2021."


def test_choices_are_lettered_up_to_z() -> None:
    assert choice_letters(5) == "ABCDE"
    with pytest.raises(ValueError, match="27 options"):
        choice_letters(27)


def test_letters_keep_their_accents_and_lose_all_else() -> None:
    assert [KINDS["letters"].normal(text) for text in ("yaeA", "Mé-YL", '"n, k"', "e\u0301")] == [
        "yaea",
        "méyl",
        "nk",
        "é",
    ]


def test_truth_values_are_golds_of_yes_or_no() -> None:
    assert [KINDS["yes_no"].normal(str(gold)) for gold in (True, False, None)] == [
        "yes",
        "no",
        None,
    ]


def reply(text: str, finish: Finish = "end") -> Reply:
    return Reply(text, finish, tokens=10, logprob=-1.5, prompt_tokens=7, seconds=0.5)


def problem(kind: str = "number", choices: tuple[str, ...] = ()) -> Problem:
    return Problem("made/0", "How many?", "42", kind, choices)


def test_a_chain_of_one_reply_has_its_text_its_counts_and_its_answer() -> None:
    made = chain(problem(), reply("6 * 7 = 42. The answer is 42.", "stop"))
    assert (made.text, made.answer, made.rule) == (
        "6 * 7 = 42. The answer is 42.",
        "42",
        "answer_phrase",
    )
    assert (made.finish, made.tokens, made.logprob, made.prompt_tokens, made.seconds) == (
        "stop",
        10,
        -1.5,
        7,
        0.5,
    )


def test_of_a_reply_that_was_cut_off_only_what_it_announces_is_read() -> None:
    made = chain(problem(), reply("The answer is 42. That is because", "length"))
    assert (made.answer, made.finish) == ("42", "length")
    assert chain(problem(), reply("She has 12 eggs. So 42 are left.", "length")).answer is None
    assert chain(problem(), reply("The answer is 4", "length")).answer is None


def test_the_strict_reading_is_an_answer_that_was_announced() -> None:
    strict = {
        text: KINDS["number"].read(text).rule in STRICT_RULES
        for text in (
            "The answer is 42.",
            "\\boxed{42}",
            "#### 42",
            "42",
            "So there are 42.",
            "The answer is 4. No, 42.",
        )
    }
    assert list(strict.values()) == [True, True, True, False, False, True]


def test_a_fragment_is_read_after_what_asked_for_it() -> None:
    made = chain(
        problem(), reply(" 42. There are 6 rows of 7."), asked="The answer (arabic numerals) is"
    )
    assert (made.text, made.answer, made.rule) == (
        " 42. There are 6 rows of 7.",
        "42",
        "answer_phrase",
    )


def test_two_stages_make_one_chain_whose_last_reply_alone_answers() -> None:
    asked = "\nTherefore, the answer (arabic numerals) is"
    made = chain(problem(), reply("6 * 7 is 42.", "length"), reply(" 41."), asked=asked)
    assert made.text == f"6 * 7 is 42.{asked} 41."
    assert (made.answer, made.rule, made.finish) == ("41", "answer_phrase", "end")
    assert (made.tokens, made.logprob, made.prompt_tokens, made.seconds) == (20, -3.0, 14, 1.0)


def test_a_second_stage_that_says_nothing_leaves_the_chain_silent() -> None:
    made = chain(problem(), reply("6 * 7 = 42."), reply(""), asked="\nTherefore, the answer is")
    assert (made.answer, made.rule) == (None, None)


def test_a_chain_knows_the_choices_of_its_problem() -> None:
    assert chain(problem("choice", PLACES), reply("It is the desert.")).answer == "C"


def test_a_chain_without_replies_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one reply"):
        chain(problem())
