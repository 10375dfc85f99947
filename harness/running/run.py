"""Runs every combination of models, tasks and strategies, and writes down what happened."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from harness.catalogue.finding import Found
from harness.models.ledger import Ledger
from harness.models.model import Model
from harness.problem import Problem
from harness.problems.choosing import Chosen
from harness.records.measuring import measure
from harness.records.record import Column, Sample, Score, line, sample, stored
from harness.records.scoring import score, tallied
from harness.report.writing import write
from harness.request import Backend
from harness.running import provenance
from harness.running.column import Meter, outcomes
from harness.running.directory import RESULTS, Directory, place
from harness.running.planning import Plan, Several, Spec, manifest, now, opened, prepared
from harness.running.progress import progress
from harness.running.rehearsing import rehearse
from harness.running.showing import example

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: where it is, and the entries of its `scores.json`."""

    directory: Path
    scores: list[Score]

    @property
    def samples(self) -> list[Sample]:
        """The records of all problems, read from `samples.jsonl`."""
        return list(stored(self.directory))


def run(
    model: Several[str | Backend] = "reference",
    tasks: Several[Spec] = (),
    strategies: Several[Spec] = (),
    *,
    limit: int | None = None,
    shuffle: int | None = None,
    seed: int = 0,
    output: Path | str | None = None,
    ledger: Ledger | Path | str | None = None,
    exemplars: str | Path | Sequence[Problem] | None = None,
    dtype: str | None = None,
    device: str | None = None,
    chat: bool | None = None,
    trust_remote_code: bool = False,
    revision: str | None = None,
    rows: int | None = None,
    memory: float | None = None,
    today: str | None = None,
    exact: bool = False,
    progress: bool | None = None,
    command: str | None = None,
) -> Run:
    """Evaluate every strategy on every task with every model, one combination after the other.

    `model` is a name for `harness.models.load`, a `Backend`, or several; `tasks` and `strategies`
    are specs (`"gsm8k"`, `"self_consistency:paths=5"`, `"./mine.py@name"`) or marked functions
    (with options: `functools.partial`). `limit` and `shuffle` choose the problems, `exemplars` the
    worked examples of all tasks, `seed` the chains that sampling draws. `dtype` to `revision`,
    `memory`, `today` and `exact` are `load`'s; `rows` is how many replies are made side by side at most.

    Results go to `output`, or to `results/<date>-<model>-<n>/`. Replies are remembered in `ledger`
    (`results/ledger.sqlite`; `Ledger()` forgets), so the same call after an interruption goes on in
    the same directory and generates nothing twice; a problem that failed is tried again. `progress`
    None shows bars where standard error is a terminal and a line a minute elsewhere, True bars and
    False nothing; `command` is noted in `run.json`.

    Raises `UserError` for what cannot be run: for tasks, strategies, options and exemplars before
    any model is opened, and for all else before anything is generated.
    """
    with _remembering(ledger) as remembered:
        chosen, strategies_found = prepared(tasks, strategies, limit, shuffle, exemplars)
        _complete(_rehearsals(chosen, strategies_found))
        models = opened(
            model,
            dtype=dtype,
            device=device,
            chat=chat,
            trust_remote_code=trust_remote_code or None,
            revision=revision,
            memory=memory,
            today=today,
            exact=exact or None,
        )
        plan = Plan(models, chosen, strategies_found, seed, limit, shuffle)
        return _run(plan, output, remembered(), rows, progress, command)


@contextmanager
def _remembering(source: Ledger | Path | str | None) -> Iterator[Callable[[], Ledger]]:
    """What opens the ledger once it is needed; closes it, and says after Ctrl-C how to go on."""
    path = source.path if isinstance(source, Ledger) else Path(source or RESULTS / "ledger.sqlite")
    with ExitStack() as closing:
        try:
            yield (
                lambda: (
                    source if isinstance(source, Ledger) else closing.enter_context(Ledger(path))
                )
            )
        except KeyboardInterrupt:
            print(
                f"stopped: what was generated is kept ({path or 'in memory'}), "
                "and the same command goes on from there",
                file=sys.stderr,
            )
            raise


async def _rehearsals(chosen: Sequence[Chosen], strategies: Sequence[Found]) -> None:
    for task in chosen:
        # the first of each kind, because a strategy may serve one of them and not another
        kinds = {problem.kind: problem for problem in reversed(task.problems)}
        for strategy in strategies:
            for problem in kinds.values():
                await rehearse(strategy, problem)


