"""Every released file beside the repository is read whole, and its golds pass their readers.

A row whose gold cannot pass is named here, with what is wrong with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness import Problem
from harness.catalogue.finding import find
from harness.problems.checking import fault
from harness.problems.choosing import choose

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
"""Released files beside the repository, not part of it: tests that read them skip without them."""

FILES = {
    "commonsenseqa:path=commonsenseqa/dev_rand_split.jsonl": 1221,
    "strategyqa:path=strategyqa/dev.json": 229,
    "date_understanding:path=bbh/date_understanding.json": 250,
    "sports_understanding:path=bbh/sports_understanding.json": 250,
}
FAULTS: dict[str, str] = {}
"""Golds that their reader does not give back, by id, and why."""


def read(spec: str) -> Sequence[Problem]:
    """The problems of a spec whose path lies in the folder of released files."""
    file = spec.partition("path=")[2].partition(",")[0]
    if not (DATA / file).exists():
        pytest.skip(f"{file} is not at hand")
    return choose(find(spec.replace("path=", f"path={DATA}/"), "task")).problems


@pytest.mark.parametrize(("spec", "count"), FILES.items())
def test_every_row_is_a_problem_whose_gold_passes_its_reader(spec: str, count: int) -> None:
    problems = read(spec)
    assert len(problems) == count
    failed = {problem.id: reason for problem in problems if (reason := fault(problem))}
    assert failed.keys() <= FAULTS.keys(), failed
    assert all(problem.question == problem.question.strip() != "" for problem in problems)
    assert all(problem.exemplars for problem in problems)
    own = {example.question for problem in problems[:1] for example in problem.exemplars}
    assert own.isdisjoint(problem.question for problem in problems)


def golds(spec: str) -> Counter[str]:
    return Counter(problem.answer for problem in read(spec))


def test_strategyqa_has_107_yes_and_its_facts_as_rationales() -> None:
    assert golds("strategyqa:path=strategyqa/dev.json") == {"yes": 107, "no": 122}
    first = read("strategyqa:path=strategyqa/dev.json")[0]
    assert first.id == "strategyqa/e0044a7b4d146d611e73"
    assert (
        first.rationale
        == "Albany, GA has around 75,000 people Albany, NY has almost 100,000 people"
    )


def test_twins_of_a_gold_are_named() -> None:
    problems = read("commonsenseqa:path=commonsenseqa/dev_rand_split.jsonl")
    assert sum(len(set(problem.choices)) < 5 for problem in problems) == 24
    for problem in problems:
        gold = problem.choices["ABCDE".index(problem.answer)]
        twins = [x for x, c in zip("ABCDE", problem.choices, strict=True) if c == gold]
        twins.remove(problem.answer)
        assert problem.tags.get("same_text", "") == "".join(twins)


def test_dates_are_asked_for_without_options() -> None:
    problems = read("date_understanding:path=bbh/date_understanding.json")
    assert not [p for p in problems if "(A)" in p.question or p.choices]
    assert problems[0].answer == "12/25/1937"
