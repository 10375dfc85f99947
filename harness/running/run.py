"""Runs every combination of models, tasks and strategies, and writes down what happened."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, Unpack

from harness.catalogue.finding import Found
from harness.cluster.size import Cluster
from harness.errors import UserError
from harness.models import LoadSettings
from harness.models.ledger import Ledger
from harness.problem import Problem
from harness.problems.choosing import Chosen
from harness.records.record import Column, Sample, Score, stored
from harness.report.writing import write
from harness.request import Backend, GenerationSettings, Limited
from harness.running import provenance
from harness.running.columns import columns, let_go
from harness.running.directory import RESULTS, Directory, compared, place
from harness.running.metering import metering
from harness.running.overriding import Overrides
from harness.running.planning import Plan, Several, Spec, manifest, now, opened, prepared
from harness.running.rehearsing import rehearse
from harness.running.sharding import shard as shard_named
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
        done = _run(plan, output, remembered(), rows, progress, command)
        let_go()
        return done


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
            described = complete(columns(plan, directory, ledger, rows, shown, scores))
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
