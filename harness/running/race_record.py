"""Makes of a race that has ended what is kept of it: `race.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from harness.records.racing import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.problem import Problem
    from harness.problems.choosing import Chosen
    from harness.running.contest import Contestant
    from harness.statistics.racing import Race


class Ended(Protocol):
    """A race, as its record needs it."""

    race: Race
    rules: Any
    task: Chosen
    problems: list[Problem]
    contestants: list[Contestant]
    looks: list[dict[str, Any]]
    end: str

    def spent(self, measure: str) -> float:
        """What all have cost."""

    def cost(self, who: int, measure: str) -> float:
        """What a problem of one has cost."""


def record(ended: Ended) -> dict[str, Any]:
    """The content of `race.json` (see `harness.records.racing`)."""
    race, rules = ended.race, ended.rules
    named = race.named()
    told = {"dollars": rules.price is not None, "joules": rules.measure == "joules"}
    measures = ["tokens", "seconds", *(name for name, known in told.items() if known)]
    return {
        "schema": SCHEMA,
        "task": ended.task.task.label,
        "model": ended.contestants[0].names.model,
        "problems": len(ended.problems),
        "population": race.population,
        "alpha": rules.alpha,
        "margin": rules.margin,
        "objective": rules.objective,
        "measure": rules.measure,
        "budget": rules.budget and rules.budget.text,
        "end": ended.end,
        "asked": race.problems,
        "named": named,
        "left": race.left,
        "sure": race.sure_points() if race.front else [],
        "spent": {one: round(ended.spent(one), 6) for one in measures},
        "full": {one: round(_full(ended, one), 6) for one in measures},
        "contestants": [_contestant(ended, who, named) for who in range(race.contestants)],
        "departures": [
            {
                "who": one.who,
                "problems": one.problems,
                "reason": one.reason,
                "other": one.other,
                "log_e": round(min(one.log_e, 700.0), 4),
            }
            for one in race.departures
        ],
        "looks": [_look(ended, look, named) for look in ended.looks],
    }


def _contestant(ended: Ended, who: int, named: int) -> dict[str, Any]:
    one, race = ended.contestants[who], ended.race
    low, high = race.bounds(who, named) if who != named else (0.0, 0.0)
    return {
        "label": one.label,
        "problems": len(race.credits[who]),
        "accuracy": round(race.mean(who), 6),
        "ahead": [round(low, 6), round(high, 6)],
        "cost": round(ended.cost(who, ended.rules.measure), 6),
        "tokens": one.cost.generated_tokens,
        "errors": one.tally.errors,
    }


def _look(ended: Ended, look: dict[str, Any], named: int) -> dict[str, Any]:
    """A look, with how far each that was asked was ahead of the one that is named in the end."""
    race, others = ended.race, [who for who in look["asked"] if who != named]
    ahead = {}
    for who in others:
        low, high = race.bounds(who, named, look["problems"])
        ours, theirs = (race.credits[one][: look["problems"]] for one in (who, named))
        ahead[str(who)] = [round(_difference(ours, theirs), 6), round(low, 6), round(high, 6)]
    return {**look, "ahead": ahead}


def _difference(ours: Sequence[float], theirs: Sequence[float]) -> float:
    both = [a - b for a, b in zip(ours, theirs, strict=False) if a == a and b == b]
    return sum(both) / len(both) if both else 0.0


def _full(ended: Ended, measure: str) -> float:
    """What all strategies would cost on all problems, with all their paths, at what one has cost."""
    return sum(
        ended.cost(who, measure) * one.whole() * len(ended.problems)
        for who, one in enumerate(ended.contestants)
    )
