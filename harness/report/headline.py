"""The answer before its figures: one sentence per task, from the differences of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.records.loading import Score, tried
from harness.report.differences import Difference
from harness.report.section import between, percent, probability, signed

NAMED = 3
"""Rows that a sentence lists; more of them are counted."""


@dataclass(frozen=True, slots=True)
class Held:
    """Rows of one task that share a baseline, with the names that a sentence calls them by."""

    rows: Sequence[Difference]
    scores: Sequence[Score]
    names: Sequence[str]

    @property
    def baseline(self) -> str:
        """The row that these are held against."""
        return self.names[self.rows[0].against]

    def listed(self, rows: Sequence[Difference]) -> str:
        """`vote (+4.7) and order (+3.8)`; the number of rows where they are many."""
        if len(rows) > NAMED:
            return f"{len(rows)} others"
        names = [
            f"{self.names[one.place]} ({signed(one.comparison.difference)})"
            if one.comparison
            else self.names[one.place]
            for one in rows
        ]
        return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def headlines(
    scores: Sequence[Score], names: Sequence[str], differences: Sequence[Difference]
) -> tuple[str, ...]:
    """A sentence for every task and model, and one for several models on the same task.

    It tells which row beats its baseline by more than chance, after Holm's correction; or that none
    does, and how large a difference could have been seen. `names` are the rows of the scores.
    """
    return tuple(
        f"{where}: {sentence}."
        for task in dict.fromkeys(score["task"] for score in scores)
        for where, sentence in _sentences(task, scores, names, differences)
    )


def _sentences(
    task: str, scores: Sequence[Score], names: Sequence[str], differences: Sequence[Difference]
) -> Iterator[tuple[str, str]]:
    several = len({score["model"] for score in scores}) > 1
    full = [f"{name} of {one['model']}" for one, name in zip(scores, names, strict=True)]
    here = [one for one in differences if one.task == task]
    groups: dict[tuple[int, bool], list[Difference]] = {}
    for one in here:
        within = scores[one.place]["model"] == scores[one.against]["model"]
        groups.setdefault((one.against, within), []).append(one)
    for (against, within), group in groups.items():
        where = f"{task}, {scores[against]['model']}" if several and within else task
        yield where, _answer(Held(group, scores, names if within else full))
    places = {place for one in here for place in (one.place, one.against)}
    for place, score in enumerate(scores):
        if score["task"] == task and place not in places:
            yield task, _alone(full[place] if several else names[place], score)


def _alone(name: str, score: Score) -> str:
    """A row that is held against none."""
    if score["accuracy"] is None:
        return f"no problem of {name} ran"
    reached = f"{percent(score['accuracy'])} % {between(score['interval'])}".strip()
    why = "there is nothing to hold it against"
    if "credits" not in score:
        why = "without its samples it cannot be compared"
    return f"{name} reaches {reached} on {_problems(score['problems'])}; {why}"


def _answer(held: Held) -> str:
    """What rows that share a baseline say of it."""
    ranked = sorted((one for one in held.rows if one.comparison), key=_points, reverse=True)
    better = [one for one in ranked if one.real and _points(one) > 0]
    worse = [one for one in ranked if one.real and _points(one) < 0]
    unclear = [one for one in ranked if not one.real]
    if better:
        sentence = _better(held, better)
    elif unclear:
        sentence = _nothing(held, unclear, worse)
    elif worse:
        sentence = _worse(held, worse)
    else:
        return f"{held.listed(held.rows)} and {held.baseline} ran on other problems"
    apart = [one for one in held.rows if one.comparison is None]
    left = f"; {held.listed(apart)} ran on other problems" if apart else ""
    return sentence + left


def _better(held: Held, better: Sequence[Difference]) -> str:
    first, *others = better
    sentence = f"{held.names[first.place]} beats {held.baseline} by {_how(held, first)}"
    verb = "does" if len(others) == 1 else "do"
    return f"{sentence}; so {verb} {held.listed(others)}" if others else sentence


def _worse(held: Held, worse: Sequence[Difference]) -> str:
    """All rows fall behind the baseline; the first is the nearest to it."""
    beaten, how = held.names[worse[0].place], _how(held, worse[0])
    if len(worse) == 1:
        return f"{held.baseline} beats {beaten} by {how}"
    return f"{held.baseline} beats all {len(worse)} others, the nearest, {beaten}, by {how}"


def _nothing(held: Held, unclear: Sequence[Difference], worse: Sequence[Difference]) -> str:
    one, *more = (difference.comparison for difference in unclear if difference.comparison)
    seen = max(comparison.detectable for comparison in (one, *more))
    verb = "beats" if worse else "differs from"
    who = f"nothing {verb}"
    if not more:
        who = f"{held.names[unclear[0].place]} does not {'beat' if worse else 'differ from'}"
    could = f"a difference of {100 * seen:.1f} points could have been seen"
    if seen >= 1:
        could = "so few show no difference"
    sentence = f"{who} {held.baseline} by more than chance on {_problems(one.problems)}; {could}"
    verb = "falls" if len(worse) == 1 else "fall"
    return f"{sentence}; {held.listed(worse)} {verb} behind" if worse else sentence


def _how(held: Held, one: Difference) -> str:
    """`6.2 points [2.9, 9.5] on 500 problems, p = 0.0004, at 18x the tokens`, seen by the winner."""
    assert one.comparison is not None
    assert one.adjusted is not None
    low, high = one.comparison.interval
    winner, loser = held.scores[one.place], held.scores[one.against]
    if one.comparison.difference < 0:
        low, high, winner, loser = -high, -low, loser, winner
    p = probability(one.adjusted)
    return (
        f"{abs(_points(one)):.1f} points [{100 * low:.1f}, {100 * high:.1f}] on "
        f"{_problems(one.comparison.problems)}, p {p if p.startswith('<') else f'= {p}'}"
        f"{_cost(winner, loser)}"
    )


def _cost(winner: Score, loser: Score) -> str:
    """What the winner generated for a problem against the loser; other models count otherwise."""
    own, other = winner["generated_tokens"], loser["generated_tokens"]
    if not own or not other or winner["model"] != loser["model"]:
        return ""
    times = own / tried(winner) / (other / tried(loser))
    return f", at {times:.0f}x the tokens" if times >= 9.95 else f", at {times:.1f}x the tokens"


def _points(one: Difference) -> float:
    return 100 * one.comparison.difference if one.comparison else 0.0


def _problems(number: int) -> str:
    return f"{number:,} problem{'' if number == 1 else 's'}"
