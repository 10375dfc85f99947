"""Each reply is charged its part of the energy, and all of them together what was counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.energy.shares import Shares
from harness.problem import Reply

PORTIONS = st.lists(st.tuples(st.floats(0.01, 5), st.floats(0, 900)), min_size=1, max_size=20)


class Machine:
    """A clock and a counter that are set by hand."""

    def __init__(self) -> None:
        self.seconds = self.joules = 0.0

    def pass_by(self, seconds: float, watts: float) -> None:
        self.seconds += seconds
        self.joules += seconds * watts

    def shares(self) -> Shares:
        return Shares(lambda: self.joules, lambda: self.seconds)


def reply(seconds: float) -> Reply:
    return Reply("", "end", 1, 0.0, seconds=seconds)


@given(portions=PORTIONS)
def test_replies_that_fill_the_time_take_all_that_was_counted(
    portions: list[tuple[float, float]],
) -> None:
    machine = Machine()
    shares = machine.shares()
    charged = []
    for seconds, watts in portions:
        machine.pass_by(seconds, watts)
        charged.append(shares.charged(reply(seconds)).joules)
    assert None not in charged
    assert sum(one or 0.0 for one in charged) == pytest.approx(machine.joules)


def test_two_that_ran_side_by_side_are_charged_by_their_shares_of_the_time() -> None:
    machine = Machine()
    shares = machine.shares()
    machine.pass_by(10, 200)
    assert shares.charged(reply(2.5)).joules == pytest.approx(500)
    assert shares.charged(reply(7.5)).joules == pytest.approx(1500)


def test_what_was_counted_before_anything_was_generated_is_charged_to_nobody() -> None:
    machine = Machine()
    shares = machine.shares()
    machine.pass_by(60, 300)  # the weights are read
    shares.begin()
    machine.pass_by(4, 100)
    assert shares.charged(reply(4)).joules == pytest.approx(400)


@given(portions=PORTIONS, seconds=st.floats(0, 50))
def test_never_more_is_charged_than_was_counted(
    portions: list[tuple[float, float]], seconds: float
) -> None:
    machine = Machine()
    shares = machine.shares()
    total = 0.0
    for passed, watts in portions:
        machine.pass_by(passed, watts)
        total += shares.charged(reply(seconds)).joules or 0.0
    assert 0 <= total <= machine.joules * (1 + 1e-9)
