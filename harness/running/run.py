"""Runs every combination of models, tasks and strategies, and writes down what happened."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, Unpack

from harness.catalogue.finding import Found
from harness.cluster.size import Cluster
from harness.errors import UserError
from harness.models import LoadSettings
from harness.models.gather import watched
from harness.models.ledger import Ledger
from harness.models.model import Model
from harness.problem import Problem
from harness.problems.choosing import Chosen
from harness.records.measuring import measure
from harness.records.record import Column, Sample, Score, line, sample, stored
from harness.records.scoring import score, tallied
from harness.report.writing import write
from harness.request import Backend, GenerationSettings, Limited
from harness.running import provenance
from harness.running.column import IN_FLIGHT, Meter, Working
from harness.running.directory import RESULTS, Directory, compared, place
from harness.running.metering import Taken, metering
from harness.running.overriding import Overrides, Overriding
from harness.running.planning import Plan, Several, Spec, manifest, now, opened, prepared
from harness.running.progress import progress
from harness.running.rehearsing import rehearse
from harness.running.sharding import shard as shard_named
from harness.running.showing import example

T = TypeVar("T")

OVERLAPPING = 2
"""So many columns are on their way at once: the few long chains at the end of one are not alone then."""

LATER = ("bitwise", "device", "notes", "used")
"""What a model can tell once it has replied: whether to the bit in any company, where, what it lacked and used."""


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
    rows: int | None = None,
    generation: Mapping[str, Any] | None = None,
    generation_config: str = "ours",
    max_tokens: int | None = None,
    fit_examples: bool = False,
    shard: str | None = None,
    ray: str | None = None,
    replicas: int | None = None,
    gpus_per_replica: float | None = None,
    energy: bool | None = None,
    region: str | None = None,
    progress: bool | None = None,
    command: str | None = None,
    **settings: Unpack[LoadSettings],
) -> Run:
    """Evaluate every strategy on every task with every model, the columns one after the other.

    `model` is a name for `harness.models.load`, a `Backend`, or several; `tasks` and `strategies`
    are specs (`"gsm8k"`, `"self_consistency:paths=5"`, `"./mine.py@name"`) or marked functions
    (with options: `functools.partial`). `limit` and `shuffle` choose the problems, `exemplars` the
    worked examples of all tasks, `seed` the chains that sampling draws. `settings` are those of
    `harness.models.load`; `rows` is how many replies are made side by side at most.

    `generation` are settings for all requests (`temperature`, `top_k`, `top_p`, `min_p`,
    `repetition_penalty`), `max_tokens` is the limit of every strategy's replies: both in place of the
    strategies' own, but for what a spec names (`"self_consistency:temperature=0.5"`).
    `generation_config="model"` takes what the model's makers suggest. With `fit_examples` a prompt that is too
    long for the model loses its first worked examples. `shard` (`"3/16"`) runs that part of the problems
    alone, into a ledger of its own; `harness merge` puts such ledgers together.

    With `replicas` that many copies of each model answer, each in a process of its own, on this machine or, with
    `ray`, on a Ray cluster (its address, or `"auto"`); `gpus_per_replica` is what each takes, also a part of one.

    `energy` None measures it where the machine has counters (processors by RAPL, GPUs by NVML, read by
    codecarbon), True refuses to run without them; `region` (`"DEU"`, `"USA/california"`) says where the
    electricity is from, for its carbon.

    Results go to `output`, or to `results/<date>-<model>-<n>/`. Replies are remembered in `ledger`
    (`results/ledger.sqlite`; `Ledger()` forgets), so the same call after an interruption goes on in
    the same directory and generates nothing twice; a problem that failed is tried again. `progress`
    None shows bars where standard error is a terminal and a line a minute elsewhere, True bars and
    False nothing; `command` is noted in `run.json`.

    Raises `UserError` for what cannot be run: for tasks, strategies, options and exemplars before
    any model is opened, and for all else before anything is generated.
    """
    part = None if shard is None else shard_named(shard)
    if ledger is None and part:
        ledger = RESULTS / part.ledger
    with remembering(ledger) as remembered:
        chosen, strategies_found = prepared(tasks, strategies, limit, shuffle, exemplars)
        overrides = Overrides(generation or {}, max_tokens, generation_config)
        measured = metering(energy, region)
        complete(rehearsals(chosen, strategies_found, overrides))
        models = opened(model, _cluster(ray, replicas, gpus_per_replica), **settings)
        plan = Plan(
            models,
            chosen,
            strategies_found,
            seed,
            limit,
            shuffle,
            overrides,
            fit_examples,
            part,
            measured,
        )
        return _run(plan, output, remembered(), rows, progress, command)


def _cluster(ray: str | None, replicas: int | None, gpus: float | None) -> Cluster | None:
    if ray is None and replicas is None:
        if gpus is not None:
            raise UserError(
                f"GPUs per replica {gpus:g}: without --replicas or --ray there are none"
            )
        return None
    return Cluster(ray or "local", replicas, gpus)


@contextmanager
def remembering(source: Ledger | Path | str | None) -> Iterator[Callable[[], Ledger]]:
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


async def rehearsals(
    chosen: Sequence[Chosen],
    strategies: Sequence[Found],
    overrides: Overrides,
    *,
    logprobs: bool = True,
) -> None:
    """Try every strategy on every kind of problem, with a model that has nothing to say."""
    for task in chosen:
        # the first of each kind, because a strategy may serve one of them and not another
        kinds = {problem.kind: problem for problem in reversed(task.problems)}
        for strategy in strategies:
            for problem in kinds.values():
                await rehearse(
                    overrides.limited(strategy), problem, overrides.of(strategy), logprobs=logprobs
                )


def _run(
    plan: Plan,
    output: Path | str | None,
    ledger: Ledger,
    rows: int | None,
    shown: bool | None,
    command: str | None,
) -> Run:
    noted = manifest(plan, command)
    if plan.shard:
        plan = replace(plan, tasks=plan.shard.of(plan.tasks))
    # before anything is generated, because a chat template may refuse what a strategy asks
    examples = complete(first_prompts(plan))
    noted["generation"] = generation_settings(examples)
    _required(plan, examples)
    directory = Directory(place(Path(output) if output else None, noted), noted)
    noted["started"] = directory.started or noted["started"]
    scores: list[Score] = []
    try:
        if plan.shard:
            whole = {part: value for part, value in compared(noted).items() if part != "shard"}
            ledger.note_shard(noted["whole"], str(plan.shard), json.dumps(whole, default=str))
        directory.write_run(noted)
        directory.write_prompts(examples)
        with plan.metering.on():
            described = complete(_columns(plan, directory, ledger, rows, shown, scores))
        directory.finish()
        noted["energy"] = plan.metering.noted()
        # hardware once more: by now torch is loaded if it is needed, and knows the GPUs
        ended = {"status": "finished", "finished": now(), "hardware": provenance.hardware()}
        # and so do models once they have been loaded, or asked
        pairs = zip(noted["models"], described, strict=True)
        models = [{**model, **later} for model, later in pairs]
        directory.write_run({**noted, **ended, "models": models})
        write(directory.path)
    finally:
        directory.close()
    return Run(directory.path, scores)


async def first_prompts(plan: Plan) -> list[dict[str, Any]]:
    """What every column asks of its first problem: the entries of `prompts.json`."""
    return [
        await example(
            Column(name, task.task.label, strategy.name, strategy.options),
            plan.overrides.limited(strategy, backend),
            task.problems[0],
            backend,
            plan.overrides.of(strategy, backend),
        )
        for name, backend in plan.models
        for task in plan.tasks
        for strategy in plan.strategies
    ]


def generation_settings(examples: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The generation settings that every strategy asks for, by their fields, each once."""
    entries: list[dict[str, Any]] = []
    for one in examples:
        for settings in one["generation"]:
            entry = {"strategy": one["strategy"], "options": one["options"], **settings}
            if entry not in entries:
                entries.append(entry)
    return entries


