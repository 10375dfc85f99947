"""Stopping rules: when they have enough, live and replayed on stored answers."""

from __future__ import annotations

import itertools
import operator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from harness import UserError
from harness.voting.stopping import PER_ROUND, STOPS, paths_to_draw, replay, stopping_rule
from harness.voting.votes import majority

Answers = list[str | None]
same = operator.eq


def pool(*counts: int) -> Answers:
    """`pool(3, 1)` is three chains that say "0" and one that says "1"."""
    return [str(answer) for answer, count in enumerate(counts) for _ in range(count)]


# Aggarwal et al. (2023): the least votes of the leader at which the Beta criterion reaches 0.95
@pytest.mark.parametrize(("second", "least"), [(0, 4), (1, 6), (2, 8), (3, 9)])
def test_adaptive_consistency_stops_at_the_papers_counts(second: int, least: int) -> None:
    adaptive = stopping_rule("adaptive")
    assert adaptive(pool(least, second), same, 40)
    assert adaptive([*pool(least, second), None, None], same, 40)
    assert not adaptive(pool(least - 1, second), same, 40)


@pytest.mark.parametrize("leader", [0, 1, 4, 17, 40, 2000])
@pytest.mark.parametrize("second", [0, 1, 4, 17])
def test_the_closed_form_is_the_beta_distribution(leader: int, second: int) -> None:
    if second > leader:
        return
    ahead = beta.sf(0.5, leader + 1, second + 1)
    for threshold in (0.501, 0.6, 0.9, 0.95, 0.999):
        stop = stopping_rule(f"adaptive:threshold={threshold}")
        assert stop(pool(leader, second), same, 1) == (ahead >= threshold)


@pytest.mark.parametrize(
    ("answers", "stops"),
    [
        ([], False),
        (["1"] * 4, False),
        (["1"] * 5, True),
        (["1"] * 4 + ["2"], False),
        (["1"] * 4 + [None], False),
        ([None] * 10, False),
        (["1", "2", "2", "2", "2", "2"], False),  # five agree, but not in one window
        (["1", "2", "2", "2", "2"] + ["2"] * 5, True),
        (["2"] * 5 + ["1", "2", "3"], True),
    ],
)
def test_a_window_stops_when_all_its_chains_agree(answers: Answers, stops: bool) -> None:
    assert stopping_rule("window")(answers, same, 40) is stops


def test_forms_of_one_answer_agree() -> None:
    def first_letter(one: str, other: str) -> bool:
        return one[0] == other[0]

    answers = ["a", "ab", "ac", "a", "ad"]
    for name in STOPS:
        assert stopping_rule(name)(answers, first_letter, 4)
        assert not stopping_rule(name)(answers, same, 4)
    assert replay(answers * 2, first_letter, "adaptive").vote.votes == {"a": 5}


few = st.lists(st.sampled_from([None, "1", "2", "3"]), max_size=7)


@settings(deadline=None)  # up to 625 continuations
@given(few, st.integers(0, 4))
@example(["1", "1", "2"], 1)
@example(["1", "1"], 1)
@example([None, None], 1)
def test_decided_is_whether_any_continuation_changes_the_winners(
    answers: Answers, remaining: int
) -> None:
    now = set(majority(answers, same).winners)
    following = itertools.product([None, "1", "2", "3", "4"], repeat=remaining)
    changed = any(set(majority([*answers, *more], same).winners) != now for more in following)
    assert stopping_rule("decided")(answers, same, remaining) is not changed


many = st.lists(st.sampled_from([None, "1", "1", "1", "2", "3"]), max_size=40)


@given(many, st.integers(1, 7))
def test_replayed_until_decided_the_winners_are_those_of_all_paths(
    answers: Answers, per_round: int
) -> None:
    found = replay(answers, same, "decided", per_round=per_round)
    assert found.drawn <= len(answers)
    assert set(found.vote.winners) == set(majority(answers, same).winners)


@given(many, st.sampled_from([*STOPS, "adaptive:threshold=0.8", "window:size=3"]))
def test_a_replay_stops_at_the_first_round_that_is_enough(answers: Answers, stop: str) -> None:
    found = replay(answers, same, stop, per_round=1)
    rule = stopping_rule(stop)
    enough = [
        drawn
        for drawn in range(1, len(answers) + 1)
        if rule(answers[:drawn], same, len(answers) - drawn)
    ]
    assert found.drawn == min(enough, default=len(answers))
    assert found.vote == majority(answers[: found.drawn], same)


def test_a_replay_draws_whole_rounds_and_no_more_than_there_are() -> None:
    agreed: Answers = ["1"] * 40
    assert replay(agreed, same, None).drawn == 40
    assert replay(agreed, same, "adaptive", per_round=1).drawn == 4
    assert replay(agreed, same, "adaptive").drawn == PER_ROUND == 5
    assert replay(agreed, same, "window:size=8").drawn == 10
    assert replay(agreed, same, "decided", per_round=1).drawn == 21
    assert replay(agreed, same, "decided", paths=10, per_round=1).drawn == 6
    differing: Answers = [str(number) for number in range(13)]
    assert [replay(differing, same, stop).drawn for stop in STOPS] == [13, 13, 13]
    assert replay([], same, "adaptive").drawn == 0


def test_more_paths_than_are_stored_cannot_be_replayed() -> None:
    with pytest.raises(UserError, match="40 paths cannot be replayed from 10 stored chains"):
        replay(["1"] * 10, same, "decided", paths=40)


def test_without_a_stop_all_paths_are_drawn_at_once() -> None:
    assert paths_to_draw([], same, 40) == 40
    assert paths_to_draw(["1"] * 40, same, 40) == 0
    assert paths_to_draw([], same, 40, "adaptive") == 5
    assert paths_to_draw([], same, 3, "adaptive") == 3
    assert paths_to_draw(["1", "2", "1", "2", "1"], same, 7, "adaptive") == 2


@pytest.mark.parametrize(
    ("stop", "told"),
    [
        ("adaptve", r"no stop 'adaptve' \(did you mean 'adaptive'\?\): give one of adaptive"),
        ("adaptive:treshold=0.9", r"did you mean 'threshold'\?"),
        ("adaptive:threshold=0.5", r"threshold=0\.5 of the stop adaptive"),
        ("adaptive:threshold=1", r"threshold=1\.0 of the stop adaptive"),
        ("window:size=1", "size=1 of the stop window"),
        ("decided:size=3", "decided has no option 'size': it takes none"),
    ],
)
def test_a_stop_that_is_none_is_told_with_the_nearest(stop: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        paths_to_draw([], same, 40, stop)


@pytest.mark.parametrize(("paths", "per_round"), [(0, 5), (-1, 5), (40, 0)])
def test_at_least_one_path_must_be_drawn(paths: int, per_round: int) -> None:
    with pytest.raises(UserError, match="at least one path"):
        paths_to_draw([], same, paths, "adaptive", per_round)
