"""Reasoning Gym by name: its checkers say what is right beside the gold, and evaluate nothing that could harm."""

from __future__ import annotations

import importlib.util
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from harness.tasks.reasoning_gym import harmless, reasoning_gym

from harness import Problem, UserError
from harness.problem import Reply
from harness.problems.checking import fault
from harness.reading.kinds import chain
from harness.records.measuring import measure
from harness.records.record import Column, sample
from harness.records.revoting import by_vote

COLUMN = Column("m", "t", "s", {})


class Paths:
    """A set of problems in which every text of as many letters as the gold is right, in the package's form."""

    evaluated: list[str]

    def __init__(self, answers: tuple[str, ...]) -> None:
        self.answers, self.evaluated = answers, []

    def __getitem__(self, index: int) -> dict[str, Any]:
        gold = self.answers[index % len(self.answers)]
        return {"question": f"{index}?", "answer": gold, "metadata": {}}

    def score_answer(self, answer: str, entry: dict[str, Any]) -> float:
        self.evaluated.append(answer)
        return 1.0 if len(answer) == len(entry["answer"]) else 0.5


@pytest.fixture
def gym(monkeypatch: pytest.MonkeyPatch) -> dict[str, Paths]:
    """A package with sets of paths, numbers and boards instead of the real one."""
    sets = {
        "paths": Paths(("up up", "up left")),
        "sums": Paths(("12", "-4")),
        "verdicts": Paths(("Yes", "No")),
        "n_queens": Paths(("_ Q\nQ _",)),
        "countdown": Paths(("2 + 3*4",)),
    }
    factory = SimpleNamespace(
        DATASETS=dict.fromkeys([*sets, "composite"]), has_curriculum=lambda name: False
    )
    package = SimpleNamespace(factory=factory, create_dataset=lambda name, **options: sets[name])
    monkeypatch.setitem(sys.modules, "reasoning_gym", package)
    return sets


def problems(**options: Any) -> list[Problem]:
    return list(reasoning_gym(**options))


def answered(problem: Problem, *answers: str) -> dict[str, Any]:
    replies = [Reply(f"The answer is {answer}.", "end", 5, -1.0) for answer in answers]
    return sample(COLUMN, problem, [chain(problem, reply) for reply in replies])


@pytest.mark.usefixtures("gym")
@pytest.mark.parametrize(
    ("name", "kind", "golds"),
    [
        ("paths", "verbatim", ["up up", "up left"]),
        ("sums", "number", ["12", "-4"]),
        ("verdicts", "yes_no", ["yes", "no"]),
    ],
)
def test_the_kind_is_that_of_all_golds_of_a_set(name: str, kind: str, golds: list[str]) -> None:
    made = problems(name=name, count=2)
    assert [problem.answer for problem in made] == golds
    assert {problem.kind for problem in made} == {kind}
    assert [fault(problem) for problem in made] == [None, None]


@pytest.mark.usefixtures("gym")
def test_what_the_checker_takes_is_right_and_votes_go_by_what_was_said() -> None:
    (problem,) = problems(name="paths", count=1)
    record = answered(problem, "up no", "ab cd", "down down", "down down", "go")
    assert [one["correct"] for one in record["chains"]] == [1, 1, 0, 0, 0]
    assert record["also_right"] == ["up no", "ab cd"]
    # two right answers of one chain each do not outvote a wrong one of two
    assert (record["answer"], record["correct"]) == ("down down", 0)
    assert measure(record).counts.gold == 2


@pytest.mark.usefixtures("gym")
def test_a_tie_of_two_right_answers_is_right_and_another_vote_knows_it_without_the_package() -> (
    None
):
    (problem,) = problems(name="paths", count=1)
    record = answered(problem, "up no", "ab cd")
    assert record["correct"] == 1
    assert by_vote("first:k=1")(record)["correct"] == 1
    assert measure(record).readings["flexible"].credit == 1


@pytest.mark.parametrize(
    ("name", "said", "seen"),
    [
        ("n_queens", "Q _\n_ Q", True),
        ("n_queens", "[exit()]", False),
        ("countdown", "(2 + 4)*3", True),
        ("countdown", "9**9**9**9", False),
    ],
)
def test_a_checker_that_evaluates_sees_only_what_can_do_no_harm(
    gym: dict[str, Paths], name: str, said: str, seen: bool
) -> None:
    (problem,) = problems(name=name, count=1)
    before = len(gym[name].evaluated)
    assert problem.accepts is not None
    problem.accepts(said)
    assert (len(gym[name].evaluated) > before) is seen


@pytest.mark.parametrize(
    "formula",
    ["94*4 - 61 - 6", "-4*(-2*x - 8)**(3/2)/3 + C", "0.5*x*exp(-x)", "(x + 1)**2*(x - 1)**3"],
)
def test_a_formula_of_numbers_letters_and_functions_is_harmless(formula: str) -> None:
    assert harmless(formula)


@pytest.mark.parametrize(
    "formula",
    [
        '__import__("os")',
        "x.__class__",
        "S('1')",
        "S(1)",
        "9**9**9",
        "9** 9 **9",
        "9**(9**9)",
        "((9**99)**99)**99*(2)**3",
        "exec(1)",
        "(9).real",
        "lambda",
        "9999999999999",
        "9**999",
        "x!",
        "",
    ],
)
def test_a_formula_that_could_reach_further_is_not(formula: str) -> None:
    assert not harmless(formula)


@pytest.mark.usefixtures("gym")
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "say name=, one of countdown, n_queens"),
        ({"name": "composite"}, "there is no set 'composite': one of countdown"),
        ({"name": "sums", "count": 0}, "count=0 is no number"),
        ({"name": "sums", "level": 2}, "sums has no level 2"),
        ({"name": "sums", "level": -1}, "sums has no level -1: level= is 0 or more"),
    ],
)
def test_what_cannot_be_asked_for_is_one_line(options: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=told):
        problems(**options)


def test_without_the_package_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "reasoning_gym", None)
    with pytest.raises(UserError, match=r"pip install 'reasoning-harness\[reasoning-gym\]'"):
        problems(name="sums")


@pytest.mark.skipif(
    importlib.util.find_spec("reasoning_gym") is None, reason="reasoning-gym is not installed"
)
def test_the_real_package_gives_numbers_verdicts_grids_and_answers_of_which_several_are_right() -> (
    None
):
    kinds = {
        name: problems(name=name, count=2)[0].kind
        for name in ("gcd", "syllogism", "rotate_matrix", "shortest_path")
    }
    assert kinds == {
        "gcd": "number",
        "syllogism": "yes_no",
        "rotate_matrix": "verbatim",
        "shortest_path": "verbatim",
    }
    (word,) = problems(name="palindrome_generation", count=1, level=1)
    middle = len(word.answer) // 2
    half = sorted(word.answer[:middle])
    other = "".join([*half, *word.answer[middle : len(word.answer) - middle], *half[::-1]])
    assert word.accepts is not None
    assert word.accepts(other)
    assert not word.accepts(other[1:])
