"""The contestants of a race: each a column that is asked some problems at a time, and adds up."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from harness.catalogue.finding import Found
from harness.catalogue.marks import Option
from harness.models.model import Model
from harness.problem import Problem
from harness.records.measuring import measure
from harness.records.record import Column, Sample, sample
from harness.records.scoring import Cost, Tally, tallied
from harness.running.column import Meter, Working
from harness.running.overriding import Overrides, Overriding

ROUNDS = 8
"""The paths of a vote are drawn in so many rounds, and no more once it is decided."""


class Uncounted:
    """A progress that nobody looks at."""

    def advance(self) -> None:
        """As `harness.running.progress.Progress`."""


def in_rounds(strategy: Found) -> Found:
    """The strategy as a race runs it: its paths in rounds, until no others could change the vote.

    The credit of every problem is that of all paths, to the last tie (`decided` of
    `harness.voting.stopping`). A strategy that names a stop of its own, searches, or takes no stop
    is left as it is.
    """
    options, paths = strategy.options, strategy.options.get("paths")
    if not isinstance(paths, int) or options.get("stop", "") is not None or options.get("beams"):
        return strategy
    rounds: dict[str, Option] = {"stop": "decided", "per_round": max(1, paths // ROUNDS)}
    return replace(strategy, options={**options, **rounds})


def in_race_order(problems: Sequence[Problem], seed: int) -> list[Problem]:
    """The problems in a random order, which the bets of a race need, of the seed and their ids."""
    return sorted(
        problems, key=lambda one: hashlib.sha256(f"race/{seed}/{one.id}".encode()).digest()
    )


@dataclass
class Contestant:
    """One strategy in a race: `label` is its name as it was asked for, `names` its column's."""

    label: str
    names: Column
    strategy: Found
    meter: Meter
    tally: Tally
    chains: int = 0
    failure: str | None = field(default=None)

    @property
    def cost(self) -> Cost:
        """What it has cost so far."""
        return self.meter.cost

    @property
    def tried(self) -> int:
        """How many problems it was asked."""
        return len(self.tally.measures) + self.tally.errors

    def whole(self) -> float:
        """By how much its cost would be larger with all its paths on every problem."""
        paths, ran = self.strategy.options.get("paths"), len(self.tally.measures)
        if self.strategy.options.get("stop") != "decided" or not isinstance(paths, int):
            return 1.0
        return paths * ran / self.chains if self.chains else 1.0

    async def ask(self, problems: Sequence[Problem]) -> list[Sample]:
        """The samples of these problems, in their order, counted."""
        samples = []
        working = Working(self.strategy, problems, self.meter)
        async with aclosing(working.outcomes(Uncounted())) as ended:
            async for problem, outcome in ended:
                record = sample(self.names, problem, outcome)
                self.tally.add(measure(record))
                self.chains += len(record["chains"])
                self.failure = self.failure or record["error"]
                samples.append(record)
        return samples


def contestant(
    label: str, names: Column, strategy: Found, model: Model, overrides: Overrides
) -> Contestant:
    """A strategy at the start of a race, with the limit and the settings that the run has for it."""
    settings: dict[str, Any] = overrides.of(strategy, model.backend)
    return Contestant(
        label,
        names,
        overrides.limited(strategy, model.backend),
        Meter(Overriding(model, settings)),
        tallied(names),
    )
