"""Runs a race: strategies on the same problems, round after round, until it is sure which one to take."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from harness.catalogue.finding import Found
from harness.errors import UserError
from harness.models import LoadSettings
from harness.models.ledger import Ledger
from harness.models.model import Model
from harness.models.server.address import is_address
from harness.problem import Problem
from harness.problems.choosing import Chosen
from harness.records.racing import FILE, RaceRecord
from harness.records.record import Column, line
from harness.records.scoring import score
from harness.report.writing import write
from harness.request import Backend
from harness.running import provenance
from harness.running.budget import MEASURES, Budget, Price, budget_of, price_of, spent
from harness.running.columns import let_go
from harness.running.contest import Contestant, contestant, in_race_order, in_rounds
from harness.running.directory import Directory, place
from harness.running.metering import metering
from harness.running.overriding import Overrides
from harness.running.planning import Plan, Spec, manifest, now, opened, prepared
from harness.running.race_record import record
from harness.running.run import (
    complete,
    first_prompts,
    generation_settings,
    rehearsals,
    remembering,
)
from harness.statistics.racing import FIRST, Race, next_round

OBJECTIVES = ("accuracy", "accuracy-at-cost")


@dataclass(frozen=True, slots=True)
class Rules:
    """How a race is decided: see `race`."""

    alpha: float
    margin: float
    objective: str
    measure: str
    budget: Budget | None
    price: Price | None


@dataclass(frozen=True, slots=True)
class Raced:
    """A race that has ended: where it is, and the content of its `race.json`."""

    directory: Path
    record: RaceRecord


def race(
    model: str | Backend = "reference",
    task: Spec = "arithmetic",
    strategies: Sequence[Spec] = (),
    *,
    alpha: float = 0.05,
    margin: float = 1.0,
    budget: str | None = None,
    objective: str = "accuracy",
    cost: str = "tokens",
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
    progress: bool | None = None,
    command: str | None = None,
    **settings: Unpack[LoadSettings],
) -> Raced:
    """Find the strategy to take for the least money; stop paying for the others once that is sure.

    All strategies are asked the same problems, in a random order, round after round. With the
    objective `"accuracy"` one is out when it is surely worse than another, or surely ahead of a
    cheaper one by less than `margin` points. It ends when one is left, all problems were asked, or the
    `budget` (`"2M tokens"`, `"30min"`, `"$5"`) does not last for another problem. With
    `"accuracy-at-cost"` the front of accuracy against `cost` (`"tokens"`, `"seconds"`, `"dollars"`,
    `"joules"`) is found. Joules need counters, as `harness.run` has them; dollars need a `price` among the
    settings: `"2.50/h"`, or `"0.10,0.40"` for a million tokens read and written. The chance of an error is at
    most `alpha`, over all looks together: see `harness.statistics.racing`.

    All else is as in `harness.run`. The same call again goes on where it was, also with a larger
    budget. Raises `UserError` for what cannot be run.
    """
    price = settings.pop("price", None)
    rules = _rules(alpha, margin, objective, cost, budget, price)
    if isinstance(model, str) and is_address(model) and rules.price and not rules.price.hour:
        settings["price"] = price  # of the server's tokens, for its own limit of dollars
    with remembering(ledger) as remembered:
        chosen, found = prepared([task], list(strategies), limit, shuffle, exemplars)
        if len(found) < 2:
            raise UserError("a race needs two strategies or more: name another one with -s")
        overrides = Overrides(generation or {}, max_tokens, generation_config)
        complete(rehearsals(chosen, found, overrides))
        measured = metering(True if cost == "joules" else None, None)
        models = opened(model, **settings)
        labels = [one.label for one in found]
        racing = [in_rounds(one) for one in found]
        plan = Plan(
            models, chosen, racing, seed, limit, shuffle, overrides, fit_examples, metering=measured
        )
        done = _race(plan, labels, rules, output, remembered(), rows, progress, command)
        let_go()
        return done


def _rules(
    alpha: float, margin: float, objective: str, cost: str, budget: str | None, price: str | None
) -> Rules:
    if not 0 < alpha < 1:
        raise UserError(f"alpha={alpha}: the chance of an error lies between 0 and 1, as in 0.05")
    if not 0 <= margin < 100:
        raise UserError(f"margin={margin}: points of accuracy, from 0 to below 100")
    for name, value, known in (("objective", objective, OBJECTIVES), ("cost", cost, MEASURES)):
        if value not in known:
            raise UserError(f"{name}={value}: one of {', '.join(known)}")
    dollars = price_of(price)
    if cost == "dollars" and dollars is None:
        raise UserError("costs in dollars need a price: say --price 2.50/h, or 0.10,0.40")
    return Rules(alpha, margin / 100, objective, cost, budget_of(budget, dollars), dollars)


def _race(
    plan: Plan,
    labels: Sequence[str],
    rules: Rules,
    output: Path | str | None,
    ledger: Ledger,
    rows: int | None,
    shown: bool | None,
    command: str | None,
) -> Raced:
    noted = manifest(plan, command)
    # the budget is no part of it: the same race goes on with a larger one
    decisive = [
        noted["identity"],
        "race",
        rules.alpha,
        rules.margin,
        rules.objective,
        rules.measure,
    ]
    noted["identity"] = hashlib.sha256(json.dumps(decisive).encode()).hexdigest()
    prompts = complete(first_prompts(plan))
    noted["generation"] = generation_settings(prompts)
    directory = Directory(place(Path(output) if output else None, noted), noted)
    noted["started"] = directory.started or noted["started"]
    try:
        directory.write_run(noted)
        directory.write_prompts(prompts)
        with plan.metering.on():
            running = _Running(plan, labels, rules, ledger, rows, shown)
            complete(running.run(directory))
        noted["energy"] = plan.metering.noted()
        directory.finish()
        directory.write_scores([score(o.names, o.tally, o.cost) for o in running.contestants])
        content = running.record()
        directory.write(FILE, content)
        status = "budget" if content["end"] == "budget" else "finished"
        ended = {"status": status, "finished": now(), "hardware": provenance.hardware()}
        directory.write_run({**noted, **ended})
        write(directory.path)
    finally:
        directory.close()
    return Raced(directory.path, content)


class _Running:
    """The race while it runs."""

    def __init__(
        self,
        plan: Plan,
        labels: Sequence[str],
        rules: Rules,
        ledger: Ledger,
        rows: int | None,
        shown: bool | None,
    ) -> None:
        self.rules, self.shown = rules, shown
        self.looks: list[dict[str, Any]] = []
        [(name, backend)], [task] = plan.models, plan.tasks
        limits: dict[str, Any] = {} if rows is None else {"rows": rows}
        model = Model(
            backend,
            seed=plan.seed,
            ledger=ledger,
            fit_examples=plan.fit_examples,
            energy=plan.metering.shares(),
            **limits,
        )
        self.task: Chosen = task
        self.problems = in_race_order(task.problems, plan.seed)
        self.contestants: list[Contestant] = [
            contestant(label, _column(name, task, one), one, model, plan.overrides)
            for label, one in zip(labels, plan.strategies, strict=True)
        ]
        self.race = Race(
            len(labels),
            # a generator's problems stand for all that it would make, a data set's for themselves
            None if task.task.unlimited else len(self.problems),
            rules.alpha,
            rules.margin,
            front=rules.objective == "accuracy-at-cost",
        )
        self.end = ""

    async def run(self, directory: Directory) -> None:
        """Ask round after round, and write the samples, until the race is over."""
        seen = 0
        self._say(f"{len(self.contestants)} strategies, {len(self.problems):,} problems at most")
        while asked := self.race.asked:
            number = self._affordable(next_round(seen, len(self.problems)), seen, asked)
            if not number:
                break
            part = self.problems[seen : seen + number]
            rounds = await asyncio.gather(*(self.contestants[who].ask(part) for who in asked))
            for samples in rounds:
                for one in samples:
                    directory.add(line(one))
            seen += number
            columns = {
                who: [one["correct"] for one in samples]
                for who, samples in zip(asked, rounds, strict=True)
            }
            self.race.look(columns, {who: self.cost(who, self.rules.measure) for who in asked})
            self._note(seen, asked)
        self.end = self._end(seen)

    def spent(self, measure: str) -> float:
        """What the whole race has cost so far."""
        return sum(spent(one.cost, measure, self.rules.price) for one in self.contestants)

    def cost(self, who: int, measure: str) -> float:
        """What a problem of a strategy has cost so far."""
        one = self.contestants[who]
        return spent(one.cost, measure, self.rules.price) / max(1, one.tried)

    def record(self) -> dict[str, Any]:
        """The content of `race.json`."""
        return record(self)

    def _affordable(self, number: int, seen: int, asked: Sequence[int]) -> int:
        """How many problems the budget lasts for; the first of all tells what one costs."""
        budget = self.rules.budget
        if budget is None:
            return number
        if not self.looks:
            return 1
        each = sum(self.cost(who, budget.measure) for who in asked)
        left = budget.amount - self.spent(budget.measure)
        hourly = budget.measure == "dollars" and self.rules.price and self.rules.price.hour
        if seen < FIRST and (hourly or budget.measure == "seconds"):
            # alone a problem takes much longer than its share of the time of many
            return number if left > 0 else 0
        return min(number, max(0, int(left / each))) if each else number

    def _note(self, seen: int, asked: Sequence[int]) -> None:
        self.looks.append({"problems": seen, "asked": list(asked), "tokens": self.spent("tokens")})
        out = [one for one in self.race.departures if one.problems == seen]
        words = {"worse": "surely worse than", "margin": "surely not worth more than"}
        gone = [
            f"{self.contestants[one.who].label} is out, {words[one.reason]} "
            f"{self.contestants[one.other].label}"
            for one in out
        ]
        on = len(self.race.asked) if seen < len(self.problems) else 0
        progress = f"{seen:,} of {len(self.problems):,} problems"
        self._say("; ".join([progress, *gone, *([f"{on} are asked on"] if on else [])]))

    def _say(self, text: str) -> None:
        if self.shown is not False:
            print(text, file=sys.stderr, flush=True)

    def _end(self, seen: int) -> str:
        if not self.race.asked:
            return "all asked" if self.race.exhausted else "sure"
        return "all asked" if seen == len(self.problems) else "budget"


def _column(name: str, task: Chosen, strategy: Found) -> Column:
    return Column(name, task.task.label, strategy.name, strategy.options)