def _required(plan: Plan, examples: Sequence[Mapping[str, Any]]) -> None:
    """Raises `UserError` where a model cannot do what the first problems of the columns ask of it."""
    for name, backend in plan.models:
        if isinstance(backend, Limited):
            asks = [one for one in examples if one["model"] == name]
            needs = [
                GenerationSettings(**settings) for one in asks for settings in one["generation"]
            ]
            backend.require(needs, scored=any(one.get("scored") for one in asks))
            if not backend.logprobs:
                work = rehearsals(plan.tasks, plan.strategies, plan.overrides, logprobs=False)
                complete(work)


async def _columns(
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
        slots = asyncio.Semaphore(IN_FLIGHT * getattr(backend, "workers", 1))
        left = deque((task, strategy) for task in plan.tasks for strategy in plan.strategies)
        going: deque[_Column] = deque()
        # what counters count is told apart by the time alone
        at_once = 1 if plan.metering.counters else OVERLAPPING
        try:
            while left or going:
                while left and len(going) < at_once:
                    going.append(_begun(*left.popleft(), name, model, plan, slots))
                scores.append(await _ended(going[0], directory, shown))
                directory.write_scores(scores)
                going.popleft()
        finally:
            for column in going:
                await column.working.abandon()
        told = backend.describe()
        described.append({"bitwise": None} | {name: told[name] for name in LATER if name in told})
    return described


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


def complete(work: Coroutine[Any, Any, T]) -> T:
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
