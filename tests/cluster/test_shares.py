"""Shares: every request is answered once, whoever dies, and what begins alike goes to one worker."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cluster.shares import GIVEN_UP, SURPLUS, SUSPECT, Shares
from harness.request import GenerationSettings, Request

SETTINGS = GenerationSettings(temperature=0.7)


def prompt(number: int, *, paths: int = 1, beginning: int = 0) -> list[Request]:
    """The paths of one prompt, behind one of several beginnings."""
    tokens = (beginning, beginning, number)
    return [Request(f"{number}", tokens, SETTINGS, path=path, shared=2) for path in range(paths)]


def prompts(count: int, *, paths: int = 1, beginnings: int = 1) -> list[Request]:
    each = [prompt(n, paths=paths, beginning=n % beginnings) for n in range(count)]
    return [request for some in each for request in some]


@given(
    seed=st.integers(0, 2**32),
    rows=st.integers(1, 20),
    workers=st.integers(1, 6),
    count=st.integers(1, 40),
    paths=st.integers(1, 9),
    beginnings=st.integers(1, 5),
    dying=st.sampled_from([0, 0.05, 0.3]),
)
def test_every_request_is_answered_or_given_up_once(
    seed: int, rows: int, workers: int, count: int, paths: int, beginnings: int, dying: float
) -> None:
    chance, shares = random.Random(seed), Shares(rows, first=7)
    requests = prompts(count, paths=paths, beginnings=beginnings)
    late = [requests.pop() for _ in range(chance.randrange(len(requests)))]
    shares.add(requests)
    owed: dict[str, set[int]] = {f"w{n}": set() for n in range(workers)}
    for worker in owed:
        shares.join(worker)
    ends: Counter[int] = Counter()
    while not shares.finished or late:
        if late:
            shares.add([late.pop()])
        for worker, parcel in shares.outgoing().items():
            owed[worker] |= {number for number, _ in parcel}
            assert len(owed[worker]) <= max(1, int(rows * SURPLUS))
        worker = chance.choice(list(owed))
        if chance.random() < dying:
            ends.update(shares.leave(worker))
            assert not shares.answered(worker, 7)
            owed[worker].clear()
            shares.join(worker)
        elif owed[worker]:
            number = chance.choice(sorted(owed[worker]))
            owed[worker].discard(number)
            assert shares.answered(worker, number)
            assert not shares.answered(worker, number)
            ends[number] += 1
    assert ends == dict.fromkeys(range(7, 7 + count * paths), 1)


def test_a_worker_is_given_what_begins_as_it_has_read() -> None:
    shares = Shares(rows=10)
    for worker in ("one", "two", "three"):
        shares.join(worker)
    shares.add(prompts(60, paths=3, beginnings=3))
    given: dict[str, set[tuple[int, ...]]] = {}
    while not shares.finished:
        for worker, parcel in shares.outgoing().items():
            given.setdefault(worker, set()).update(one.tokens[:2] for _, one in parcel)
            assert all(shares.answered(worker, number) for number, _ in parcel)
    assert all(len(beginnings) == 1 for beginnings in given.values())


def test_paths_of_a_prompt_stay_together_unless_workers_would_be_idle() -> None:
    shares = Shares(rows=100)
    for worker in ("one", "two"):
        shares.join(worker)
    shares.add(prompts(6, paths=7))
    parcels = shares.outgoing()
    assert sorted(map(len, parcels.values())) == [21, 21]
    tokens = [{request.tokens for _, request in parcel} for parcel in parcels.values()]
    assert not tokens[0] & tokens[1]

    alone = Shares(rows=100)
    for worker in ("one", "two"):
        alone.join(worker)
    alone.add(prompts(1, paths=40))
    assert sorted(map(len, alone.outgoing().values())) == [20, 20]


def test_a_request_of_which_workers_die_is_tried_alone_and_given_up_and_no_other() -> None:
    shares = Shares(rows=8)
    shares.join("worker")
    shares.add(prompts(20))
    poison, deaths, lost = 3, 0, []
    answered = []
    while not shares.finished:
        [parcel] = shares.outgoing().values()
        numbers = [number for number, _ in parcel]
        if poison in numbers:
            deaths += 1
            lost += shares.leave("worker")
            shares.join("worker")
        else:
            answered += numbers
            assert all(shares.answered("worker", number) for number in numbers)
    assert lost == [poison]
    assert sorted(answered) == [number for number in range(20) if number != poison]
    assert deaths <= SUSPECT + 1 + GIVEN_UP  # once with one other


def test_what_workers_were_at_when_machines_failed_is_not_answered_one_by_one() -> None:
    shares = Shares(rows=80)
    shares.add(prompts(80))
    for _ in range(SUSPECT):
        shares.join("worker")
        shares.outgoing()
        assert shares.leave("worker") == []
    shares.join("worker")
    parcels = []
    while not shares.finished:
        [parcel] = shares.outgoing().values()
        parcels.append(len(parcel))
        assert all(shares.answered("worker", number) for number, _ in parcel)
    assert parcels == [25, 25, 25, 5]


def test_what_a_worker_cannot_answer_is_not_tried_again() -> None:
    shares = Shares(rows=4)
    shares.join("worker")
    shares.add(prompts(6))
    [parcel] = shares.outgoing().values()
    assert shares.failed("worker") == [number for number, _ in parcel]
    [rest] = shares.outgoing().values()
    assert {number for number, _ in rest}.isdisjoint(number for number, _ in parcel)


@pytest.mark.parametrize("rows", [1, 3, 320])
def test_no_worker_owes_much_more_than_it_answers_side_by_side(rows: int) -> None:
    shares = Shares(rows)
    shares.join("worker")
    shares.add(prompts(30, paths=40))
    [parcel] = shares.outgoing().values()
    assert len(parcel) == max(1, int(rows * SURPLUS))
