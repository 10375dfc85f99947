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
    "arc:path=arc_challenge/test.json": 1172,
    "openbookqa:path=openbookqa/test.tsv": 500,
    "boolq:path=boolq/val.jsonl": 500,
    "boolq:path=boolq/val.jsonl,passage=yes": 500,
    "hotpotqa:path=hotpotqa/hotpot_dev_v1_simplified.json": 300,
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


def test_arc_has_three_to_five_options_that_are_not_torn() -> None:
    problems = read("arc:path=arc_challenge/test.json")
    assert Counter(len(problem.choices) for problem in problems) == {4: 1165, 3: 4, 5: 3}
    assert problems[0].choices[2] == "Planetary days will become shorter."
    assert not [p for p in problems if "Answer" in p.question or "Answer1" in "".join(p.choices)]


def test_openbookqa_is_named_by_its_own_ids_and_has_four_options() -> None:
    problems = read("openbookqa:path=openbookqa/test.tsv")
    assert problems[0].id == "openbookqa/8-343"
    assert {len(problem.choices) for problem in problems} == {4}
    assert len({problem.question for problem in problems}) == 498


def test_boolq_labels_are_read_though_they_are_texts() -> None:
    assert golds("boolq:path=boolq/val.jsonl") == {"yes": 315, "no": 185}
    with_passage = read("boolq:path=boolq/val.jsonl,passage=yes")[0]
    assert with_passage.question.startswith("Ethanol fuel -- All biomass")
    assert with_passage.question.endswith(
        "passage, does ethanol take more energy make that produces?"
    )
    assert "According to this passage" in with_passage.exemplars[0].question


def test_hotpotqa_has_answers_of_up_to_fourteen_words() -> None:
    problems = read("hotpotqa:path=hotpotqa/hotpot_dev_v1_simplified.json")
    assert max(len(problem.answer.split()) for problem in problems) == 14
    assert problems[1].answer == "Chief of Protocol"
    assert sum(problem.answer in ("yes", "no") for problem in problems) == 21
