"""Races: who goes out, who stays, and how seldom that is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy
import pytest

from harness.statistics.racing import FIRST, Race, next_round

Rows = numpy.ndarray[tuple[int, int], numpy.dtype[numpy.float64]]


def run(race: Race, rows: Rows, costs: Sequence[float]) -> Race:
    """The race on these columns (strategies by problems), from its beginning to its end."""
    seen = 0
    while (asked := race.asked) and (number := next_round(seen, rows.shape[1])):
        part = slice(seen, seen + number)
        race.look({who: rows[who, part].tolist() for who in asked}, dict(enumerate(costs)))
        seen += number
    return race


def columns(accuracies: Sequence[float], problems: int, seed: int = 0) -> Rows:
    """Columns of these very accuracies, right on problems that have nothing to do with each other."""
    random = numpy.random.default_rng(seed)
    right = [numpy.arange(problems) < round(one * problems) for one in accuracies]
    return numpy.array([random.permutation(one) for one in right], dtype=float)


def test_rounds_begin_small_and_end_with_the_problems() -> None:
    assert next_round(0, 500) == FIRST
    assert next_round(1, 500) == FIRST - 1
    assert next_round(400, 1000) == 100
    assert next_round(495, 500) == 5
    assert next_round(500, 500) == 0


def test_what_is_surely_worse_is_out_and_the_best_is_left() -> None:
    race = run(Race(3, 400), columns([0.2, 0.9, 0.6], 400), [1, 1, 1])
    assert race.left == [1]
    assert [one.who for one in race.departures] == [0, 2]
    assert {one.reason for one in race.departures} == {"worse"}
    assert race.problems < 200
    assert race.asked == []
    assert race.departures[0].log_e >= math.log(3 / 0.05)


def test_a_strategy_that_is_out_is_asked_no_more() -> None:
    race = run(Race(3, 400), columns([0.1, 0.8, 0.7], 400), [1, 1, 1])
    first = race.departures[0]
    assert len(race.credits[first.who]) == first.problems < race.problems


def test_equals_are_asked_to_the_end_and_the_cheaper_is_named() -> None:
    rows = columns([0.7], 60)
    race = run(Race(2, 60), numpy.vstack([rows, rows]), [2, 1])
    assert race.left == [0, 1]
    assert race.exhausted
    assert race.named() == 1


def test_once_all_were_asked_one_problem_decides() -> None:
    rows = columns([0.7, 0.7], 60)
    rows[1, numpy.flatnonzero(rows[1] == 0)[-1]] = 1
    race = run(Race(2, 60), rows, [1, 1])
    assert race.left == [1]
    drawn_anew = run(Race(2, None), rows, [1, 1])
    assert drawn_anew.left == [0, 1]


def test_what_is_not_worth_its_price_is_out() -> None:
    rows = columns([0.8], 400)
    race = run(Race(2, 400, margin=0.05), numpy.vstack([rows, rows]), [1, 10])
    assert [(one.who, one.other, one.reason) for one in race.departures] == [(1, 0, "margin")]
    assert race.problems < 200
    cheap = run(Race(2, 400, margin=0.05), numpy.vstack([rows, rows]), [10, 1])
    assert [one.who for one in cheap.departures] == [0]


def test_twice_a_margin_is_no_margin() -> None:
    # 2 is within the margin of 1, and 1 of 0, but 2 is further ahead of 0 than the margin
    problems, margin = 1000, 0.05
    rows = numpy.zeros((3, problems))
    for who, right in enumerate((500, 540, 580)):
        rows[who, :right] = 1
    rows = numpy.random.default_rng(1).permutation(rows.T).T
    race = run(Race(3, problems, margin=margin), rows, [1, 2, 3])
    best, named = rows.mean(axis=1).max(), rows[race.named()].mean()
    assert best - named < margin
    assert race.named() == 1 or race.named() == 2


def test_a_problem_that_failed_says_nothing() -> None:
    race = Race(2, 40)
    columns: Mapping[int, list[float | None]] = {0: [1.0] * 20, 1: [None] * 20}
    race.look(columns, {0: 1, 1: 1})
    assert race.left == [0, 1]
    assert race.bounds(0, 1)[0] < 0 < race.bounds(0, 1)[1]
    assert race.mean(1) == 0
    assert race.mean(0) == 1


def test_who_fails_puts_nobody_out_however_wide_the_margin() -> None:
    rows = numpy.vstack([columns([0.9], 200), numpy.full(200, numpy.nan)])
    race = run(Race(2, 200, margin=0.5), rows, [9, 0])
    assert race.left == [0, 1]
    assert race.bounds(0, 1) == (-1, 1)
    assert race.named() == 0
    # nor is the one who runs dearer than the one who never did
    assert run(Race(2, 200, front=True), rows, [9, 0]).sure_points() == [0]


def test_a_lead_on_the_problems_that_ran_is_not_diluted_by_those_that_failed() -> None:
    # ahead by 6 points on the half that ran: by 3 on all, were those that failed to count as 0
    rows = numpy.zeros((2, 2000))
    rows[:, :700], rows[0, 700:760] = 1, 1
    rows[1, 1000:] = numpy.nan
    rows = numpy.random.default_rng(3).permutation(rows.T).T
    race = run(Race(2, 2000, margin=0.05), rows, [9, 1])
    assert race.left == [0]
    assert 0 < race.bounds(0, 1)[0] < 0.06 < race.bounds(0, 1)[1]


def test_what_failed_is_not_cheap_for_that() -> None:
    # half of the problems of 1 failed, at no cost; each of the others took 6
    columns: Mapping[int, list[float | None]] = {0: [1.0] * 8, 1: [1.0, None] * 4}
    race = Race(2, 40)
    race.look(columns, {0: 5, 1: 3})
    assert race.costs == [5, 6]
    assert race.named() == 0


@pytest.mark.parametrize("accuracy", [0.0, 1.0])
def test_where_all_are_right_or_all_are_wrong_the_cheapest_is_named(accuracy: float) -> None:
    rows = columns([accuracy] * 3, 50)
    race = run(Race(3, 50), rows, [3, 1, 2])
    assert (race.left, race.named(), race.problems) == ([0, 1, 2], 1, 50)
    worth = run(Race(3, 1000, margin=0.05), columns([accuracy] * 3, 1000), [3, 1, 2])
    assert worth.left == [1]
    assert worth.problems < 500


def test_of_a_margin_that_no_difference_exceeds_the_cheapest_is_left_at_once() -> None:
    race = run(Race(3, 200, margin=0.99), columns([0.9, 0.8, 0.85], 200), [3, 1, 2])
    assert race.left == [1]
    assert race.problems == FIRST


def test_two_problems_are_enough_once_there_are_no_others() -> None:
    race = run(Race(2, 2), numpy.array([[1.0, 0.0], [0.0, 0.0]]), [1, 1])
    assert race.left == [0]
    assert run(Race(2, 2), numpy.array([[1.0, 0.0], [0.0, 1.0]]), [2, 1]).named() == 1
    one = run(Race(2, 2, margin=0.5), numpy.array([[1.0, 0.0], [0.0, 0.0]]), [2, 1])
    # ahead by the margin itself, which is not less than it
    assert one.left == [0]


def test_the_front_keeps_what_is_cheap_and_drops_what_is_dear_and_worse() -> None:
    rows = columns([0.3, 0.9, 0.5], 400)
    race = run(Race(3, 400, front=True), rows, [1, 5, 10])
    assert race.left == [0, 1]
    assert race.sure_points() == [0, 1]
    assert race.problems < 300
    assert [(one.who, one.other) for one in race.departures] == [(2, 1)]


def test_a_step_of_the_front_that_is_not_sure_is_said_to_be_none() -> None:
    rows = columns([0.5, 0.52], 40)
    race = run(Race(2, None, front=True), rows, [1, 5])
    assert race.left == [0, 1]
    assert race.sure_points() == [0]


def test_bounds_of_all_pairs_hold_and_narrow() -> None:
    race = run(Race(2, 200), columns([0.5, 0.6], 200), [1, 1])
    wide, narrow = race.bounds(1, 0, 32), race.bounds(1, 0)
    assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]
    low, high = race.bounds(0, 1)
    assert (low, high) == pytest.approx((-narrow[1], -narrow[0]))


@pytest.mark.parametrize("population", [60, None])
def test_the_best_of_equals_is_seldom_out(population: int | None) -> None:
    """All four are best here, so whoever is out is an error: at most one race in twenty has one."""
    random, wrong = numpy.random.default_rng(5), 0
    for _ in range(120):
        rows = columns([0.6] * 4, 60, int(random.integers(1 << 30)))
        if population is None:
            rows = rows[:, random.integers(60, size=60)]
        wrong += len(run(Race(4, population), rows, [1] * 4).left) < 4
    assert wrong <= 0.05 * 120
