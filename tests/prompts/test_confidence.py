"""Strategies that weigh their chains: each formula by hand, on scripted replies."""

from __future__ import annotations

import asyncio
import functools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from harness.prompts.chain_of_thought_decoding import chain_of_thought_decoding, margin
from harness.prompts.confidence_weighted import JUDGING, confidence_weighted
from harness.prompts.deep_confidence import confidence, deep_confidence
from harness.prompts.self_certainty import self_certainty

from harness import KINDS, Chain, Problem, Reply, Scripted, UserError, chain, run, task
from harness.catalogue.finding import find
from harness.models.ledger import Ledger
from harness.records.revoting import by_vote
from harness.running.rehearsing import rehearse
from harness.testing import PROBLEMS
from harness.voting.votes import decide

EXEMPLARS = (Problem("e", "What is 1 + 1?", "2", "number", rationales=("1 + 1 = 2.",)),)
PROBLEM = Problem("p", "What is 2 + 3?", "5", "number", exemplars=EXEMPLARS)
SAME = KINDS["number"].same


def reply(text: str, top: Sequence[Sequence[float]] = (), **noted: Any) -> Reply:
    """A reply whose tokens are its words, each with the probabilities of the likeliest tokens."""
    ends, at = [], 0
    for word in text.split():
        at = text.index(word, at) + len(word)
        ends.append(at)
    logs = tuple(tuple(math.log(p) for p in step) for step in top)
    return Reply(text, "end", len(ends), -1.0, top=logs, ends=tuple(ends) if top else (), **noted)


def ran(strategy: Any, said: Any, problem: Problem = PROBLEM, **options: Any) -> list[Chain]:
    model = said if isinstance(said, Scripted) else Scripted(lambda text: said)
    chains: list[Chain] = asyncio.run(strategy(problem, model, **options))
    return chains


UNSURE, SURE = (0.5, 0.4), (0.9, 0.05)
DIRECT = reply(" The answer is 6.", [SURE, SURE, SURE, UNSURE])
REASONED = reply(" 2 + 3 = 5. So 5 .", [UNSURE] * 6 + [SURE, UNSURE])
SILENT = reply(" I cannot say.", [SURE] * 3)


def test_a_path_is_as_sure_as_the_tokens_of_its_answer() -> None:
    direct, reasoned, _ = ran(chain_of_thought_decoding, [DIRECT, REASONED, SILENT], paths=3)
    assert direct.confidence == pytest.approx(0.5 - 0.4)
    assert reasoned.answer == "5"
    assert reasoned.confidence == pytest.approx(0.9 - 0.05)


def test_an_answer_of_several_tokens_has_their_mean_margin() -> None:
    dollars = Reply(
        "so 1,250 .", "end", 4, 0.0, top=DIRECT.top, ends=(2, 5, 8, 10)
    )  # so| 1,|250| . with margins .85, .85, .85, .1: the answer is the middle two
    text = replace(dollars, top=tuple(DIRECT.top[at] for at in (0, 1, 3, 0)))
    one = replace(chain(PROBLEM, text), answer="1250")
    assert margin(PROBLEM, one, text) == pytest.approx((0.85 + 0.1) / 2)
    nowhere = replace(one, answer="77")  # no place: the mean of all
    assert margin(PROBLEM, nowhere, text) == pytest.approx((3 * 0.85 + 0.1) / 4)
    assert margin(PROBLEM, replace(one, answer=None), text) is None


