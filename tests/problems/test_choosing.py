"""Choosing problems, and what is refused before any model is opened."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import Chain, Problem, UserError, strategy, task
from harness.catalogue.finding import find
from harness.models.scripted import Scripted
from harness.problems.choosing import choose
from harness.problems.exemplars import ExemplarSet, exemplar_set
from harness.running.directory import RESULTS
from harness.running.run import run

EXEMPLAR = Problem("example/0", "What is 1 + 1?", "2", "number", rationales=("1 + 1 = 2.",))


@task()
def sums(*, count: int = 12, base: int = 0) -> Iterator[Problem]:
    """Small sums."""
    for i in range(base, base + count):
        yield Problem(f"sums/{i:03}", f"What is {i} + 1?", f"{i + 1}", "number", tags={"size": i})


@task(unlimited=True)
def endless(*, seed: int = 0, path: str | None = None) -> Iterator[Problem]:
    """Sums without end."""
    i = 0
    while path is None or i < 3:
        yield Problem(f"endless/{seed}/{i}", f"What is {i} + {seed}?", f"{i + seed}", "number")
        i += 1


@task()
def equipped() -> Iterator[Problem]:
    """Its problems bring their own worked examples."""
    yield Problem("equipped/0", "What is 2 + 2?", "4", "number", exemplars=(EXEMPLAR,) * 3)


@strategy
async def ask(problem: Problem, model: Any, *, paths: int = 1, heat: float = 1.0) -> list[Chain]:
    """Asks."""
    await model.sample(problem.question, n=paths, temperature=heat)
    return []


@strategy
async def shots(problem: Problem, model: Any, *, number: int = 1) -> list[Chain]:
    """Needs worked examples."""
    if len(problem.exemplars) < number:
        raise UserError(f"number={number}, but there are {len(problem.exemplars)} exemplars")
    await model.sample(problem.question)
    return []


def ids(task: Any, **choice: Any) -> list[str]:
    return [problem.id for problem in choose(find(task, "task"), **choice).problems]


def test_limit_and_shuffle() -> None:
    everything = ids(sums)
    assert len(everything) == 12
    assert ids(sums, limit=4) == everything[:4]
    assert ids(sums, limit=99) == everything
    some = ids(sums, limit=4, shuffle=1)
    assert len(set(some)) == 4
    assert some == ids(sums, shuffle=1)[:4]  # a smaller choice is the start of a larger one
    assert sorted(ids(sums, shuffle=1)) == everything
    assert some != ids(sums, limit=4, shuffle=2)
    fewer = ids(functools.partial(sums, count=8), shuffle=1)  # others are drawn alike without some
    assert [name for name in ids(sums, shuffle=1) if name in fewer] == fewer


def test_a_task_without_end_is_limited(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(ids(endless)) == 100
    assert "endless never ends: taking its first 100" in capsys.readouterr().err
    assert len(ids(endless, limit=7)) == 7
    assert capsys.readouterr().err == ""
    with pytest.raises(UserError, match=r"cannot be shuffled: .* own seed, as in endless:seed=5"):
        ids(endless, limit=7, shuffle=5)
    # told to read a file, it ends
    assert len(ids(functools.partial(endless, path="x"), shuffle=5)) == 3


def test_exemplars_go_with_every_problem() -> None:
    def shown(task: Any, **choice: Any) -> set[int]:
        return {len(p.exemplars) for p in choose(find(task, "task"), **choice).problems}

    ours = exemplar_set("arithmetic")
    assert shown(sums) == {0}
    assert shown(sums, exemplars=ours) == {8}
    assert shown(equipped) == {3}
    assert shown(equipped, exemplars=ours) == {8}
    assert shown("arithmetic", limit=3) == {8}
    assert shown("arithmetic", limit=3, exemplars=ExemplarSet("", "", (EXEMPLAR,))) == {1}


def test_exemplars_of_a_task_may_lie_beside_its_file(tmp_path: Path) -> None:
    rows = [{"question": "What is 5 + 5?", "rationales": ["10."], "answer": "10"}]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    (tmp_path / "mine.py").write_text(
        "from harness import Problem, task\n\n@task(exemplars='rows.json')\n"
        "def mine():\n    yield Problem('mine/0', 'What is 3 + 3?', '6', 'number')\n"
    )
    (problem,) = choose(find(f"{tmp_path}/mine.py", "task")).problems
    assert problem.exemplars[0].question == "What is 5 + 5?"


def test_the_digest_follows_what_is_asked() -> None:
    def digest(task: Any, **choice: Any) -> str:
        return choose(find(task, "task"), **choice).digest()

    same = digest(sums)
    assert digest(sums, limit=99) == same
    assert digest(functools.partial(sums, count=12)) == same
    assert digest(sums, limit=11) != same
    assert digest(sums, shuffle=3) != same
    assert digest(functools.partial(sums, base=1)) != same
    assert digest(sums, exemplars=ExemplarSet("", "", (EXEMPLAR,))) != same


@task()
def empty() -> Iterator[Problem]:
    """Nothing."""
    yield from ()


@task()
def repeating() -> Iterator[Problem]:
    """One id twice."""
    for _ in range(2):
        yield Problem("same", "What is 1 + 1?", "2", "number")


@task()
def strange() -> Iterator[Any]:
    """No problems."""
    yield "What is 1 + 1?"


@task()
def unkind() -> Iterator[Problem]:
    """Of no known kind."""
    yield Problem("unkind/0", "What is 1 + 1?", "2", "numbr")


@task(exemplars="nowhere")
def without_exemplars() -> Iterator[Problem]:
    """Its exemplars are missing."""
    yield Problem("without/0", "What is 1 + 1?", "2", "number")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"tasks": "arithmatic"}, "there is no task 'arithmatic' .did you mean 'arithmetic'"),
        ({"tasks": "./nowhere.py@sums"}, "there is no file nowhere.py"),
        ({"tasks": []}, "no task was named"),
        ({"strategies": []}, "no strategy was named"),
        ({"strategies": [ask, ask]}, "the strategy ask is named twice"),
        ({"tasks": [sums, sums]}, "the task sums is named twice"),
        ({"strategies": "nowhere"}, "there is no strategy 'nowhere'"),
        ({"tasks": [sums, empty]}, "the task empty has no problems"),
        ({"tasks": [sums, repeating]}, "two problems of repeating have the id 'same'"),
        (
            {"tasks": [sums, strange]},
            "strange yields 'What is 1 . 1.', which is no harness.Problem",
        ),
        ({"tasks": [sums, unkind]}, "unknown kind 'numbr'"),
        ({"tasks": [sums, without_exemplars]}, "no exemplars 'nowhere'"),
        ({"exemplars": "nowhere"}, "no exemplars 'nowhere'"),
        ({"limit": 0}, "at least 1, not 0"),
        ({"strategies": [ask, functools.partial(ask, paths=0)]}, "ask:paths=0: n=0"),
        ({"strategies": functools.partial(ask, heat=-1)}, "ask:heat=-1.0: temperature=-1"),
        ({"strategies": [functools.partial(shots, number=4)]}, "shots:number=4: .* 0 exemplars"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_opened(
    asked: dict[str, Any], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(spec: str, **settings: Any) -> None:
        raise AssertionError("a model was opened")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.running.planning.load", load)
    with pytest.raises(UserError, match=told):
        run(**{"model": "reference", "tasks": sums, "strategies": ask, **asked})
    assert not RESULTS.exists()


def test_a_ledger_that_is_none_is_refused_before_anything_is_generated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("no ledger " * 200)
    with pytest.raises(UserError, match="is not a ledger"):
        run(model=Scripted(str), tasks=sums, strategies=ask, ledger="notes.txt")
    assert not RESULTS.exists()


@strategy(pool=True)
async def looks_around(problem: Problem, model: Any) -> list[Chain]:
    """Puts every question of the pool."""
    for one in problem.pool:
        await model.sample(one.question)
    return []


def test_a_pool_holds_the_first_questions_without_their_answers_whatever_the_limit() -> None:
    small = choose(find(sums, "task"), limit=2, pool=True)
    shuffled = choose(find(sums, "task"), limit=3, shuffle=1, pool=True)
    pool = small.problems[0].pool
    assert [one.question for one in pool] == [f"What is {i} + 1?" for i in range(12)]
    assert {(one.answer, one.rationales, one.exemplars) for one in pool} == {("", (), ())}
    assert all(problem.pool == pool for problem in (*small.problems, *shuffled.problems))
    assert len(choose(find(endless, "task"), limit=1, pool=True).problems[0].pool) == 256
    assert choose(find(sums, "task"), limit=2).problems[0].pool == ()


def test_a_pool_holds_each_question_once_and_counts_in_the_digest() -> None:
    @task()
    def twice(*, other: str = "2") -> Iterator[Problem]:
        """One question with two ids."""
        for n, number in enumerate(("1", "1", other)):
            yield Problem(str(n), f"What is {number}?", "1", "number")

    first = [
        choose(find(functools.partial(twice, other=o), "task"), limit=1, pool=True) for o in "23"
    ]
    assert len(first[0].problems[0].pool) == 2
    assert first[0].digest() != first[1].digest()
    without = [choose(find(functools.partial(twice, other=o), "task"), limit=1) for o in "23"]
    assert without[0].digest() == without[1].digest()


def test_a_run_hands_the_pool_to_a_strategy_that_asks_for_it(tmp_path: Path) -> None:
    asked: list[str] = []
    model = Scripted(lambda text: asked.append(text) or "")  # type: ignore[func-returns-value]
    run(
        model,
        sums,
        looks_around,
        limit=1,
        output=tmp_path,
        ledger=tmp_path / "ledger.sqlite",
        progress=False,
    )
    assert len(asked) == 12
