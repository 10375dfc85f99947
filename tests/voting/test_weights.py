"""A strategy that weighs its chains decides by that; the record says so, and can be decided anew."""

from __future__ import annotations

import dataclasses
import json
import operator
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import Chain, Model, Problem, Scripted, UserError, longest, run, strategy, task
from harness.interop.scoring import score
from harness.models.ledger import Ledger
from harness.records.measuring import measure
from harness.records.record import Column, line, sample
from harness.records.revoting import by_stop, by_vote
from harness.records.scoring import rescored
from harness.voting.votes import Ballot, ballot, complexity, recorded

PROBLEM = Problem("p", "What is 2 + 3?", "5", "number")


def chain(answer: str | None, weight: float = 1, text: str = "", **more: Any) -> Chain:
    return Chain(
        text or f"It is {answer}.", answer, "answer_phrase", "end", 3, -1.0, weight=weight, **more
    )


WEIGHED = [
    chain("4", 0.0),
    chain("4", 1.0),
    chain("5", 3.0, note="3 checks held"),
    chain(None, 9.0),
]


def record_of(*chains: Chain) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(line(sample(Column("m", "t", "s", {}), PROBLEM, chains)))
    return record


def test_the_weights_of_chains_are_their_votes() -> None:
    record = record_of(*WEIGHED)
    assert (record["answer"], record["votes"], record["correct"]) == ("5", {"5": 3.0, "4": 1.0}, 1)
    assert [one["weight"] for one in record["chains"] if one["answer"] != "4"] == [3.0, 9.0]
    assert record["chains"][2]["note"] == "3 checks held"


def test_chains_that_nobody_weighed_are_recorded_as_ever() -> None:
    record = record_of(chain("4"), chain("4"), chain("5"))
    assert record["votes"] == {"4": 2, "5": 1}
    assert not {"weight", "note"} & record["chains"][0].keys()


def test_chains_without_weight_do_not_win_for_want_of_others() -> None:
    silent = recorded([Ballot("4", weight=0), Ballot(None)], operator.eq)
    assert (silent.winners, silent.votes) == ((), {})
    assert recorded([Ballot("4", weight=0), Ballot("5")], operator.eq).votes == {"5": 1}


def test_readings_hold_the_vote_of_the_strategy() -> None:
    measured = measure(record_of(*WEIGHED))
    assert measured.readings["flexible"].credit == measured.credit == 1
    assert measured.counts.others == (2,)  # a majority is still counted for the curve


def test_weighed_chains_are_decided_anew_by_any_rule_or_stop() -> None:
    record = record_of(*WEIGHED)
    for change in (by_vote("majority"), by_vote("complexity:k=3"), by_stop("decided")):
        anew = change(record)
        assert anew["answer"] == "4"
        assert measure(anew).readings["flexible"].credit == measure(anew).credit == 0
    assert record["chains"][2]["weight"] == 3.0


def test_the_longest_chains_have_the_weights_of_the_rule() -> None:
    steps = ("One. Two. Three.", "One. Two.", "One.", "One. Two.", "One. Two. Three. Four.")
    chains = [
        chain(answer, text=text)
        for answer, text in zip(("4", "5", "4", "6", None), steps, strict=True)
    ]
    for k in (1, 2, 3, 9):
        weighed = longest(chains, k)
        vote = recorded([ballot(one) for one in weighed], operator.eq)
        assert vote == complexity([ballot(one) for one in chains], operator.eq, k=k)
    assert [one.weight for one in longest(chains, 2)] == [1.0, 0.5, 0.0, 0.5, 0.0]
    with pytest.raises(UserError, match="k=0"):
        longest([], 0)


@strategy
async def weighing(problem: Problem, model: Model) -> list[Chain]:
    """Counts its last chain alone."""
    await model.sample(problem.question)
    told = [chain("4", 0.0), chain("5", 1.0, note="chosen")]
    return [dataclasses.replace(one, text=f"The answer is {one.answer}.") for one in told]


def test_samples_that_are_scored_again_keep_their_weights(tmp_path: Path) -> None:
    @task()
    def one() -> Iterator[Problem]:
        """One."""
        yield PROBLEM

    model = Scripted(lambda text: "")
    done = run(model, one, weighing, output=tmp_path / "a", ledger=Ledger(), progress=False)
    again = score([tmp_path / "a" / "samples.jsonl"], output=tmp_path / "b", progress=False)
    assert [s["accuracy"] for s in (*done.scores, *again.scores)] == [1.0, 1.0]
    assert again.samples[0]["chains"][1]["note"] == "chosen"
    assert rescored(done.samples)[0]["accuracy"] == 1.0
