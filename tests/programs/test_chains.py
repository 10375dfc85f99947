"""What a program computes becomes the answer of its chain; one that fails abstains, and says why."""

import asyncio
from dataclasses import replace

import pytest

from harness import Chain, Problem, Reply, UserError, computed, executed, program_of
from harness.programs.sandbox import Outcome
from harness.records.record import Column, sample
from harness.testing import PROBLEMS

NUMBER = PROBLEMS["number"]


def reply(text: str, finish: str = "end") -> Reply:
    return Reply(text, finish, len(text.split()), -1.5)  # type: ignore[arg-type]


def made(text: str, problem: Problem = NUMBER, finish: str = "end") -> Chain:
    said = reply(text, finish)
    return computed(problem, said, asyncio.run(executed(said)))


def test_the_answer_stands_below_the_program_and_is_read_from_there() -> None:
    chain = made(" plums = 5\nanswer = plums + 3.0")
    assert (chain.answer, chain.error) == ("8", None)
    assert chain.text == " plums = 5\nanswer = plums + 3.0\nThe answer is 8."
    assert chain.text[chain.start :] == "\nThe answer is 8."
    assert (chain.tokens, chain.logprob, chain.finish) == (8, -1.5, "end")


@pytest.mark.parametrize(
    "text",
    [
        "answer = 8",
        " answer = 8",
        "\n    plums = 5\n    answer = plums + 3\n",
        "Here it is:\n```python\nanswer = 8\n```\nThe answer is 9.",
        "```\nanswer = 8",
        "boxes = 2\nanswer = 4 * boxes\n```\nThe answer is 9.",
        "answer = 8\n```\n\nOr in short:\n```python\nanswer = 9\n```",
        "Sure\n```\nanswer = 8\n```",
        "boxes = 2\nanswer = 4 * boxes\n```",
        "answer = 8```",
        "Sure: ```python\nanswer = 8\n```",
        "```python\nanswer = 8```\nThe answer is 9.",
        "# The answer is 9.\nanswer = 8  # 9",
    ],
)
def test_a_program_is_found_in_whatever_stands_around_it(text: str) -> None:
    assert made(text).answer == "8"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("answer = 1 / 0", "ZeroDivisionError: division by zero"),
        ("I think that it is 8.", "SyntaxError"),
        ("answer = 'eight apples'", "ValueError: the result 'eight apples' is no answer"),
        ("", "NameError: name 'answer' is not defined"),
    ],
)
def test_a_program_that_fails_abstains_and_its_error_is_kept(text: str, error: str) -> None:
    chain = made(text)
    assert (chain.answer, chain.rule, chain.text) == (None, None, text)
    assert (chain.error or "").startswith(error)


def test_a_program_that_was_cut_off_is_not_run() -> None:
    chain = made("answer = 8", finish="length")
    assert (chain.answer, chain.finish) == (None, "length")
    assert chain.error == "SyntaxError: the program was cut off after 3 tokens"


def test_the_error_is_in_the_record_and_only_where_there_is_one() -> None:
    column = Column("m", "t", "s", {})
    chains = [made("answer = 8"), made("answer = 1 / 0"), made("answer = 8.0")]
    record = sample(column, NUMBER, chains)
    assert [chain.get("error") for chain in record["chains"]] == [
        None,
        "ZeroDivisionError: division by zero",
        None,
    ]
    assert "error" not in record["chains"][0]
    assert (record["votes"], record["correct"]) == ({"8": 2.0}, 1)


def test_dates_and_letters_come_in_the_form_of_their_kind() -> None:
    day = "from datetime import date\nanswer = date(2024, 2, 29)"
    assert made(day, PROBLEMS["date"]).answer == "02/29/2024"
    assert made("answer = 'Y' + 'E'", PROBLEMS["letters"]).answer == "ye"


def test_a_result_of_another_kind_is_no_answer() -> None:
    chain = computed(PROBLEMS["date"], reply("answer = 3"), Outcome("3"))
    assert chain.error == "ValueError: the result '3' is no answer of the kind date"


def test_an_example_without_a_program_is_told_with_the_remedy() -> None:
    with pytest.raises(UserError, match=r"number/1 has no program: .*--exemplars FILE"):
        program_of(replace(NUMBER.exemplars[0], program=None))
