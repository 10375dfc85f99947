"""Scores: what a column's stored chains say, checked by hand on a few problems."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest

from harness import KINDS, Chain, Problem, UserError, chain
from harness.problem import Reply
from harness.records.measuring import measure
from harness.records.record import Column, sample
from harness.records.revoting import by_stop, by_vote
from harness.records.scoring import rescored
from harness.voting.stopping import replay

COLUMN = Column("fake", "sums", "vote", {"paths": 4})


def chains(problem: Problem, texts: Sequence[str], logprobs: Sequence[float] = ()) -> list[Chain]:
    replies = [Reply(text, "end", 10, 0.0) for text in texts]
    made = [chain(problem, reply) for reply in replies]
    if not logprobs:
        return made
    return [
        Chain(c.text, c.answer, c.rule, c.finish, c.tokens, logprob)
        for c, logprob in zip(made, logprobs, strict=True)
    ]


def told(
    number: int,
    gold: str,
    texts: Sequence[str],
    logprobs: Sequence[float] = (),
    column: Column = COLUMN,
    question: str | None = None,
    **tags: str,
) -> dict[str, Any]:
    problem = Problem(f"sums/{number}", question or f"What is {number}?", gold, "number", tags=tags)
    return sample(column, problem, chains(problem, texts, logprobs))


FOUR = [
    told(1, "5", ["The answer is 5.", "The answer is 5.", "So 5.0 in all.", "The answer is 7."]),
    told(2, "6", ["The answer is 6.", "The answer is 8.", "I do not know.", "Who knows?"]),
    told(3, "1200", ["It is 1,200.", "The answer is 1200", "The answer is 9.", "The answer is 9."]),
    told(4, "4", ["Hm."] * 4),
]
"""Credits 1, 1/2 (a tie of two), 1/2 (a tie of two and two), 0 (silence)."""


def test_a_measure_counts_chains_by_what_they_answered() -> None:
    counts = [measure(one).counts for one in FOUR]
    assert [(c.gold, c.others, c.silent) for c in counts] == [
        (3, (1,), 0),
        (1, (1,), 2),
        (2, (2,), 0),
        (0, (), 4),
    ]
    assert measure(FOUR[0]).rules == {"answer_phrase": 3, "last_statement": 1}
    assert measure(FOUR[3]).rules == {"unread": 4}
    assert [measure(one).tied for one in FOUR] == [False, True, True, False]


def test_a_chain_of_which_any_stage_was_cut_off_counts_as_cut_off() -> None:
    problem = Problem("sums/1", "What is 5?", "5", "number")
    end, length = Reply("It is 5.", "end", 10, 0.0), Reply("It is", "length", 10, 0.0)
    stages = [(end, end), (end, length), (length, end), (length, length)]
    record = sample(COLUMN, problem, [chain(problem, *replies) for replies in stages])
    assert measure(record).truncated == 3
    (score,) = rescored([record])
    assert score["cut_off"] == 3


def test_a_score_says_what_its_chains_say() -> None:
    (score,) = rescored(FOUR)
    assert (score["problems"], score["accuracy"]) == (4, 0.5)
    assert (score["unread"], score["ties"]) == (1, 2)
    assert score["paths"] == {"chains": 16, "least": 4, "most": 4}
    assert score["single_path"]["accuracy"] == (3 / 4 + 1 / 4 + 2 / 4 + 0) / 4
    assert score["single_path"]["first"] == 3 / 4
    assert score["curve"]["majority"][0] == score["single_path"]["accuracy"]
    assert score["curve"]["majority"][-1] == score["accuracy"]
    assert score["curve"]["pass"][-1] == 3 / 4
    assert score["rules"]["unread"] == 6
    assert sum(score["rules"].values()) == 16


def test_the_same_chains_are_read_in_four_ways() -> None:
    """The faults of the others are theirs: "5.0" is not "5", "1,200" is, silence wins votes."""
    (score,) = rescored(FOUR)
    found = score["readings"]
    assert found["flexible"]["accuracy"] == score["accuracy"]
    # without "So 5.0 in all." and "It is 1,200."
    assert found["strict"]["single_path"] == (2 / 4 + 1 / 4 + 1 / 4 + 0) / 4
    assert found["strict"]["accuracy"] == (1 + 1 / 2 + 0 + 0) / 4
    assert found["strict"]["unread"] == 8 / 16
    # "The answer is 1200" gives up its last digit, and [invalid] wins the second problem
    assert found["lm_eval_strict"]["single_path"] == (2 / 4 + 1 / 4 + 0 + 0) / 4
    assert found["lm_eval_strict"]["accuracy"] == 1 / 4
    assert found["lm_eval_flexible"]["single_path"] == (2 / 4 + 1 / 4 + 2 / 4 + 0) / 4


def test_of_several_golds_any_counts_in_the_readings_of_others_as_well() -> None:
    problem = Problem("sums/1", "Seven or eight?", "7", "number")
    said = sample(COLUMN, problem, chains(problem, ["The answer is 8. That is all."]))
    assert rescored([said])[0]["readings"]["lm_eval_strict"]["accuracy"] == 0.0
    [score] = rescored([{**said, "accepted": ["8"]}])
    assert score["readings"]["lm_eval_strict"]["accuracy"] == 1.0
    assert score["readings"]["lm_eval_flexible"]["single_path"] == 1.0


def test_an_answer_in_free_words_has_its_f1_beside_exact_match() -> None:
    told_by = {
        "Saint Louis": "So the answer is the Saint Louis.",  # the article does not count
        "Abraham Lincoln": "So the answer is President Lincoln.",  # one of two words each
        "Paris": "I do not know.",
    }
    samples = [
        sample(COLUMN, problem, chains(problem, [text]))
        for number, (gold, text) in enumerate(told_by.items())
        for problem in [Problem(f"quiz/{number}", f"Who, {number}?", gold, "free")]
    ]
    [score] = rescored(samples)
    assert score["free"] == {"problems": 3, "exact_match": 0.333333, "f1": 0.5}
    several = {**samples[1], "accepted": ["Lincoln"]}
    [better] = rescored([samples[0], several, samples[2]])
    assert better["free"]["f1"] == round((1 + 2 / 3) / 3, 6)
    assert "free" not in rescored(FOUR)[0]


def test_other_kinds_are_not_read_as_numbers_by_others() -> None:
    problem = Problem("coin/1", "Heads?", "yes", "yes_no")
    (score,) = rescored([sample(COLUMN, problem, chains(problem, ["So the answer is yes."]))])
    assert set(score["readings"]) == {"flexible", "strict"}


def test_problems_with_one_template_or_one_question_are_not_independent() -> None:
    right, wrong = ["The answer is 5."] * 2, ["The answer is 6."] * 2
    alone = [told(n, "5", right if n % 2 else wrong) for n in range(8)]
    (one,) = rescored(alone)
    assert one["standard_errors"]["clusters"] is None
    by_template = [
        told(n, "5", right if n % 2 else wrong, template=f"t{n % 2}{n // 4}") for n in range(8)
    ]
    (other,) = rescored(by_template)
    assert other["standard_errors"]["clusters"] == 4
    assert other["standard_errors"]["questions"] > one["standard_errors"]["questions"]
    twice = [told(n, "5", right, question=f"What is {n // 2}?") for n in range(8)]
    assert rescored(twice)[0]["standard_errors"]["clusters"] == 4


def test_chains_that_stopped_early_say_nothing_of_fewer() -> None:
    stopped = Column("fake", "sums", "vote", {"stop": "adaptive:threshold=0.9"})
    other = Column("fake", "sums", "vote", {"stop": "no stopping rule"})
    texts = ["The answer is 5."] * 4
    assert rescored([told(1, "5", texts, column=stopped)])[0]["curve"] is None
    assert rescored([told(1, "5", texts, column=other)])[0]["curve"]["majority"] == [1.0] * 4


def test_a_column_of_errors_says_nothing_more() -> None:
    problem = Problem("sums/1", "?", "5", "number")
    (score,) = rescored([sample(COLUMN, problem, ValueError("no"))])
    assert (score["problems"], score["errors"], score["accuracy"]) == (0, 1, None)
    assert "curve" not in score


def test_a_strategy_without_chains_is_wrong_and_unread() -> None:
    problem = Problem("sums/1", "?", "5", "number")
    (score,) = rescored([sample(COLUMN, problem, [])])
    assert (score["accuracy"], score["unread"]) == (0, 1)


def test_a_sample_is_voted_on_anew() -> None:
    texts = ["The answer is 5.", "The answer is 5.", "The answer is 7."]
    given = told(1, "5", texts, [-20.0, -20.0, -1.0])
    assert (given["answer"], given["correct"]) == ("5", 1)
    by_weight = by_vote("weighted_sum:normalised=no")(given)
    assert (by_weight["answer"], by_weight["correct"]) == ("7", 0)
    assert by_weight["chains"] == given["chains"]
    assert by_vote("first:k=2")(given)["votes"] == {"5": 2}
    assert by_vote("majority")(given) == given


def test_a_sample_is_stopped_as_if_it_had_been_live() -> None:
    texts = ["The answer is 5."] * 5 + ["The answer is 7."] * 15
    given = told(1, "5", texts)
    assert given["correct"] == 0
    stopped = by_stop("adaptive")(given)
    assert len(stopped["chains"]) == 5
    assert (stopped["answer"], stopped["correct"]) == ("5", 1)
    same = KINDS["number"].same
    drawn = replay([c["answer"] for c in given["chains"]], same, "decided").drawn
    assert len(by_stop("decided")(given)["chains"]) == drawn == 20


@pytest.mark.parametrize("spec", ["weighted", "first:k=0", "borda:power=1"])
def test_a_vote_that_is_none_is_refused(spec: str) -> None:
    with pytest.raises(UserError):
        by_vote(spec)


def test_a_rule_that_needs_probabilities_says_so() -> None:
    given = told(1, "5", ["The answer is 5."], [math.nan])
    with pytest.raises(UserError, match="log-probability"):
        by_vote("weighted_sum")(given)
