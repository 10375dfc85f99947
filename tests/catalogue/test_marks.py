"""Strategies say which kinds of answer they serve, and are refused for any other before a run."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import Chain, Model, Problem, Scripted, UserError, run, strategy, task
from harness.catalogue.finding import find
from harness.catalogue.marks import marks, role
from harness.models.ledger import Ledger
from harness.running.rehearsing import rehearse
from harness.running.showing import questions


@strategy
async def anything(problem: Problem, model: Model) -> list[Chain]:
    """Any kind."""
    await model.sample(problem.question)
    return []


@strategy(kinds=("number", "date"))
async def counting(problem: Problem, model: Model) -> list[Chain]:
    """Numbers and dates."""
    await model.sample(problem.question)
    return []


def test_a_strategy_is_marked_with_or_without_its_kinds() -> None:
    assert role(anything) == role(counting) == "strategy"
    assert (marks(anything)["kinds"], marks(counting)["kinds"]) == ((), ("number", "date"))
    with pytest.raises(TypeError, match="'numbr' is no kind of answer"):
        strategy(kinds=("numbr",))


def test_a_kind_that_a_strategy_does_not_serve_is_refused_wherever_it_is_tried() -> None:
    letters, number = Problem("l", "?", "ab", "letters"), Problem("n", "?", "1", "number")
    found = find(counting, "strategy")
    asyncio.run(rehearse(found, number))
    asyncio.run(rehearse(find(anything, "strategy"), letters))
    with pytest.raises(UserError, match=r"counting serves .* number or date, .* of l is letters"):
        asyncio.run(rehearse(found, letters))
    with pytest.raises(UserError, match="number or date"):
        asyncio.run(questions(found, letters, Scripted(lambda text: "")))


def test_a_run_looks_at_every_kind_of_a_task_before_it_asks_anything(tmp_path: Path) -> None:
    @task()
    def mixed() -> Iterator[Problem]:
        """Numbers first, then a word."""
        yield Problem("n", "?", "1", "number")
        yield Problem("l", "?", "ab", "letters")

    asked: list[str] = []
    model = Scripted(lambda text: asked.append(text) or "")  # type: ignore[func-returns-value]
    with pytest.raises(UserError, match="of l is letters"):
        run(model, mixed, counting, output=tmp_path / "out", ledger=Ledger(), progress=False)
    assert not asked
    assert not (tmp_path / "out").exists()
