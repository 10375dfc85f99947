"""Tries a strategy on a tiny problem of every kind, without a model: what `harness check -s` shows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from harness.catalogue.finding import Found, find
from harness.catalogue.marks import require_served
from harness.errors import UserError
from harness.models.scripted import Scripted
from harness.problem import Problem
from harness.running.column import solve
from harness.running.showing import Recorder
from harness.testing.problems import PROBLEMS


@dataclass(frozen=True, slots=True)
class Trial:
    """What a strategy made of the problem of one kind, from replies such as a worked example gives.

    `prompts` were asked, `replies` given with `tokens` words in all; the votes of the chains went to `answers` (None
    abstains). `failure` says what went wrong; `refused` why the strategy serves no such problems, which is no failure.
    """

    strategy: str
    kind: str
    prompts: int = 0
    replies: int = 0
    tokens: int = 0
    answers: tuple[str | None, ...] = ()
    failure: str | None = None
    refused: str | None = None


def tried(strategy: object) -> list[Trial]:
    """A trial for every kind of answer; `strategy` is whatever `harness.run` takes for one.

    Right replies come first, then none but empty ones, on which a strategy must abstain and not break.
    """
    strategy_found = find(strategy, "strategy")
    return [_trial(strategy_found, kind, problem) for kind, problem in PROBLEMS.items()]


def _trial(strategy: Found, kind: str, problem: Problem) -> Trial:
    try:
        require_served(strategy.function, problem)
    except UserError as error:
        return Trial(strategy.label, kind, refused=str(error))
    writer = Scripted(lambda text: "")
    recorder = Recorder(writer, problem)
    outcome = asyncio.run(solve(strategy, problem, recorder))
    if isinstance(outcome, UserError):
        return Trial(strategy.label, kind, refused=str(outcome))
    silent = asyncio.run(solve(strategy, problem, Recorder(writer, problem, silent=True)))
    failure = None
    if isinstance(outcome, Exception):
        failure = f"{type(outcome).__name__}: {outcome}"
    elif not recorder.questions:
        failure = "it asks the model nothing"
    elif not outcome:
        failure = "it gives no chain"
    elif isinstance(silent, Exception):
        failure = f"of empty replies it makes {type(silent).__name__}: {silent}"
    return Trial(
        strategy.label,
        kind,
        prompts=len(recorder.questions),
        replies=sum(question.paths for question in recorder.questions),
        tokens=sum(question.paths * len(question.reply.split()) for question in recorder.questions),
        answers=() if isinstance(outcome, Exception) else tuple(c.answer for c in outcome),
        failure=failure,
    )


def trials(results: Sequence[Trial]) -> Group:
    """The trials as a table, and below it what failed, to be printed with rich."""
    grid = Table("strategy", "kind", box=SIMPLE_HEAD, pad_edge=False)
    for name in ("prompts", "replies", "tokens", "answered"):
        grid.add_column(name, justify="right")
    grid.add_column("")
    below: list[Text] = []
    for trial in results:
        spoken = sum(answer is not None for answer in trial.answers)
        counts = [trial.prompts, trial.replies, trial.tokens, f"{spoken} of {len(trial.answers)}"]
        verdict = Text("failed", style="bold red") if trial.failure else Text("")
        if trial.refused:
            counts, verdict = ["", "", "", ""], Text("not served", style="dim")
        grid.add_row(Text(trial.strategy), trial.kind, *map(str, counts), verdict)
        if trial.failure:
            below.append(Text(f"{trial.strategy} on {trial.kind}: {trial.failure}"))
    return Group(grid, *below)
