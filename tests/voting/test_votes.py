"""Votes: the most frequent answer wins, silence abstains, ties share."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.voting.votes import majority, tally

answers = st.lists(st.sampled_from([None, "1", "2", "3", "18", "18.0", "a"]), max_size=30)


def exactly(one: str, other: str) -> bool:
    return one == other


def number(one: str, other: str) -> bool:
    try:
        return Fraction(one) == Fraction(other)
    except ValueError:
        return one == other


def test_the_majority_wins() -> None:
    vote = majority(["7", "8", None, "8", "9"], exactly)
    assert vote.answer == "8"
    assert vote.winners == ("8",)
    assert list(vote.votes.items()) == [("8", 2), ("7", 1), ("9", 1)]
    assert not vote.tied
    assert vote.share("8", exactly) == 1
    assert vote.share("7", exactly) == 0


def test_silence_never_wins() -> None:
    assert majority([None, None, None, "4"], exactly).answer == "4"
    empty = majority([None, None], exactly)
    assert empty.answer is None
    assert empty.winners == ()
    assert empty.votes == {}
    assert not empty.tied
    assert empty.share("4", exactly) == 0
    assert majority([], exactly) == empty


def test_a_tie_shares_the_credit() -> None:
    vote = majority(["2", "1", "1", "2", "3"], exactly)
    assert vote.tied
    assert vote.winners == ("2", "1")
    assert vote.answer == "2"  # given first
    assert vote.share("1", exactly) == vote.share("2", exactly) == pytest.approx(1 / 2)
    assert vote.share("3", exactly) == 0


def test_forms_of_one_answer_are_counted_together() -> None:
    vote = majority(["5", "18", "18.0", "5", "18.00"], number)
    assert vote.votes == {"18": 3, "5": 2}
    assert vote.share("18.0", number) == 1


def test_weights_are_added() -> None:
    vote = tally([("1", 0.5), ("2", 0.3), ("2", 0.3), (None, 9.0)], exactly)
    assert vote.answer == "2"
    assert vote.votes == {"2": pytest.approx(0.6), "1": 0.5}


@given(answers)
def test_counts_are_those_of_a_counter(given: list[str | None]) -> None:
    vote = majority(given, exactly)
    assert vote.votes == Counter(answer for answer in given if answer is not None)
    assert None not in vote.winners


@given(answers, st.randoms())
def test_credit_does_not_depend_on_the_order(given: list[str | None], random: Random) -> None:
    other = given[:]
    random.shuffle(other)
    for gold in ("1", "18"):
        first, second = majority(given, number), majority(other, number)
        assert first.share(gold, number) == second.share(gold, number)
        assert sorted(first.votes.values()) == sorted(second.votes.values())


@given(answers)
def test_the_shares_of_all_answers_add_up_to_one(given: list[str | None]) -> None:
    vote = majority(given, number)
    total = sum(vote.share(answer, number) for answer in vote.votes)
    assert total == pytest.approx(1 if vote.votes else 0)
    assert sum(vote.votes.values()) == sum(answer is not None for answer in given)


@given(answers)
def test_abstentions_change_nothing(given: list[str | None]) -> None:
    assert majority([None, *given, None], number) == majority(
        [answer for answer in given if answer is not None], number
    )
