"""Turns what was asked of a run into what will be run, with everything checked; and `run.json`."""

from __future__ import annotations

import hashlib
import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

from harness.catalogue.finding import Found, find_all
from harness.catalogue.marks import marks
from harness.cluster.size import Cluster
from harness.errors import UserError
from harness.models import LoadSettings, fitting, given, load
from harness.problem import Problem
from harness.problems.choosing import Chosen, choose
from harness.problems.exemplars import ExemplarSet, exemplar_set
from harness.reading.kinds import require
from harness.records.record import SCHEMA
from harness.request import ENGINE, Backend
from harness.running import provenance
from harness.running.metering import Metering
from harness.running.overriding import Overrides
from harness.running.sharding import Shard

T = TypeVar("T")
Several: TypeAlias = T | Sequence[T]
Spec: TypeAlias = str | Found | Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be run; `models` are pairs of the name to show and the source of replies.

    `tasks` have the problems of the whole run, also where only its `shard` is run.
    """

    models: list[tuple[str, Backend]]
    tasks: Sequence[Chosen]
    strategies: Sequence[Found]
    seed: int
    limit: int | None
    shuffle: int | None
    overrides: Overrides
    fit_examples: bool
    shard: Shard | None = None
    metering: Metering = field(default_factory=Metering)


def prepared(
    tasks: Several[Spec],
    strategies: Several[Spec],
    limit: int | None,
    shuffle: int | None,
    exemplars: str | Path | Sequence[Problem] | None,
) -> tuple[list[Chosen], list[Found]]:
    """The tasks with their problems, and the strategies; `UserError` for any that is not right."""
    tasks_found = [one for spec in _several(tasks) for one in find_all(spec, "task")]
    strategies_found = [one for spec in _several(strategies) for one in find_all(spec, "strategy")]
    _distinct([task.label for task in tasks_found], "task")
    _distinct([strategy.label for strategy in strategies_found], "strategy")
    shown = _given_exemplars(exemplars)
    pool = any(marks(strategy.function).get("pool") for strategy in strategies_found)
    chosen = [
        choose(task, limit=limit, shuffle=shuffle, exemplars=shown, pool=pool)
        for task in tasks_found
    ]
    require({problem.kind for one in chosen for problem in one.problems})
    return chosen, strategies_found


def opened(
    model: Several[str | Backend], cluster: Cluster | None = None, **settings: Any
) -> list[tuple[str, Backend]]:
    """The models by the names to show. Settings that are None are left to `harness.models.load`.

    With a `cluster` their replies are made by its workers.
    """
    options = given(settings)
    models: list[tuple[str, Backend]] = []
    taken: set[str] = set()
    sources: list[str | Backend] = _several(model)
    fits = [fitting(one, options) if isinstance(one, str) else options for one in sources]
    idle = set(options).difference(*fits)  # what none of them has is refused, by any of them
    for one, fit in zip(sources, fits, strict=True):
        fit = cast(LoadSettings, {**fit, **{name: options[name] for name in idle}})  # type: ignore[literal-required]
        backend = cast(Backend, load(one, **fit)) if isinstance(one, str) else one
        if cluster is not None:
            backend = _with_workers(one, backend, fit, cluster)
        name, number = backend.name, 1
        while name in taken:  # two folders may have one name, and every column needs its own
            number += 1
            name = f"{backend.name}-{number}"
        taken.add(name)
        models.append((name, backend))
    if not models:
        raise UserError("no model was named: name one, or leave it out for the bundled one")
    return models


def _with_workers(
    spec: str | Backend, backend: Backend, settings: Mapping[str, Any], cluster: Cluster
) -> Backend:
    from harness.cluster.opening import spread  # late, because few runs have workers

    return spread(spec if isinstance(spec, str) else spec.name, settings, backend, cluster)


def manifest(plan: Plan, command: str | None) -> dict[str, Any]:
    """The content of `run.json`: all that is needed to do the run again.

    `identity` is a digest of what decides the samples: the engine's version, models by their weights,
    problems and worked examples by their content, strategies by their options (users' own by their
    files too), how prompts are written, what the run says about generation, and the seed. Not by
    paths, devices, or the number of rows, which decide nothing. Of a shard `whole` is the identity of
    the run that it is a part of.
    """
    models = [
        {**backend.describe(), "name": name, "identity": backend.identity}
        for name, backend in plan.models
    ]
    tasks = [_task(chosen) for chosen in plan.tasks]
    strategies = [_found(strategy) for strategy in plan.strategies]
    decisive = [
        SCHEMA,
        ENGINE,
        plan.seed,
        [[model["name"], model["identity"], model.get("prompts")] for model in models],
        [plan.overrides.noted(), plan.fit_examples],
        [[task["label"], task["identity"]] for task in tasks],
        [[strategy["name"], strategy["options"], strategy["digest"]] for strategy in strategies],
    ]
    identity = _digest(decisive)
    part: dict[str, Any] = {}
    if plan.shard:
        part = {"shard": str(plan.shard), "whole": identity}
        identity = _digest([identity, str(plan.shard)])
    return {
        "schema": SCHEMA,
        "status": "running",
        "identity": identity,
        **part,
        "command": command or shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "models": models,
        "tasks": tasks,
        "strategies": strategies,
        "engine": ENGINE,
        "overrides": plan.overrides.noted(),
        "fit_examples": plan.fit_examples,
        "seed": plan.seed,
        "limit": plan.limit,
        "shuffle": plan.shuffle,
        "versions": provenance.versions(),
        "hardware": provenance.hardware(),
        "commit": provenance.commit(),
        "started": now(),
        "finished": None,
    }


def now() -> str:
    """The time in UTC, to the second, in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _digest(decisive: object) -> str:
    return hashlib.sha256(json.dumps(decisive).encode()).hexdigest()


def _found(strategy: Found) -> dict[str, Any]:
    return {
        "name": strategy.name,
        "label": strategy.label,
        "spec": strategy.spec,
        "options": dict(strategy.options),
        "digest": strategy.digest,
    }


def _task(chosen: Chosen) -> dict[str, Any]:
    shown = chosen.exemplars
    exemplars = shown and {
        "name": shown.name,
        "source": shown.source,
        "number": len(shown.problems),
        "digest": shown.digest(),
    }
    return {
        **_found(chosen.task),
        "problems": len(chosen.problems),
        "exemplars": exemplars,
        "identity": chosen.digest(),
    }


def _several(things: Several[T]) -> list[T]:
    if isinstance(things, str) or not isinstance(things, Sequence):
        return [things]
    return list(things)


def _distinct(labels: Sequence[str], role: str) -> None:
    if not labels:
        raise UserError(f"no {role} was named: name at least one")
    for label in labels:
        if labels.count(label) > 1:
            raise UserError(
                f"two columns would have the same name: the {role} {label} is named twice"
            )


def _given_exemplars(source: str | Path | Sequence[Problem] | None) -> ExemplarSet | None:
    if source is None or isinstance(source, (str, Path)):
        return None if source is None else exemplar_set(source)
    return ExemplarSet("given", "given in Python", tuple(source))
