"""Every prompt of every strategy, for a tiny problem of each kind of answer, as files to be read.

`UPDATE_GOLDEN=1 pytest tests/prompts/test_golden_prompts.py` writes `tests/golden/prompts/` anew; what a change did to
the prompts is then what git shows. A new strategy needs nothing but that.
"""

import asyncio
import os
from pathlib import Path

import pytest

from harness import Scripted, UserError
from harness.catalogue.finding import find, names
from harness.problems.choosing import choose
from harness.running.showing import questions, transcript
from harness.testing import PROBLEMS

FOLDER = Path(__file__).parent.parent / "golden" / "prompts"
STRATEGIES = names("strategy")
TASKS = {"substitution": "pronouns"}
"""Strategies that serve the problems of one task alone."""


def golden(strategy: str) -> str:
    """What a strategy asks about a problem of every kind, and which kinds it refuses."""
    found = find(strategy, "strategy")
    parts = [f"{found.name}: every prompt of every stage, for a problem of each kind of answer."]
    problems = dict(PROBLEMS)
    if strategy in TASKS:
        task = find(TASKS[strategy], "task")
        problems |= {TASKS[strategy]: choose(task, limit=1).problems[0]}
    for kind, problem in problems.items():
        parts.append(f"\n{f' {kind} ':=^100}\n")
        try:
            asked = asyncio.run(questions(found, problem, Scripted(lambda text: "")))
        except UserError as error:
            parts.append(f"Not served: {error}\n")
        else:
            parts.append(transcript(asked))
    return "\n".join(parts)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_strategy_asks_what_is_written_down(strategy: str) -> None:
    file = FOLDER / f"{strategy}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(golden(strategy), encoding="utf-8")
    assert file.is_file(), f"{file} is missing: run this test with UPDATE_GOLDEN=1 and read it"
    assert golden(strategy) == file.read_text(encoding="utf-8")


def test_every_file_is_of_a_strategy() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        for file in FOLDER.glob("*.txt"):
            if file.stem not in STRATEGIES:
                file.unlink()
    assert {file.stem for file in FOLDER.iterdir()} == set(STRATEGIES)


def test_every_strategy_serves_at_least_one_kind() -> None:
    for file in sorted(FOLDER.iterdir()):
        assert "--- prompt 1 of" in file.read_text(encoding="utf-8"), file
