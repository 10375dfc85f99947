"""How many rows a pass has, on processors of which some numbers agree with one another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from torch import nn

from harness.engine.shapes import COUNTS, FEW, TOKENS, Shapes, agreeing, any_threads, tried

HALF = (16, 32, 128, 256, 288, 320, 512)
"""Those that agreed in one layer on a processor with AMX (a layer of 704 inputs, 256 outputs)."""


class Uneven(nn.Linear):
    """A layer whose last bits depend on the number of rows, or on a row's place among them."""

    def __init__(self, kinds: dict[int, int], uneven: set[int]) -> None:
        super().__init__(16, 4)
        self.kinds, self.uneven = kinds, uneven

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """Off by the kind of this number of rows."""
        result = (given[..., None] * self.weight.T).sum(-2) + self.kinds.get(len(given), 0) * 1e-3
        if len(given) in self.uneven:
            result[-1] += 1
        return result


class Threaded(nn.Linear):
    """A layer that one thread computes in another way than two where there are just 128 rows."""

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """Off by a little there."""
        off = len(given) == 128 and torch.get_num_threads() == 1
        return (given[..., None] * self.weight.T).sum(-2) + off * 1e-3


def shapes(counts: tuple[int, ...], *, exact: bool = False) -> Shapes:
    return Shapes(nn.Module(), exact=exact, counts=counts)


def test_the_largest_set_that_agrees_is_found() -> None:
    layer = Uneven({1: 1, 2: 1, 3: 1, 48: 2, 96: 2}, {5, 512})
    found = tuple(count for count in COUNTS if count not in {1, 2, 3, 5, 48, 96, 512})
    assert tried([layer]) == found
    other = Uneven({64: 3}, set())
    assert tried([layer, other]) == tuple(c for c in found if c != 64)


def test_the_number_of_threads_is_free_where_it_changes_no_bit_for_any_number_of_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    monkeypatch.setattr("harness.engine.shapes._linear", lambda model: {("all",): model})
    monkeypatch.setattr("harness.engine.shapes.remembered", lambda subject, trial: trial())
    try:
        assert any_threads(Threaded(16, 4), (1, 2, 32, 256))
        assert not any_threads(Threaded(16, 4), (1, 2, 32, 128, 256))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


def test_what_was_found_of_rows_is_not_taken_for_what_was_found_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where all numbers of rows agree."""
    found: dict[str, tuple[int, ...]] = {}

    def remembered(subject: object, trial: Callable[[], tuple[int, ...]]) -> tuple[int, ...]:
        return found.setdefault(repr(subject), trial())

    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    layer = Threaded(16, 4)
    monkeypatch.setattr("harness.engine.shapes._linear", lambda model: {("all",): model})
    monkeypatch.setattr("harness.engine.shapes.remembered", remembered)
    try:
        assert agreeing(layer) == COUNTS
        assert not any_threads(layer, COUNTS)
    finally:
        torch.set_num_threads(threads)


@given(some.integers(1, TOKENS))
def test_a_pass_has_a_quarter_more_rows_than_needed_at_most_down_to_one(needed: int) -> None:
    for counts in (COUNTS, COUNTS[1:], HALF):
        rows = shapes(counts).rows(needed)
        assert needed <= rows <= max(1.25 * needed, FEW)
        assert rows > 1 or needed == 1


def test_where_bits_and_speed_conflict_speed_wins_and_says_so() -> None:
    assert shapes(COUNTS).bitwise
    assert shapes(COUNTS[1:]).bitwise  # two rows take as long as one
    fast, exact = shapes(HALF), shapes(HALF, exact=True)
    assert not fast.bitwise
    assert exact.bitwise
    assert (fast.rows(33), exact.rows(33)) == (40, 128)
    assert (fast.rows(120), exact.rows(120)) == (128, 128)
    assert exact.most == 512
    assert fast.most is None


def test_more_rows_than_were_tried_are_not_claimed() -> None:
    fast = shapes(COUNTS)
    assert fast.rows(700) == 700
    assert not fast.bitwise


def test_what_was_not_tried_is_not_claimed() -> None:
    """Experts, and layers of other kinds, such as those of quantised weights."""
    experts = nn.Module()
    experts.weight = nn.Parameter(torch.zeros(2, 3, 4))

    class Quantised(nn.Linear):
        pass

    for layer in (experts, Quantised(2, 3)):
        assert not Shapes(nn.Sequential(nn.Linear(2, 2), layer), counts=COUNTS).bitwise


def test_prompts_are_read_together_in_numbers_of_tokens_that_agree() -> None:
    assert shapes(COUNTS).at_once(9, 64) == 8
    assert shapes(COUNTS).at_once(3, 64) == 3
    exact = shapes(HALF, exact=True)
    assert exact.at_once(20, 32) == 16
    assert exact.at_once(7, 32) == 4
    assert exact.at_once(8, 64) == 1  # alone they have 64 tokens, which do not agree with more
    assert shapes(HALF).at_once(8, 64) == 8
    assert shapes(COUNTS).at_once(8, 300) == 1


def test_logits_of_more_than_the_last_token_only_where_one_row_is_too_few() -> None:
    assert shapes(COUNTS).kept(1, 64) == 1
    assert shapes(COUNTS[1:]).kept(1, 64) == 2
    assert shapes(COUNTS[1:]).kept(5, 64) == 1
