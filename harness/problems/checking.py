"""Checks that every gold of a task passes its own reader: what `harness check` shows.

A gold that its reader does not give back can never be answered right, and says that the loader and
the reader disagree about what an answer looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from harness.catalogue.finding import Found
from harness.problem import Problem
from harness.problems.choosing import choose
from harness.reading.kinds import KINDS

SHOWN = 10
"""Golds that fail, shown of each task."""

UNLIMITED = 1_000
"""Problems of a task that never ends, where no limit is given."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One task: how many problems were read, and those whose gold fails, with the reason."""

    task: str
    problems: int
    kinds: tuple[str, ...]
    failures: tuple[tuple[Problem, str], ...]

    @property
    def passed(self) -> int:
        """How many golds pass their reader."""
        return self.problems - len(self.failures)


def check(task: Found, limit: int | None = None) -> Checked:
    """Read all problems of a task (of one that never ends, `limit` or 1,000) and check their golds.

    Raises `UserError` for a task that is empty, repeats an id, or cannot be read.
    """
    if limit is None and task.unlimited:
        limit = UNLIMITED
    problems: Sequence[Problem] = choose(task, limit=limit).problems
    reasons = ((problem, fault(problem)) for problem in problems)
    failures = tuple((problem, reason) for problem, reason in reasons if reason)
    kinds = tuple(dict.fromkeys(problem.kind for problem in problems))
    return Checked(task.label, len(problems), kinds, failures)


def fault(problem: Problem) -> str | None:
    """Why the gold of a problem does not pass its reader, or None: it does."""
    kind, gold = KINDS[problem.kind], problem.answer
    normal = kind.normal(gold, problem.choices)
    if normal is None:
        return f"{gold!r} is no answer of the kind {problem.kind}"
    if normal != gold:
        return f"{gold!r} is not in normal form, which is {normal!r}"
    sentence = kind.sentence(gold)
    answer = kind.read(sentence, problem.choices).answer
    if answer is None:
        return f"nothing can be read in {sentence!r}"
    if answer != gold or not kind.same(answer, gold):
        return f"{sentence!r} is read as {answer!r}"
    return None


def checks(results: Sequence[Checked]) -> Group:
    """The results as a table, and below it the first golds that fail, to be printed with rich."""
    grid = Table("task", "kind", box=SIMPLE_HEAD, pad_edge=False)
    for name in ("problems", "golds passed", "failed"):
        grid.add_column(name, justify="right")
    below: list[Text] = []
    for result in results:
        failed = Text(f"{len(result.failures):,}", style="bold red" if result.failures else "")
        counts = (f"{result.problems:,}", f"{result.passed:,}", failed)
        grid.add_row(Text(result.task), Text(", ".join(result.kinds)), *counts)
        below += [Text(f"{problem.id}: {why}") for problem, why in result.failures[:SHOWN]]
        if len(result.failures) > SHOWN:
            below.append(Text(f"{result.task}: and {len(result.failures) - SHOWN:,} more"))
    return Group(grid, *below)
