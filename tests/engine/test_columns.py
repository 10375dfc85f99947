"""Which columns each row looks at: as few as may be, and the same answer in any order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.engine import columns
from harness.engine.batch import Batch
from harness.engine.columns import BLOCK, by_need, pieces
from harness.engine.decoder import Decoder
from harness.request import GenerationSettings, Request

NEEDED = st.lists(st.integers(1, 9), min_size=1, max_size=40)


@given(NEEDED, st.integers(0, 30))
def test_pieces_follow_each_other_and_give_every_row_what_it_needs(
    needed: list[int], least: int
) -> None:
    found = pieces(needed, least)
    assert [begin for begin, _, _ in found] == [0, *(end for _, end, _ in found[:-1])]
    assert found[-1][1] == len(needed)
    for begin, end, blocks in found:
        assert begin < end
        assert blocks >= max(needed[begin:end])
    assert found[0][2] == max(needed)
    assert [blocks for *_, blocks in found] == sorted({b for *_, b in found}, reverse=True)


@given(NEEDED)
def test_rows_in_order_look_at_nothing_that_they_do_not_need(needed: list[int]) -> None:
    order = by_need(needed)
    assert sorted(order) == list(range(len(needed)))
    tidy = [needed[row] for row in order]
    assert tidy == sorted(needed, reverse=True)
    assert sum((end - begin) * blocks for begin, end, blocks in pieces(tidy, 1)) == sum(needed)


@given(NEEDED)
def test_rows_that_are_where_they_should_be_stay(needed: list[int]) -> None:
    tidy = sorted(needed, reverse=True)
    assert by_need(tidy) == list(range(len(needed)))
    order = by_need([*tidy, 10])
    assert order[0] == len(tidy)  # what needs most goes to the front
    moved = sum(place != row for place, row in enumerate(order))
    assert moved <= len(set(tidy)) + 1  # and of each number of blocks one row makes room


def test_a_piece_that_spares_little_is_none() -> None:
    assert pieces([9, 2, 2, 1], least=8) == [(0, 1, 9), (1, 4, 2)]
    assert pieces([9, 2, 2, 1], least=30) == [(0, 4, 9)]
    assert pieces([1, 1, 9, 1, 3], least=1) == [(0, 3, 9), (3, 5, 3)]


@pytest.fixture
def long_and_short(make_network: Callable[..., Any]) -> Callable[[], Batch]:
    """A batch of rows that begin with 5, 200, 70, 3, 130 and 64 tokens of their own."""
    decoder = Decoder(make_network("qwen2"))
    generator = torch.Generator().manual_seed(1)
    settings = GenerationSettings(temperature=0.0, max_tokens=8)
    requests = [
        Request("", tuple(torch.randint(3, 90, (size,), generator=generator).tolist()), settings, 0)
        for size in (5, 200, 70, 3, 130, 64)
    ]

    def begun() -> Batch:
        reads = [decoder.read([request])[0] for request in requests]
        batch = Batch(decoder, reads[0], len(reads), 4 * BLOCK)
        for read in reads:
            batch.join(read, greedy=True)
        return batch

    return begun


def said(batch: Batch, steps: int, tidied: bool) -> list[list[torch.Tensor]]:
    """The logits of each row, by the number that it had at first."""
    rows = list(range(len(batch)))
    found: list[list[torch.Tensor]] = [[] for _ in rows]
    moved = 0
    for step in range(steps):
        if tidied and (order := batch.tidied()) is not None:
            rows = [rows[place] for place in order]
            moved += 1
        logits = batch.step([7 + row + step for row in rows])
        for row, one in zip(rows, logits, strict=False):
            found[row].append(one.clone())
    assert bool(moved) == tidied
    return found


def test_rows_in_order_and_in_pieces_say_what_they_say_side_by_side(
    long_and_short: Callable[[], Batch], monkeypatch: pytest.MonkeyPatch
) -> None:
    side_by_side = said(long_and_short(), 70, tidied=False)
    monkeypatch.setitem(columns.SPARED, "cpu", 1)  # every block counts
    in_pieces = said(long_and_short(), 70, tidied=False)
    tidied = said(long_and_short(), 70, tidied=True)
    for row in range(len(tidied)):
        assert all(map(torch.equal, in_pieces[row], side_by_side[row]))
        assert all(map(torch.equal, tidied[row], side_by_side[row]))
