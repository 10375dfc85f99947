"""Chooses the problems of a run: which of a task, in what order, and with which worked examples."""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from harness.catalogue.finding import Found
from harness.catalogue.marks import marks
from harness.errors import UserError
from harness.problem import Problem
from harness.problems.exemplars import ExemplarSet, exemplar_set
from harness.reading.kinds import KINDS

POOL = 256
"""Questions of a task that a strategy may look at beside the one asked: its first, whatever the limit."""

UNLIMITED = 100
"""Problems of a task that never ends, where no limit is given."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A task with its problems as they will be asked, and the `exemplars` that were added."""

    task: Found
    problems: tuple[Problem, ...]
    exemplars: ExemplarSet | None

    def digest(self) -> str:
        """A SHA-256 over all that decides what is asked and what counts as right."""
        whole = hashlib.sha256()
        # by identity: problems share their exemplars, and each set is gone through once
        parts: dict[int, str] = {}
        for problem in self.problems:
            shown = problem.exemplars
            if id(shown) not in parts:
                parts[id(shown)] = ExemplarSet("", "", shown).digest()
            whole.update(_told(problem, parts[id(shown)]))
        for problem in self.problems[0].pool:  # all problems have the same one
            whole.update(_told(problem, ""))
        return whole.hexdigest()


def choose(
    task: Found,
    *,
    limit: int | None = None,
    shuffle: int | None = None,
    exemplars: ExemplarSet | None = None,
    pool: bool = False,
) -> Chosen:
    """The problems of one task, all checked.

    `limit` takes the first so many; with `shuffle` they are drawn from the whole task in an order
    that depends on that seed and the problems' ids alone, so a smaller subset is the start of a
    larger one. A task without end gives its first 100 where no limit is given, with a notice; it
    cannot be shuffled, because what its problems are is already decided by its own seed.

    `exemplars` go with every problem; without them the task's own set does, and a problem that
    brings its own keeps them. With `pool` each is given the first 256 questions of the task, which
    depend on neither `limit` nor `shuffle`. Raises `UserError` for a task that is empty, repeats an id, or yields
    something that is no problem.
    """
    if limit is not None and limit < 1:
        raise UserError(f"the limit is the number of problems, at least 1, not {limit}")
    if task.unlimited:
        limit = _limit_unlimited(task, limit, shuffle)
    problems_left = iter(task.function(**task.options))
    if shuffle is None:
        problems = list(_checked(task, islice(problems_left, limit)))
    else:
        drawn = sorted(_checked(task, problems_left), key=lambda problem: _draw(shuffle, problem))
        problems = drawn[:limit]
    if not problems:
        raise UserError(f"the task {task.label} has no problems")
    if exemplars:
        problems = [replace(problem, exemplars=exemplars.problems) for problem in problems]
    else:
        exemplars, problems = _with_own_exemplars(task, problems)
    if pool:
        questions = _pool(task)
        problems = [replace(problem, pool=questions) for problem in problems]
    return Chosen(task, tuple(problems), exemplars)


def _pool(task: Found) -> tuple[Problem, ...]:
    """The first questions of a task, each once, without what would tell their answers."""
    first = islice(_checked(task, iter(task.function(**task.options))), POOL)
    distinct = {(problem.question, problem.choices): problem for problem in first}
    return tuple(map(unlabelled, distinct.values()))


def unlabelled(problem: Problem) -> Problem:
    """The question of a problem, without what would tell its answer."""
    return Problem(problem.id, problem.question, "", problem.kind, problem.choices)


def _limit_unlimited(task: Found, limit: int | None, shuffle: int | None) -> int:
    if shuffle is not None:
        raise UserError(
            f"the task {task.label} never ends, so it cannot be shuffled: draw other problems "
            f"with its own seed, as in {task.name}:seed={shuffle}"
        )
    if limit is None:
        print(
            f"{task.label} never ends: taking its first {UNLIMITED} problems (or say --limit N)",
            file=sys.stderr,
        )
    return limit or UNLIMITED


def _checked(task: Found, problems: Iterator[Problem]) -> Iterator[Problem]:
    seen = set()
    for problem in problems:
        if not isinstance(problem, Problem):
            raise UserError(
                f"the task {task.label} yields {problem!r}, which is no harness.Problem"
            )
        if problem.kind not in KINDS:
            raise UserError(
                f"the problem {problem.id!r} of {task.label} has the unknown kind "
                f"{problem.kind!r}: one of {', '.join(KINDS)}"
            )
        if problem.id in seen:
            raise UserError(
                f"two problems of {task.label} have the id {problem.id!r}: results are paired by "
                "id, so every problem needs its own"
            )
        seen.add(problem.id)
        yield problem


def _draw(seed: int, problem: Problem) -> bytes:
    # a hash, not random.shuffle: a problem's place does not depend on the others or on Python's
    # version
    return hashlib.sha256(f"{seed}/{problem.id}".encode()).digest()


def _with_own_exemplars(
    task: Found, problems: Sequence[Problem]
) -> tuple[ExemplarSet | None, list[Problem]]:
    """The task's own set, and the problems with it; a problem that brings its own keeps them.

    A name such as "bbh_{task}" is filled from the tags of each problem, and their sets are then told of
    as one.
    """
    template = marks(task.function).get("exemplars")
    if template is None:
        return None, list(problems)
    sets: dict[str, ExemplarSet] = {}
    shown = []
    for problem in problems:
        name = template.format_map(problem.tags)
        if name not in sets:
            sets[name] = _set_named(task, name)
        shown.append(problem.exemplars or sets[name].problems)
    with_sets = [replace(p, exemplars=each) for p, each in zip(problems, shown, strict=True)]
    first, *others = sets.values()
    if not others:
        return first, with_sets
    every = tuple(example for each in sets.values() for example in each.problems)
    return ExemplarSet(template, first.source, every), with_sets


def _set_named(task: Found, name: str) -> ExemplarSet:
    if name.endswith((".json", ".jsonl")):  # of a user's task: it lies beside the task's file
        return exemplar_set(Path(inspect.getfile(task.function)).parent / name)
    return exemplar_set(name)


def _told(problem: Problem, exemplars: str) -> bytes:
    fields = [
        problem.id,
        problem.question,
        problem.answer,
        problem.kind,
        problem.choices,
        problem.rationales,
        problem.equation,
        dict(problem.tags),
        exemplars,
    ]
    return json.dumps(fields, sort_keys=True).encode() + b"\n"
