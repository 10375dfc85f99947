"""Measures how fast stored chains are voted on by every rule, and replayed by every stop.

python tests/benchmarks/voting.py [PROBLEMS] [PATHS] [FILE.json]

Chains are made up: numbers as answers, of which some are wrong, some in another form and some
missing; texts of four lines or four sentences. Each rule is timed once over all problems, beginning
with ballots; making the ballots is timed by itself.
"""

from __future__ import annotations

import functools
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table

from harness.catalogue.specs import Specified
from harness.reading.kinds import KINDS
from harness.voting.rules import RULES, rule
from harness.voting.stopping import STOPS, Replay, replay
from harness.voting.votes import Ballot, Vote, ballot

T = TypeVar("T")
SAME = KINDS["number"].same

SENTENCE = "There are {0} boxes with 12 pens each, which makes {1} pens."


def chain(random: random.Random, gold: int, sure: float) -> dict[str, Any]:
    """One chain as `samples.jsonl` holds it."""
    answer: str | None = str(gold) if random.random() < sure else str(gold + random.randint(1, 9))
    if random.random() < 0.1:
        answer = None
    elif random.random() < 0.1:
        answer = f"{answer}.0"
    lines = [SENTENCE.format(gold, step) for step in range(4)]
    tokens = random.randint(40, 160)
    return {
        "text": random.choice(("\n", " ")).join(lines),
        "answer": answer,
        "logprob": -tokens * random.random(),
        "tokens": tokens,
    }


def problem(random: random.Random, paths: int) -> list[dict[str, Any]]:
    """The chains of one problem, which the model finds easy or hard."""
    gold, sure = random.randint(1, 5000), random.random()
    return [chain(random, gold, sure) for _ in range(paths)]


def seconds(work: Callable[[T], object], each: list[T]) -> float:
    """How long `work` takes on all of `each`."""
    began = time.perf_counter()
    for one in each:
        work(one)
    return time.perf_counter() - began


def voted(rule: Specified[Vote], pool: list[Ballot]) -> Vote:
    """The vote of one problem."""
    return rule(pool, SAME)


def replayed(stop: str, answers: list[str | None]) -> Replay:
    """The replay of one problem."""
    return replay(answers, SAME, stop)


if __name__ == "__main__":
    problems = int(sys.argv[1]) if len(sys.argv) > 1 else 25_000
    paths = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    source = random.Random(0)
    stored = [problem(source, paths) for _ in range(problems)]
    pools: list[list[Ballot]] = []
    took = {
        "ballots": seconds(lambda chains: pools.append([ballot(one) for one in chains]), stored)
    }
    for name in RULES:
        took[name] = seconds(functools.partial(voted, rule(name)), pools)
    answers = [[one.answer for one in pool] for pool in pools]
    for stop in STOPS:
        took[f"replay {stop}"] = seconds(functools.partial(replayed, stop), answers)
    table = Table("rule", "seconds", "microseconds a chain")
    for name, spent in took.items():
        table.add_row(name, f"{spent:.2f}", f"{1e6 * spent / problems / paths:.2f}")
    Console().print(table)
    result = {"problems": problems, "paths": paths, "seconds": took}
    if len(sys.argv) > 3:
        Path(sys.argv[3]).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
