"""The endless tasks: solved by readers of the question alone, without repeats, the same for ever."""

from __future__ import annotations

import importlib
import random
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest
from harness.tasks.counting import SORTS
from harness.tasks.streams import fresh
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import KINDS, Problem, UserError
from harness.problems.checking import fault
from harness.problems.exemplars import exemplars
from tests.tasks.solvers import SOLVERS

TOP = {"ages": 4, "rates": 4, "counting": 10, "dates": 8}
FIRST = {
    "ages": "Roy is 3 times as old as Dominic. Roy is 12 years older than Dominic. How o",
    "boolean": "b is true, e is true, k is false, m is true. Is not (not (b or not (e and m",
    "counting": "Deborah sees six peaches, six cars, five wrenches, a fig and nine grapes. H",
    "dates": "Logan ordered a desk on 06/06/1967. A notice came 8 days after that day. A ",
    "navigation": "Eugene stands at the bench and always faces north. Eugene goes 10 steps to ",
    "rates": "Caleb's tractor goes 15 miles an hour for 5 hours and then 48 miles an hour",
    "sorting": "Sort these words by the alphabet: cup harp cloak beacon tiger",
    "tracking": "At first Travis has the scarf, Simon the hat and Barbara the torch. First B",
}


def module(task: str) -> Any:
    return importlib.import_module(f"harness.tasks.{task}")


def first(task: str, count: int, **options: object) -> list[Problem]:
    function: Callable[..., Iterator[Problem]] = getattr(module(task), task)
    return list(islice(function(**options), count))


@pytest.mark.parametrize("task", SOLVERS)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9), level=st.integers(1, 12))
def test_every_gold_is_what_a_solver_finds_that_reads_the_question(
    task: str, seed: int, level: int
) -> None:
    level = min(level, TOP.get(task, 12))
    problem = module(task).draw(random.Random(seed), level, level)
    assert SOLVERS[task](problem) == problem.answer
    assert problem.tags["level"] == level
    assert fault(problem) is None


@pytest.mark.parametrize("task", SOLVERS)
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_rationale_program_and_parts_reach_the_gold(task: str, seed: int) -> None:
    problem = module(task).draw(random.Random(seed), 1, TOP.get(task, 6))
    kind = KINDS[problem.kind]
    for worked in (*problem.rationales, problem.parts[-1][1]):
        said = f"{worked} {kind.sentence(problem.answer)}"
        assert kind.read(said, problem.choices).answer == problem.answer
    values: dict[str, object] = {}
    exec(problem.program or "", values)
    value = values["answer"]
    computed = f"{value:%m/%d/%Y}" if problem.kind == "date" else str(value)
    assert kind.same(kind.normal(computed, problem.choices) or "", problem.answer)
    assert problem.question.endswith(problem.parts[-1][0])


@pytest.mark.parametrize("task", SOLVERS)
def test_no_question_comes_twice_and_none_is_in_two_streams(task: str) -> None:
    questions = [p.question for p in first(task, 1500, level="1")]
    assert len(set(questions)) == 1500
    shown = {problem.question for problem in exemplars(task)}
    assert shown.isdisjoint(questions)
    assert {p.question for p in first(task, 300, level="1", split="train")}.isdisjoint(questions)


@pytest.mark.parametrize("task", ["boolean", "navigation"])
def test_as_many_are_true_as_false(task: str) -> None:
    for level in ("1", "4"):
        count = Counter(problem.answer for problem in first(task, 400, level=level))
        assert 150 <= count["yes"] <= 250


def test_letters_of_the_right_options_are_balanced() -> None:
    count = Counter(problem.answer for problem in first("tracking", 300))
    assert min(count["A"], count["B"], count["C"]) > 70


@pytest.mark.parametrize("task", SOLVERS)
def test_the_first_problem_is_the_same_for_ever(task: str) -> None:
    # a change here breaks every recorded run
    (problem,) = first(task, 1)
    assert problem.id == f"{task}/test/0/0000"
    assert problem.question.startswith(FIRST[task])


@pytest.mark.parametrize("task", SOLVERS)
def test_a_wrong_level_is_one_clear_line(task: str) -> None:
    with pytest.raises(UserError, match=r"level=0 is no number or range"):
        first(task, 1, level="0")
    with pytest.raises(UserError, match="train, exemplar, test"):
        first(task, 1, split="tset")


def test_no_thing_is_of_two_sorts() -> None:
    things = [thing for words in SORTS.values() for thing in words.split()]
    assert len(set(things)) == len(things)


def test_a_stream_that_has_no_new_question_says_so() -> None:
    def draw(rng: random.Random) -> Problem:
        return Problem("", f"Is it {rng.randrange(50)}?", "yes", "yes_no")

    with pytest.raises(UserError, match="hardly a new one is left: raise its level"):
        list(fresh("few", draw, name="test", seed=0))