def _run(
    plan: Plan,
    output: Path | str | None,
    ledger: Ledger,
    rows: int | None,
    shown: bool | None,
    command: str | None,
) -> Run:
    noted = manifest(plan, command)
    # before anything is generated, because a chat template may refuse what a strategy asks
    examples = _complete(_examples(plan))
    noted["generation"] = _generation(examples)
    directory = Directory(place(Path(output) if output else None, noted), noted)
    noted["started"] = directory.started or noted["started"]
    scores: list[Score] = []
    try:
        directory.write_run(noted)
        directory.write_prompts(examples)
        described = _complete(_columns(plan, directory, ledger, rows, shown, scores))
        directory.finish()
        # hardware once more: by now torch is loaded if it is needed, and knows the GPUs
        ended = {"status": "finished", "finished": now(), "hardware": provenance.hardware()}
        # and so do models once they have been loaded
        pairs = zip(noted["models"], described, strict=True)
        models = [{**model, "bitwise": same} for model, same in pairs]
        directory.write_run({**noted, **ended, "models": models})
        write(directory.path)
    finally:
        directory.close()
    return Run(directory.path, scores)


async def _examples(plan: Plan) -> list[dict[str, Any]]:
    """What every column asks of its first problem: the entries of `prompts.json`."""
    return [
        await example(
            Column(name, task.task.label, strategy.name, strategy.options),
            strategy,
            task.problems[0],
            backend,
        )
        for name, backend in plan.models
        for task in plan.tasks
        for strategy in plan.strategies
    ]


def _generation(examples: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The generation settings that every strategy asks for, by their fields, each once."""
    entries: list[dict[str, Any]] = []
    for one in examples:
        for settings in one["generation"]:
            entry = {"strategy": one["strategy"], "options": one["options"], **settings}
            if entry not in entries:
                entries.append(entry)
    return entries


async def _columns(
    plan: Plan,
    directory: Directory,
    ledger: Ledger,
    rows: int | None,
    shown: bool | None,
    scores: list[Score],
) -> list[object]:
    """Every combination in turn; `scores` grows as they end, and `plan.models` empties.

    Returns of each model whether its replies were the same to the bit in whatever company, if it says.
    """
    limits = {} if rows is None else {"rows": rows}
    bitwise: list[object] = []
    while plan.models:
        # taken out, so that its memory is free for the next one: two models may not fit
        name, backend = plan.models.pop(0)
        model = Model(backend, seed=plan.seed, ledger=ledger, **limits)
        for task in plan.tasks:
            for strategy in plan.strategies:
                column = Column(name, task.task.label, strategy.name, strategy.options)
                scores.append(await _column(column, model, task, strategy, directory, shown))
                directory.write_scores(scores)
        bitwise.append(backend.describe().get("bitwise"))
    return bitwise


async def _column(
    column: Column,
    model: Model,
    task: Chosen,
    strategy: Found,
    directory: Directory,
    shown: bool | None,
) -> Score:
    meter, tally = Meter(model), tallied(column)
    label = f"{column.model} {column.task} {strategy.label}"
    failure: str | None = None
    async with (
        progress(label, len(task.problems), meter.cost, shown) as advancing,
        aclosing(outcomes(strategy, task.problems, meter, advancing)) as ended,
    ):
        async for problem, outcome in ended:
            record = sample(column, problem, outcome)
            directory.add(line(record))
            tally.add(measure(record))
            failure = failure or record["error"]
    if failure:
        print(
            f"{label}: {tally.errors} of {len(task.problems)} problems failed, "
            f"the first with {' '.join(failure.split())}",
            file=sys.stderr,
        )
    return score(column, tally, meter.cost)


def _complete(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, also where an event loop is running already (a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    return _complete_beside(work)


def _complete_beside(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in another thread; an interruption of this one stops it."""
    started: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = []

    async def whole() -> T:
        task = asyncio.current_task()
        assert task is not None
        started.append((asyncio.get_running_loop(), task))
        return await work

    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(asyncio.run, whole())
        try:
            return future.result()
        except KeyboardInterrupt:
            for loop, task in started:
                loop.call_soon_threadsafe(task.cancel)
            raise
