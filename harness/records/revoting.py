"""Scores a finished run anew from its stored chains: by another vote, or as if it had stopped early."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.reading.kinds import KINDS
from harness.records.loading import Score, column_key
from harness.records.measuring import measure
from harness.records.record import Sample, credited, stored
from harness.records.scoring import Tally
from harness.voting.rules import rule
from harness.voting.stopping import replay, stopping_rule
from harness.voting.votes import ballot

Change = Callable[[Mapping[str, Any]], Sample]
"""Makes of a stored sample the one that another decision would have left."""


def by_vote(spec: str) -> Change:
    """Another rule of voting decides. Raises `UserError` where `spec` names none."""
    decide = rule(spec)

    def change(sample: Mapping[str, Any]) -> Sample:
        ballots = [ballot(chain) for chain in sample["chains"]]
        return credited(_unweighted(sample), decide(ballots, KINDS[sample["kind"]].same))

    return change


def by_stop(spec: str) -> Change:
    """The paths end where a stopping rule has enough. Raises `UserError` where `spec` names none."""
    stopping_rule(spec)

    def change(sample: Mapping[str, Any]) -> Sample:
        answers = [chain["answer"] for chain in sample["chains"]]
        stopped = replay(answers, KINDS[sample["kind"]].same, spec)
        drawn = {**sample, "chains": sample["chains"][: stopped.drawn]}
        return credited(_unweighted(drawn), stopped.vote)

    return change


def _unweighted(sample: Mapping[str, Any]) -> Sample:
    """A sample without the weights by which its strategy decided."""
    chains = [
        {name: value for name, value in chain.items() if name != "weight"}
        for chain in sample["chains"]
    ]
    return {**sample, "chains": chains}


def revoted(
    scores: Sequence[Score], *, votes: Sequence[str] = (), stops: Sequence[str] = ()
) -> list[Score]:
    """The scores with, behind each that has several paths, the same chains decided otherwise.

    `scores` are as `harness.records.loading` reads them; `votes` and `stops` are specs, as in
    `weighted_sum:normalised=no` and `adaptive`. A stop is charged the tokens of the chains that it
    would have drawn. Raises `UserError` for a spec that is none, and for chains without what a rule
    needs.
    """
    changes = {spec: by_vote(spec) for spec in votes} | {
        f"stop={spec}": by_stop(spec) for spec in stops
    }
    tallies = {run: _tallies(Path(run), changes) for run in {score["run"] for score in scores}}
    result: list[Score] = []
    for score in scores:
        result.append(score)
        if (score.get("paths") or {}).get("most", 0) < 2:
            continue
        for spec in changes:
            if spec.startswith("stop=") and score["curve"] is None:
                continue  # it stopped by itself already
            tally = tallies[score["run"]][column_key(score), spec]
            result.append(_changed(score, spec, tally, charged=spec.startswith("stop=")))
    return result


def _tallies(run: Path, changes: Mapping[str, Change]) -> dict[tuple[str, str], Tally]:
    """The tally of every column of a run under every change."""
    tallies: dict[tuple[str, str], Tally] = {}
    for sample in stored(run):
        column = column_key(sample)
        for spec, change in changes.items():
            tally = tallies.setdefault((column, spec), Tally(stopped=spec.startswith("stop=")))
            tally.add(measure(sample if sample["error"] else change(sample)))
    return tallies


def _changed(score: Score, spec: str, tally: Tally, *, charged: bool) -> Score:
    # what fewer chains would have taken is known of their tokens alone
    cost: dict[str, int | None] = {}
    if charged:
        cost = dict.fromkeys(("calls", "prompt_tokens", "seconds", "joules", "energy", "flops"))
        cost["generated_tokens"] = tally.tokens
    label = f"{score['label']} [{spec}]"
    changed = {"label": label, "credits": tally.credits, "of": score["label"], "by": spec}
    return {**score, **tally.fields(), **cost, **changed}