def test_the_surest_path_decides_or_the_sum_over_its_answer() -> None:
    said = [REASONED, DIRECT, SILENT, *[replace(DIRECT, text=" The answer is 7.")] * 9]
    best = ran(chain_of_thought_decoding, said, paths=12, aggregate=False)
    assert decide(best, SAME).votes == pytest.approx({"5": 0.85})
    summed = ran(chain_of_thought_decoding, said, paths=12)
    assert decide(summed, SAME).votes == pytest.approx({"7": 0.9, "5": 0.85, "6": 0.1})
    assert (best[2].confidence, best[2].weight) == (None, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_answer_of_every_kind_has_its_place(kind: str) -> None:
    gold, choices = PROBLEMS[kind].answer, PROBLEMS[kind].choices
    text = f" {KINDS[kind].sentence(gold)}"
    last = reply(text, [SURE] * (len(text.split()) - 1) + [UNSURE])
    problem = Problem("p", "?", gold, kind, choices)
    [one] = ran(chain_of_thought_decoding, last, problem, paths=1)
    assert one.answer == gold
    assert one.confidence == pytest.approx(0.1)
    start, end = KINDS[kind].span(text, gold, choices) or (0, 0)
    assert text[start:end].strip("$()").lower() == gold.lower()


def test_the_place_of_an_answer_is_the_last_that_says_it() -> None:
    number = KINDS["number"]
    assert number.span("5 and 5, so 5.", "5") == (12, 13)
    assert number.span("It is $1,200.00.", "1200") == (6, 15)
    assert number.span("so \\boxed{18}", "18") == (10, 12)
    assert number.span("no number", "18") is None
    assert KINDS["date"].span("on May 1, 2021.", "05/01/2021") == (3, 14)


def test_chains_weigh_by_the_rank_of_their_certainty_a_token() -> None:
    said = [
        reply(" The answer is 5.", certainty=8.0),  # 8 / 4 = 2
        reply(" So it is 6.", certainty=4.0),  # 1
        reply(" The answer surely is 6.", certainty=7.5),  # 1.5
        reply(" Unknown.", certainty=9.0),
    ]
    chains = ran(self_certainty, said, paths=4, p=1.0)
    assert [one.confidence for one in chains] == [2.0, 1.0, 1.5, 9.0]
    assert [one.weight for one in chains] == pytest.approx([1, 1 / 3, 2 / 3, 0])
    assert decide(ran(self_certainty, said, paths=4, p=2.0), SAME).answer == "5"
    assert decide(ran(self_certainty, said, paths=4, p=0.0), SAME).answer == "6"


def test_measures_of_a_chain_are_of_its_tokens_and_of_its_groups() -> None:
    tokens = [4.0, 1.0, 2.0, 6.0, 3.0]  # groups of two: 2.5, 1.5, 4, 4.5
    assert confidence(tokens, "mean", 2) == pytest.approx(16 / 5)
    assert confidence(tokens, "tail", 2) == 4.5
    assert confidence(tokens, "lowest", 2) == 1.5
    assert confidence(tokens, "bottom", 2) == 1.5  # a tenth of four groups is one
    many = [float(number) for number in range(1, 21)]
    assert confidence(many, "bottom", 1) == (1 + 2) / 2
    for measure in ("mean", "bottom", "tail", "lowest"):  # of a short chain they are one
        assert confidence(tokens, measure, 9) == pytest.approx(16 / 5)
        assert confidence([t + 1 for t in tokens], measure, 2) == pytest.approx(
            confidence(tokens, measure, 2) + 1
        )


def test_the_least_confident_chains_are_left_out() -> None:
    def steady(text: str, p: float) -> Reply:
        return reply(text, [(p, p / 2)] * len(text.split()))

    # a token of likeliest probabilities p and p/2 has the confidence -ln p + ln(2) / 2
    said = [steady(" The answer is 5.", 0.1), steady(" So 6.", 0.5), steady(" So 6 .", 0.6)]
    chains = ran(deep_confidence, said, paths=3, keep=0.3, top=2)
    expected = [-math.log(p) + math.log(2) / 2 for p in (0.1, 0.5, 0.6)]
    assert [one.confidence for one in chains] == pytest.approx(expected)
    assert [one.weight for one in chains] == pytest.approx([expected[0], 0, 0])
    everyone = decide(ran(deep_confidence, said, paths=3, keep=1.0, top=2), SAME)
    assert everyone.votes == pytest.approx({"5": expected[0], "6": sum(expected[1:])})


JUDGED = {" 2 + 3 = 5. The answer is 5.": -0.1, " The answer is 6.": -3.0}


def judging(shift: float = 0.0) -> Scripted:
    """A model that holds its right chain to be right: ln P(1) is -0.1 or -3, ln P(0) is -1."""

    def likelihood(before: str, text: str) -> float:
        assert before.endswith(JUDGING)
        right = next(log for said, log in JUDGED.items() if said in before)
        return shift + (right if text == " 1" else -1.0)

    return Scripted(lambda text: [*JUDGED, " The answer is 6.", " Well."], likelihood=likelihood)


@pytest.mark.parametrize("shift", [0.0, -40.0])
def test_a_chain_is_as_confident_as_the_model_that_it_is_right(shift: float) -> None:
    chains = ran(confidence_weighted, judging(shift), paths=4, spread=0.5)
    # 1 / (1 + exp(-.9)) = .710950, 1 / (1 + exp(2)) = .119203; exp((.119203 - .710950) / .5) = .306207
    assert [one.confidence for one in chains] == [
        pytest.approx(0.710950, rel=1e-5),
        pytest.approx(0.119203, rel=1e-5),
        pytest.approx(0.119203, rel=1e-5),
        None,
    ]
    assert [one.weight for one in chains] == pytest.approx([1, 0.306207, 0.306207, 0], rel=1e-4)
    assert decide(chains, SAME).answer == "5"
    assert decide(ran(confidence_weighted, judging(), paths=4, spread=9.0), SAME).answer == "6"


def test_the_question_whether_it_is_right_stands_behind_the_chain() -> None:
    seen: list[str] = []

    def likelihood(before: str, text: str) -> float:
        seen.append(before + text)
        return -1.0

    model = Scripted(lambda text: " It is 5.", likelihood=likelihood)
    ran(confidence_weighted, model, paths=1)
    opening = "Q: What is 1 + 1?\nA: 1 + 1 = 2. The answer is 2.\n\nQ: What is 2 + 3?\nA: It is 5."
    assert seen == [f"{opening}{JUDGING} 1", f"{opening}{JUDGING} 0"]


def test_a_chain_may_be_as_confident_as_its_mean_token_is_likely() -> None:
    said = [replace(reply(" It is 5."), logprob=-0.3), replace(reply(" 6 ."), logprob=-2.0)]
    chains = ran(confidence_weighted, said, paths=2, confidence="probability", spread=1.0)
    # exp(-.3 / 3) = .904837, exp(-2 / 2) = .367879; exp(.367879 - .904837) = .584523
    assert [one.confidence for one in chains] == pytest.approx([0.904837, 0.367879], rel=1e-5)
    assert [one.weight for one in chains] == pytest.approx([1, 0.584523], rel=1e-5)


@task()
def one_sum() -> Iterator[Problem]:
    """One sum."""
    yield PROBLEM


def test_the_record_says_what_decided_and_is_voted_on_again(tmp_path: Path) -> None:
    weighing = functools.partial(confidence_weighted, paths=4, spread=0.5)
    done = run(judging(), one_sum, weighing, output=tmp_path / "a", ledger=Ledger(), progress=False)
    [sample] = done.samples
    assert (sample["answer"], sample["correct"]) == ("5", 1)
    assert sample["votes"] == pytest.approx({"5": 1, "6": 2 * 0.306207}, rel=1e-4)
    first, *_, silent = sample["chains"]
    assert first["confidence"] == pytest.approx(0.710950, rel=1e-5)
    assert (silent["confidence"], silent["weight"]) == (None, 0)
    assert by_vote("recorded")(sample)["votes"] == sample["votes"]
    assert by_vote("confidence:temperature=0.5")(sample)["votes"] == pytest.approx(sample["votes"])
    assert by_vote("majority")(sample)["answer"] == "6"
    assert by_vote("borda:p=9")(sample)["answer"] == "5"
    # 2 + 3 chains are generated once; what is scored is read: the judged prompts and " 1", " 0"
    generated = sum(len(text.split()) for text in (*JUDGED, " The answer is 6.", " Well."))
    assert done.scores[0]["generated_tokens"] == generated
    assert done.scores[0]["prompt_tokens"] > 2 * len(JUDGING.split())
    kept = json.loads((tmp_path / "a" / "samples.jsonl").read_text())
    assert kept == sample


def test_a_run_that_weighed_its_chains_is_scored_again_as_it_was(tmp_path: Path) -> None:
    from harness.interop.scoring import score

    weighing = functools.partial(confidence_weighted, paths=4, spread=0.5)
    run(judging(), one_sum, weighing, output=tmp_path / "a", ledger=Ledger(), progress=False)
    again = score([tmp_path / "a" / "samples.jsonl"], output=tmp_path / "b", progress=False)
    [sample] = again.samples
    assert sample["answer"] == "5"
    assert sample["chains"][0]["weight"] == 1


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("confidence_weighted:confidence=verbal", "neither 'p_true' nor 'probability'"),
        ("confidence_weighted:spread=0", "temperature=0.0 of a softmax"),
        ("self_certainty:p=-1", "p=-1.0 of weights by rank"),
        ("deep_confidence:measure=least", "take one of mean, bottom, tail, lowest"),
        ("deep_confidence:window=0", "window=0"),
        ("deep_confidence:keep=0", "keep=0.0"),
    ],
)
def test_what_cannot_be_weighed_is_refused_before_a_model_is_asked(spec: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        asyncio.run(rehearse(find(spec, "strategy"), PROBLEM))
