"""Program-aided prompting and program of thoughts, on a scripted model that writes programs."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from harness.prompts.program_aided import program_aided
from harness.prompts.program_of_thoughts import program_of_thoughts

from harness import Scripted, UserError, run
from harness.catalogue.finding import find
from harness.models.ledger import Ledger
from harness.problems.exemplars import exemplar_set, names
from harness.programs.sandbox import execute
from harness.reading.kinds import KINDS
from harness.running.rehearsing import rehearse
from harness.testing import PROBLEMS

NUMBER = PROBLEMS["number"]


def test_program_aided_shows_functions_and_runs_the_one_that_comes_back() -> None:
    prompts: list[str] = []

    def answer(text: str) -> str:
        prompts.append(text)
        return " def solution():\n    plums = 5\n    return plums + 3"

    [chain] = asyncio.run(program_aided(NUMBER, Scripted(answer), shots=1))
    assert prompts == [
        "Q: A pack has 6 pens. How many pens are in 4 packs?\n"
        "A: # A solution in Python:\n"
        "def solution():\n"
        '    """A pack has 6 pens. How many pens are in 4 packs?"""\n'
        "    pens_per_pack = 6\n"
        "    packs = 4\n"
        "    answer = pens_per_pack * packs\n"
        "    return answer\n\n"
        "Q: A jar holds 5 plums. Ana adds 3 plums. How many plums are in the jar?\nA:"
    ]
    assert chain.answer == "8"


def test_programs_vote_and_those_that_fail_do_not() -> None:
    def answer(text: str) -> Sequence[str]:
        return [f"def solution():\n    return {value}" for value in ("8", "8.0", "1 / 0", "9")]

    chains = asyncio.run(program_aided(NUMBER, Scripted(answer), paths=4, temperature=0.7))
    assert [chain.answer for chain in chains] == ["8", "8", None, "9"]
    assert chains[2].error == "ZeroDivisionError: division by zero"


def test_program_of_thoughts_runs_statements() -> None:
    model = Scripted(lambda text: " plums = 5 + 3\nanswer = plums")
    [chain] = asyncio.run(program_of_thoughts(NUMBER, model))
    assert (chain.answer, chain.text) == (
        "8",
        " plums = 5 + 3\nanswer = plums\nThe answer is 8.",
    )


def test_program_of_thoughts_asks_which_option_its_value_is() -> None:
    def answer(text: str) -> str:
        return " (C)." if "Therefore" in text else " miles = 3 * 60\nanswer = miles"

    [chain] = asyncio.run(program_of_thoughts(PROBLEMS["choice"], Scripted(answer)))
    assert chain.answer == "C"
    assert chain.text == (
        " miles = 3 * 60\nanswer = miles\n# answer = 180\n"
        "Therefore, among A through C, the answer is (C)."
    )
    assert chain.tokens == 8 + 1


def test_the_question_about_options_stands_right_behind_the_program() -> None:
    prompts: list[str] = []

    def answer(text: str) -> str:
        prompts.append(text)
        return " (C)." if "Therefore" in text else " answer = 180\n\n"

    asyncio.run(program_of_thoughts(PROBLEMS["choice"], Scripted(answer)))
    assert prompts[1] == (
        f"{prompts[0]} answer = 180\n# answer = 180\nTherefore, among A through C, the answer is"
    )


@pytest.mark.parametrize("end", ['"', "\\", '\\n?"""', '""""'])
def test_the_function_of_an_example_is_python_whatever_its_question_holds(end: str) -> None:
    prompts: list[str] = []
    model = Scripted(lambda text: prompts.append(text) or "")  # type: ignore[func-returns-value]
    odd = replace(NUMBER.exemplars[0], question=f"How many are {end}")
    asyncio.run(program_aided(replace(NUMBER, exemplars=(odd,)), model))
    source = prompts[0].partition("A: ")[2].partition("\n\nQ:")[0]
    names: dict[str, Any] = {}
    exec(source, names)
    assert names["solution"]() == 24
    assert names["solution"].__doc__.rstrip() == odd.question


def test_a_program_that_fails_is_not_asked_about_options() -> None:
    def answer(text: str) -> str:
        assert "Therefore" not in text
        return "answer = miles"

    [chain] = asyncio.run(program_of_thoughts(PROBLEMS["choice"], Scripted(answer)))
    assert (chain.answer, chain.error) == (None, "NameError: name 'miles' is not defined")


def test_program_of_thoughts_needs_no_examples() -> None:
    prompts: list[str] = []
    bare = replace(NUMBER, exemplars=())
    model = Scripted(lambda text: prompts.append(text) or "answer = 8")  # type: ignore[func-returns-value]
    [chain] = asyncio.run(program_of_thoughts(bare, model, shots=0))
    assert prompts == [
        f"Q: {NUMBER.question}\n"
        "A: # Python that binds each step to a name, and the result to `answer`:\n"
    ]
    assert chain.answer == "8"


@pytest.mark.parametrize("strategy", ["program_aided", "program_of_thoughts"])
def test_what_programs_cannot_serve_is_refused_before_anything_is_asked(strategy: str) -> None:
    found = find(strategy, "strategy")
    with pytest.raises(UserError, match="take another strategy"):
        asyncio.run(rehearse(found, PROBLEMS["yes_no"]))
    bare = [replace(exemplar, program=None) for exemplar in NUMBER.exemplars]
    with pytest.raises(UserError, match="has no program"):
        asyncio.run(rehearse(found, replace(NUMBER, exemplars=tuple(bare))))


@pytest.mark.parametrize("name", names())
def test_the_programs_of_our_examples_give_their_answers(name: str) -> None:
    for exemplar in exemplar_set(name).problems:
        if exemplar.program is None:
            continue
        value = asyncio.run(execute(exemplar.program)).value
        assert value is not None
        answer = KINDS[exemplar.kind].normal(value, exemplar.choices)
        assert answer == exemplar.answer, exemplar.id


@pytest.mark.parametrize("name", ["arithmetic", "aqua", "last_letter"])
def test_our_examples_have_programs(name: str) -> None:
    assert all(exemplar.program for exemplar in exemplar_set(name).problems)


def test_a_run_goes_on_past_programs_that_misbehave(tmp_path: Path) -> None:
    said = iter(
        ["open('/etc/passwd').read()", "while True: pass", "return 1 +", "return 'a' * 10**10"] * 9
    )
    replies: dict[str, str] = {}

    def answer(text: str) -> str:
        return replies.setdefault(text, f"def solution():\n    {next(said)}")

    done = run(
        Scripted(answer),
        "arithmetic",
        "program_aided:seconds=0.2",
        limit=8,
        output=tmp_path / "out",
        ledger=Ledger(),
        progress=False,
    )
    errors = [sample["chains"][0]["error"].partition(":")[0] for sample in done.samples]
    assert set(errors) <= {"PermissionError", "TimeoutError", "SyntaxError", "MemoryError"}
    assert len(set(errors)) == 4
    [score] = done.scores
    assert (score["problems"], score["unread"], score["errors"]) == (8, 8, 0)
