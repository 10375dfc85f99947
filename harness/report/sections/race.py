"""The race that scores come from: its answer in a sentence, and who left it when and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.records.racing import RaceRecord
from harness.report.section import Section, between, percent, signed

LISTED = 4
"""Strategies that a sentence names; more of them are counted."""

UNITS = {
    "tokens": "tokens",
    "seconds": "seconds of generation",
    "dollars": "dollars",
    "joules": "joules",
}


def headlines(race: RaceRecord) -> tuple[str, ...]:
    """The answer first; then what it cost, and what a full table would have."""
    failed = _failed(race)
    failures = f"; {_listed(race, failed)} failed on every problem" if failed else ""
    return (f"{race['task']}: {_answer(race)}{failures}.", f"{_cost(race)}.")


def section(race: RaceRecord) -> Section:
    """Every strategy with its accuracy, how far it was ahead of the one to take, and why it left."""
    named = race["named"]
    return Section(
        title="Race",
        columns=("#", "strategy", "n", "%", f"to #{named + 1}", "95 %", "cost", "out"),
        rows=tuple(_row(race, who, one) for who, one in enumerate(race["contestants"])),
        caption=_caption(race),
        names=2,
    )


def _caption(race: RaceRecord) -> str:
    sure = f"{100 * (1 - race['alpha']):g} %"
    drawn = (
        f"the {race['population']:,} problems of this race, drawn without replacement"
        if race["population"]
        else "all problems that the task makes"
    )
    return (
        f"n: problems asked. %: accuracy. To #{race['named'] + 1}: points of accuracy ahead of it, on "
        f"the problems that both ran, with the interval that holds for {drawn}, in all pairs "
        f"and at every look at once with {sure}, which is more than putting one out takes (betting; "
        f"Waudby-Smith and Ramdas, 2024). Cost: {UNITS[race['measure']]} for a problem. Out: after how many "
        "problems, and for which other: below it, or near it: surely ahead by less than "
        f"{points(race['margin'])}, if at all, and dearer."
    )


def _row(race: RaceRecord, who: int, one: Mapping[str, Any]) -> tuple[str, ...]:
    named = who == race["named"]
    ours = one["accuracy"] - race["contestants"][race["named"]]["accuracy"]
    looks = [look["ahead"][str(who)] for look in race["looks"] if str(who) in look["ahead"]]
    ahead = looks[-1][0] if looks else ours
    failed = who in _failed(race)
    alone = named or failed
    return (
        f"{who + 1}",
        one["label"],
        f"{one['problems']:,}",
        "–" if failed else percent(one["accuracy"]),
        "" if alone else signed(ahead),
        "" if alone else between(one["ahead"], sign=True),
        figure(one["cost"]),
        "failed" if failed else _out(race, who),
    )


def _out(race: RaceRecord, who: int) -> str:
    for one in race["departures"]:
        if one["who"] == who:
            where = "below" if one["reason"] == "worse" else "near"
            return f"{one['problems']:,}: {where} #{one['other'] + 1}"
    return "on the front" if who in race["sure"] else ""


def points(share: float) -> str:
    """A part of 1 in points: `1 point`, `2.5 points`."""
    return f"{100 * share:g} point{'' if round(100 * share, 6) == 1 else 's'}"


def figure(cost: float) -> str:
    """A cost as it is shown: `1,024`, `0.0123`."""
    return f"{cost:,.0f}" if cost >= 100 else f"{cost:.3g}"


def _answer(race: RaceRecord) -> str:
    if race["objective"] != "accuracy":
        return _front(race)
    failed = _failed(race)
    left = [who for who in race["left"] if who not in (race["named"], *failed)]
    name, number = _name(race, race["named"]), len(race["contestants"]) - len(failed)
    if number < 2:
        return f"take {name}: no other one ran" if number else "no problem ran"
    if race["end"] == "budget" or left:
        return _open(race, name, left)
    behind = f" or less than {points(race['margin'])} behind it" if race["margin"] else ""
    if race["end"] == "all asked" and race["population"]:
        return (
            f"take {name}: on all {race['problems']:,} problems it is the best of {number}{behind}"
        )
    sure = f"with {100 * (1 - race['alpha']):g} % confidence"
    return (
        f"take {name}: it is the best of {number}{behind}, {sure}, after {race['asked']:,} of "
        f"{race['problems']:,} problems"
    )


def _open(race: RaceRecord, name: str, left: Sequence[int]) -> str:
    """No one is alone in the race at its end."""
    others = _listed(race, left)
    if race["end"] == "all asked" and race["population"]:
        return (
            f"take {name}: on all {race['problems']:,} problems {others} "
            f"{'is' if len(left) == 1 else 'are'} no better, and no cheaper"
        )
    why = (
        f"the budget of {race['budget']} did not last for more than {race['asked']:,} of "
        f"{race['problems']:,} problems"
        if race["end"] == "budget"
        else f"all {race['problems']:,} problems were asked (--limit makes more)"
    )
    return f"{name} leads, but it is not sure: {others} may be better; {why}"


def _front(race: RaceRecord) -> str:
    """Which strategies nobody has to regret, the cheapest first, and whether that is sure."""
    left = set(race["left"]).difference(_failed(race))
    points = sorted(left, key=lambda who: (race["contestants"][who]["cost"], who))
    unsure = [who for who in points if who not in race["sure"]]
    exact = race["end"] == "all asked" and race["population"]
    sure = f"with {100 * (1 - race['alpha']):g} % confidence"
    if exact or not unsure:
        where = f"on all {race['problems']:,} problems" if exact else sure
        return f"the front of accuracy at cost is {_listed(race, points, 99)}, {where}"
    certain = [who for who in points if who in race["sure"]]
    return (
        f"on the front of accuracy at cost {'are' if len(certain) > 1 else 'is'} {sure} "
        f"{_listed(race, certain, 99)}; {_listed(race, unsure)} may be"
    )


def _failed(race: RaceRecord) -> list[int]:
    """Strategies that ran on none of the problems that they were asked."""
    counted = enumerate(race["contestants"])
    return [who for who, one in counted if one["errors"] and one["errors"] == one["problems"]]


def _cost(race: RaceRecord) -> str:
    parts = []
    for measure, amount in race["spent"].items():
        full = race["full"][measure]
        share = (
            f", {100 * amount / full:.0f} % of the {figure(full)} of a full table" if full else ""
        )
        parts.append(f"{figure(amount)} {UNITS[measure]}{share}")
    return f"It took {'; '.join(parts)}"


def _name(race: RaceRecord, who: int) -> str:
    return str(race["contestants"][who]["label"])


def _listed(race: RaceRecord, places: Sequence[int], most: int = LISTED) -> str:
    """`a, b and c`; `a and 7 others` where they are many."""
    names = [_name(race, who) for who in places]
    if len(names) > most:
        return f"{names[0]} and {len(names) - 1} others"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "none"
