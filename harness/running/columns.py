"""Runs the columns of a plan one after the other, overlapping, and writes each down as its problems end."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections import deque
from collections.abc import Callable, Collection
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from harness.catalogue.finding import Found
from harness.models.gather import watched
from harness.models.ledger import Ledger
from harness.models.model import Model
from harness.problems.choosing import Chosen
from harness.records.measuring import measure
from harness.records.record import Column, Score, line, sample
from harness.records.scoring import score, tallied
from harness.running.column import IN_FLIGHT, Meter, Working
from harness.running.directory import Directory
from harness.running.metering import Taken
from harness.running.overriding import Overriding
from harness.running.planning import Plan
from harness.running.progress import progress

OVERLAPPING = 2
"""So many columns are on their way at once, at least: the few long chains at the end of one are not alone then."""

LATER = ("bitwise", "device", "notes", "used")
"""What a model can tell once it has replied: whether to the bit in any company, where, what it lacked and used."""


async def columns(
    plan: Plan,
    directory: Directory,
    ledger: Ledger,
    rows: int | None,
    shown: bool | None,
    scores: list[Score],
) -> list[dict[str, object]]:
    """Every combination in turn; `scores` grows as they end, and `plan.models` empties.

    Returns of each model what it can tell of itself once it has replied (`LATER`).
    """
    limits: dict[str, Any] = {} if rows is None else {"rows": rows}
    described: list[dict[str, object]] = []
    while plan.models:
        # taken out, so that its memory is free for the next one: two models may not fit
        name, backend = plan.models.pop(0)
        model = Model(
            backend,
            seed=plan.seed,
            ledger=ledger,
            fit_examples=plan.fit_examples,
            energy=plan.metering.shares(),
            **limits,
        )
        in_flight = IN_FLIGHT * getattr(backend, "workers", 1)
        slots = asyncio.Semaphore(in_flight)
        left = deque((task, strategy) for task in plan.tasks for strategy in plan.strategies)
        going: deque[_Column] = deque()
        # what counters count is told apart by the time alone
        alone = bool(plan.metering.counters)
        try:
            while left or going:
                while left and not (going and (alone or _enough(going, in_flight))):
                    going.append(_begun(*left.popleft(), name, model, plan, slots))
                scores.append(await _ended(going[0], directory, shown))
                directory.write_scores(scores)
                going.popleft()
        finally:
            for column in going:
                await column.working.abandon()
        told = backend.describe()
        described.append({"bitwise": None} | {name: told[name] for name in LATER if name in told})
        del backend, model
        let_go()
    return described


def let_go() -> None:
    """Free what a run has held: a model in this process, or workers on a cluster.

    Who asks a model and who gathers for it know each other, and would keep it until garbage is collected some
    day. A model is asked for long enough for that to be done at its end.
    """
    gc.collect()


def _enough(going: Collection[_Column], in_flight: int) -> bool:
    """Whether the columns on their way fill the batches: many tasks of few problems are as fast as one of many."""
    unfinished = sum(column.problems - column.working.ended for column in going)
    return len(going) >= OVERLAPPING and unfinished >= in_flight


@dataclass(frozen=True, slots=True)
class _Column:
    """One column on its way."""

    names: Column
    label: str
    problems: int
    meter: Meter
    working: Working
    taken: Taken
    dollars: Callable[[int, int], float] | None


def _begun(
    task: Chosen,
    strategy: Found,
    name: str,
    model: Model,
    plan: Plan,
    slots: asyncio.Semaphore,
) -> _Column:
    """Begin a column, which goes on in the background: the strategy with the run's limit and settings."""
    meter = Meter(Overriding(model, plan.overrides.of(strategy, model.backend)))
    limited, taken = plan.overrides.limited(strategy, model.backend), plan.metering.column(model)
    with watched(taken.watching):
        working = Working(limited, task.problems, meter, slots)
    return _Column(
        Column(name, task.task.label, strategy.name, strategy.options),
        f"{name} {task.task.label} {strategy.label}",
        len(task.problems),
        meter,
        working,
        taken,
        getattr(model.backend, "dollars", None),
    )


async def _ended(column: _Column, directory: Directory, shown: bool | None) -> Score:
    """Write a column down as its problems end, in their order."""
    meter, tally, label = column.meter, tallied(column.names), column.label
    failure: str | None = None
    async with (
        progress(
            label, column.problems, meter.cost, shown, ended=column.working.ended
        ) as advancing,
        aclosing(column.working.outcomes(advancing)) as outcomes,
    ):
        async for problem, outcome in outcomes:
            record = sample(column.names, problem, outcome)
            directory.add(line(record))
            tally.add(measure(record))
            failure = failure or record["error"]
    if failure:
        print(
            f"{label}: {tally.errors} of {column.problems} problems failed, "
            f"the first with {' '.join(failure.split())}",
            file=sys.stderr,
        )
    entry = score(column.names, tally, meter.cost)
    if column.dollars is not None:
        spent = column.dollars(meter.cost.prompt_tokens, meter.cost.generated_tokens)
        entry["dollars"] = round(spent, 6)
    if meter.left_out:
        prompts, most = len(meter.left_out), max(meter.left_out.values())
        print(
            f"{label}: {prompts:,} prompts were too long for the model, and were asked without "
            f"up to {most} of their worked examples",
            file=sys.stderr,
        )
        entry["left_out"] = {"prompts": prompts, "most": most}
    return {**entry, **column.taken.noted()}
