"""The kinds of answer: our own cases as data, the public corpus, and the chains that are read."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harness.problem import Finish, Problem, Reply
from harness.reading.kinds import KINDS, STRICT_RULES, chain, choice_letters

GOLDEN = Path(__file__).parents[1] / "golden"
ANSWERS = GOLDEN / "answers.jsonl"
"""Half endings of what real models wrote, half made up; more that are made up are in `made.jsonl`."""
MODELS = {
    "GPT-3.5",
    "Llama-3.2-3B-Instruct",
    "Qwen2.5-Coder-0.5B-Instruct",
    "Qwen2.5-Coder-1.5B-Instruct",
    "Qwen2.5-Math-1.5B",
    "Qwen3-4B",
    "SmolLM2-135M-Instruct",
    "deepseek-chat",
    "gemma-2-9b-it",
    "gpt-3.5-turbo",
    "gpt-4o",
    "text-davinci-002",
    "tora-code-34b-v1.0",
}
CORPUS = Path(__file__).resolve().parents[3] / "shared" / "answers" / "golden.jsonl"
PLACES = ("ocean", "a lake", "desert", "the north pole", "river bank")
VERDICTS = ("yes", "no", "it is not possible to tell")


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


OURS = [*rows(ANSWERS), *rows(GOLDEN / "made.jsonl")]


@pytest.mark.parametrize("row", OURS, ids=lambda row: f"{row['kind']}: {row['text'][-60:]!r}")
def test_our_cases_read_as_they_say_and_by_the_rule_they_say(row: dict[str, Any]) -> None:
    kind, truncated = KINDS[row["kind"]], row.get("truncated", False)
    reading = kind.read(row["text"], row.get("choices", ()), truncated)
    assert (reading.answer, reading.rule) == (row["reads"], row["rule"])


def test_every_case_of_ours_names_its_source_and_is_there_once() -> None:
    assert all(row["source"] for row in OURS)
    once = {(row["text"], row["kind"], str(row.get("choices")), "truncated" in row) for row in OURS}
    assert len(once) == len(OURS) >= 1104
    assert {row["kind"] for row in OURS} == set(KINDS)


def test_half_of_the_cases_are_endings_of_what_real_models_wrote() -> None:
    cases = rows(ANSWERS)
    written = [row for row in cases if row["source"].partition(":")[0] in MODELS]
    assert len(cases) >= 736
    assert len(written) >= len(cases) / 2
    assert {row["kind"] for row in written} == set(KINDS)


@pytest.mark.skipif(not CORPUS.exists(), reason="the public corpus is not beside this checkout")
def test_the_public_corpus_is_read_as_a_careful_reader_reads_it() -> None:
    right, read = Counter[str](), Counter[str]()
    for row in rows(CORPUS):
        reading = KINDS[row["kind"]].read(row["text"], row.get("choices") or ())
        read[row["kind"]] += 1
        right[row["kind"]] += reading.answer == row["reads"]
    assert set(read) == {"number", "choice", "yes_no", "letters", "date"}
    assert right == read


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


def test_each_kind_asks_for_its_answer_as_kojima_et_al_do() -> None:
    assert KINDS["number"].trigger(()) == "the answer (arabic numerals) is"
    assert KINDS["yes_no"].trigger(()) == "the answer (Yes or No) is"
    for name in ("letters", "label", "free"):
        assert KINDS[name].trigger(VERDICTS) == "the answer is"
    assert KINDS["date"].trigger(()) == "the answer (MM/DD/YYYY) is"
    assert KINDS["choice"].trigger(PLACES) == "among A through E, the answer is"
    assert KINDS["choice"].trigger(("1", "2", "3")) == "among A through C, the answer is"


def test_each_kind_closes_a_worked_example_as_wei_et_al_do() -> None:
    assert KINDS["number"].sentence("6") == "The answer is 6."
    assert KINDS["choice"].sentence("B") == "The answer is (b)."
    assert KINDS["yes_no"].sentence("yes") == "So the answer is yes."
    assert KINDS["letters"].sentence("nk") == "The answer is nk."
    assert KINDS["date"].sentence("05/01/2021") == "So the answer is 05/01/2021."
    assert KINDS["free"].sentence("Rome") == "So the answer is Rome."


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
    assert made.cut
    assert not chain(problem(), reply("6 * 7 is 42."), reply(" 41."), asked=asked).cut


def test_a_second_stage_that_says_nothing_leaves_the_chain_silent() -> None:
    made = chain(problem(), reply("6 * 7 = 42."), reply(""), asked="\nTherefore, the answer is")
    assert (made.answer, made.rule) == (None, None)


def test_a_chain_knows_the_choices_of_its_problem() -> None:
    assert chain(problem("choice", PLACES), reply("It is the desert.")).answer == "C"


def test_a_chain_without_replies_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one reply"):
        chain(problem())


@pytest.mark.parametrize(
    ("kind", "said", "answer"),
    [
        ("number", "18", "18"),
        ("number", "-18", "-18"),
        ("choice", "B", "B"),
        ("yes_no", "Yes", "yes"),
        ("date", "05/02/2021", "05/02/2021"),
        ("free", "Rome", "Rome"),
        ("math", "2x", "2x"),
        ("verbatim", "3 1\n4 2", "3 1\n4 2"),
    ],
)
def test_a_reply_without_a_blank_is_read_behind_what_asked_for_it(
    kind: str, said: str, answer: str
) -> None:
    choices = PLACES if kind == "choice" else ()
    problem = Problem("x", "?", answer, kind, choices)
    asked = f"\nTherefore, {KINDS[kind].trigger(choices)}"
    made = chain(problem, reply("It is so.", "end"), reply(said, "end"), asked=asked)
    assert (made.answer, made.rule) == (answer, "answer_phrase")
    assert made.text.endswith(asked + said)


def test_a_reply_may_go_on_with_the_word_that_asked_for_it() -> None:
    problem = Problem("x", "?", "19", "number")
    assert chain(problem, reply("n't 18 but 19.", "end"), asked="\nSo it is").answer == "19"
