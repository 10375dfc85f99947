"""The loaders on the released files: every row, every gold, every known trap."""

from __future__ import annotations

import importlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness.tasks.aqua import aqua
from harness.tasks.gsm8k import gsm8k
from harness.tasks.gsm_hard import gsm_hard
from harness.tasks.multiarith import multiarith
from harness.tasks.svamp import svamp

from harness import KINDS, Problem

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
"""Released files beside the repository, not part of it: tests that read them skip without them."""

FILES = [
    ("gsm8k", "gsm8k/test.jsonl", 1319),
    ("gsm8k", "gsm8k/train.jsonl", 2000),
    ("svamp", "svamp/SVAMP.json", 1000),
    ("multiarith", "multiarith/MultiArith.json", 600),
    ("addsub", "addsub/AddSub.json", 395),
    ("singleeq", "singleeq/questions.json", 508),
    ("singleop", "mawps/mawpssingleop.jsonl", 562),
    ("asdiv", "asdiv/asdiv.jsonl", 2096),
    ("aqua", "aqua/test.json", 254),
    ("gsm_hard", "gsm_hard/test.jsonl", 300),
    ("last_letter", "last_letters/last_letters.json", 500),
    ("coin_flip", "coin_flip/coin_flip.json", 500),
]


def function(task: str) -> Callable[..., Iterator[Problem]]:
    found: Callable[..., Iterator[Problem]] = getattr(
        importlib.import_module(f"harness.tasks.{task}"), task
    )
    return found


def real(file: str) -> str:
    path = DATA / file
    if not path.exists():
        pytest.skip(f"{file} is not at hand")
    return str(path)


@pytest.mark.parametrize(("task", "file", "count"), FILES)
def test_every_row_is_a_problem_with_an_id_of_its_own(task: str, file: str, count: int) -> None:
    problems = list(function(task)(path=real(file)))
    assert len(problems) == count
    assert len({problem.id for problem in problems}) == count
    assert all(problem.id.startswith(f"{task}/") for problem in problems)
    assert all(problem.question == problem.question.strip() != "" for problem in problems)
    assert [p.id for p in problems] == [p.id for p in function(task)(path=real(file))]


@pytest.mark.parametrize(("task", "file", "count"), FILES)
def test_every_gold_passes_its_reader(task: str, file: str, count: int) -> None:
    failed = []
    for problem in function(task)(path=real(file)):
        kind = KINDS[problem.kind]
        said = kind.read(kind.sentence(problem.answer), problem.choices).answer
        if (
            kind.normal(problem.answer, problem.choices) != problem.answer
            or said is None
            or not kind.same(said, problem.answer)
        ):
            failed.append((problem.id, problem.answer, said))
    assert failed == []


def test_gsm8k_golds_with_commas_and_minus_signs_are_numbers() -> None:
    released = Path(real("gsm8k/test.jsonl")).read_text().strip().split("\n")
    raw = [json.loads(line)["answer"] for line in released]
    problems = list(gsm8k(path=real("gsm8k/test.jsonl")))
    with_commas = [
        p.answer for p, r in zip(problems, raw, strict=True) if "," in r.split("####")[1]
    ]
    assert len(with_commas) == 14
    assert "1450000" in with_commas
    assert [p.answer for p in problems if p.answer.startswith("-")] == ["-10", "-3"]


def test_gsm8k_rationales_have_no_calculator_notes_and_steps_are_counted() -> None:
    problems = list(gsm8k(path=real("gsm8k/test.jsonl")))
    assert not any("<<" in (p.rationale or "") or "####" in (p.rationale or "") for p in problems)
    assert problems[0].equation == "16-3-4=9, 9*2=18"
    assert problems[0].tags["steps"] == 2
    assert Counter(p.tags["steps"] for p in problems)[2] == 326


def test_gsm8k_ids_of_a_training_file_are_not_those_of_the_test_file() -> None:
    assert next(gsm8k(path=real("gsm8k/train.jsonl"))).id == "gsm8k/train/0000"
    assert next(gsm8k(path=real("gsm8k/test.jsonl"))).id == "gsm8k/test/0000"


def test_svamp_bodies_get_the_full_stop_that_358_of_them_lack() -> None:
    released = json.loads(Path(real("svamp/SVAMP.json")).read_text())
    problems = list(svamp(path=real("svamp/SVAMP.json")))
    assert sum(not row["Body"].strip().endswith(".") for row in released) == 358
    for row, problem in zip(released, problems, strict=True):
        body = row["Body"].strip().removesuffix(".")
        assert problem.question == f"{body}. {row['Question'].strip()}"


def test_svamp_types_are_four_and_golds_are_whole() -> None:
    problems = list(svamp(path=real("svamp/SVAMP.json")))
    assert Counter(p.tags["type"] for p in problems) == {
        "Subtraction": 531,
        "Addition": 195,
        "Common-Division": 166,
        "Multiplication": 108,
    }
    assert all(re.fullmatch(r"\d+", p.answer) for p in problems)
    assert max((p.answer for p in problems), key=int) == "22090603"


@pytest.mark.parametrize(
    ("task", "file", "repeats", "fractions"),
    [
        ("multiarith", "multiarith/MultiArith.json", 20, 0),
        ("addsub", "addsub/AddSub.json", 0, 126),
        ("singleeq", "singleeq/questions.json", 0, 134),
        ("singleop", "mawps/mawpssingleop.jsonl", 31, 15),
        ("asdiv", "asdiv/asdiv.jsonl", 1, 0),
        ("gsm_hard", "gsm_hard/test.jsonl", 0, 67),
    ],
)
def test_repeated_questions_and_golds_that_are_no_whole_numbers(
    task: str, file: str, repeats: int, fractions: int
) -> None:
    problems = {p.id: p for p in function(task)(path=real(file))}
    repeated = [p for p in problems.values() if "duplicate_of" in p.tags]
    assert len(repeated) == repeats
    for problem in repeated:
        first = problems[str(problem.tags["duplicate_of"])]
        assert first.question == problem.question
        assert first.answer == problem.answer
        assert "duplicate_of" not in first.tags
    assert sum("." in p.answer for p in problems.values()) == fractions


def test_golds_keep_their_precision() -> None:
    addsub = [p.answer for p in function("addsub")(path=real("addsub/AddSub.json"))]
    assert "0.6666666666666666" in addsub
    hard = list(gsm_hard(path=real("gsm_hard/test.jsonl")))
    assert hard[0].answer == "-9867630"
    assert "0.0000020107" in [p.answer for p in hard]
    assert "3244047.0999999996" in [p.answer for p in hard]
    assert sum(p.answer.startswith("-") for p in hard) == 30


def test_multiarith_is_named_by_its_own_index() -> None:
    released = json.loads(Path(real("multiarith/MultiArith.json")).read_text())
    problems = list(multiarith(path=real("multiarith/MultiArith.json")))
    assert [p.id for p in problems] == [f"multiarith/{row['iIndex']:04d}" for row in released]


def test_aqua_options_lose_their_letters_and_twins_are_named() -> None:
    problems = list(aqua(path=real("aqua/test.json")))
    assert all(len(p.choices) == 5 and p.answer in "ABCDE" for p in problems)
    assert not any(re.match(r"[A-E]\)", choice) for p in problems for choice in p.choices)
    assert ("59", "69", "79", "89", "99") in [p.choices for p in problems]
    assert sum(len(set(p.choices)) < 5 for p in problems) == 7
    for problem in problems:
        gold = problem.choices["ABCDE".index(problem.answer)]
        twins = [x for x, c in zip("ABCDE", problem.choices, strict=True) if c == gold]
        twins.remove(problem.answer)
        assert problem.tags.get("same_text", "") == "".join(twins)


def test_aqua_rationales_do_not_close_with_the_letter() -> None:
    problems = list(aqua(path=real("aqua/test.json")))
    closed = re.compile(r"\n\W*(answer|option)?\W*(is\W*)?[A-E]\W*$", re.IGNORECASE)
    assert not any(closed.search(p.rationale or "") for p in problems)


def test_released_coin_flips_are_253_times_yes() -> None:
    golds = Counter(p.answer for p in function("coin_flip")(path=real("coin_flip/coin_flip.json")))
    assert golds == {"yes": 253, "no": 247}
