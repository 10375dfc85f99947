"""The driver beside workers that die at random, without Ray: nothing is lost, doubled or different."""

from __future__ import annotations

import asyncio
import pickle
import random
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cluster import shares
from harness.cluster.pool import Came, Event, Failed, Left, Member, Pool, Said
from harness.cluster.worker import About, Answers, Numbered
from harness.cluster.workers import HOPELESS, Workers
from harness.errors import CannotLoadError
from harness.models.ledger import Ledger, Origin
from harness.models.model import Model
from harness.models.scripted import Scripted
from harness.problem import Reply
from harness.request import ENGINE, GenerationSettings, Key, Request

NOWHERE = Origin()


def fake() -> Scripted:
    """A model that says of each prompt and path another thing."""
    return Scripted(lambda text: [f"{text} {n}" for n in range(9)], name="fake", identity="fake")


class Flaky:
    """A pool whose workers answer a few requests at a time, or die, and come back later."""

    def __init__(self, workers: int, seed: int, dying: float) -> None:
        about = About(0, "here", ENGINE, "", "cpu", None)
        names = [f"w{number}" for number in range(workers)]
        self.members = {name: Member(name, None, None, about, up=True) for name in names}
        self.stopped = False
        self._inbox: dict[str, list[Numbered]] = {name: [] for name in names}
        self._chance, self._dying = random.Random(seed), dying
        self._model = fake()

    def send(self, worker: str, requests: Sequence[Numbered], rows: int) -> None:
        """As `Pool.send`."""
        assert self.members[worker].up
        self._inbox[worker] += pickle.loads(pickle.dumps(requests))

    def stop(self) -> None:
        """As `Pool.stop`."""
        self.stopped = True

    def events(self, seconds: float) -> Iterator[Event]:
        """As `Pool.events`."""
        for name, member in self.members.items():
            if not member.up:
                member.up = True
                yield Came(name)
            elif self._chance.random() < self._dying:
                member.up, self._inbox[name] = False, []
                yield Left(name)
            elif some := self._inbox[name][: self._chance.randint(1, 5)]:
                del self._inbox[name][: len(some)]
                replies = self._model.generate([request for _, request in some])
                answers = [(some[place][0], reply) for place, reply in replies]
                yield Said(name, Answers(answers, True))


class Counting(Ledger):
    """A ledger that counts what is put into it."""

    def __init__(self) -> None:
        super().__init__()
        self.puts = 0

    def put(self, key: Key, reply: Reply, origin: Origin = NOWHERE) -> None:
        """As `Ledger.put`."""
        self.puts += 1
        super().put(key, reply, origin)


async def asked(model: Any) -> list[list[Reply]]:
    """Several paths of several prompts, and a second stage behind each."""

    async def one(number: int) -> list[Reply]:
        first = await model.sample(f"prompt {number}", n=4, temperature=0.7)
        second = [model.sample(f"{reply.text} so") for reply in first]
        return [*first, *(reply for [reply] in await asyncio.gather(*second))]

    return await asyncio.gather(*(one(number) for number in range(12)))


def workers(pool: Any, count: int) -> Workers:
    return Workers(fake(), lambda: cast(Pool, pool), count)


@settings(max_examples=10)
@given(count=st.integers(1, 6), seed=st.integers(0, 2**32), dying=st.sampled_from([0, 0.05, 0.2]))
def test_every_reply_comes_once_and_is_the_one_that_comes_without_workers(
    count: int, seed: int, dying: float
) -> None:
    ledger = Counting()
    backend = workers(Flaky(count, seed, dying), count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shares, "GIVEN_UP", 1000)  # here they die by chance, and of no request
        there = asyncio.run(asked(Model(backend, ledger=ledger, rows=6)))
    assert there == asyncio.run(asked(Model(fake())))
    assert ledger.puts == len(ledger) == 12 * 8
    assert backend.describe()["bitwise"] is True


def test_workers_that_only_die_end_the_run_in_one_line() -> None:
    with pytest.raises(CannotLoadError, match=f"{HOPELESS + 1} workers died without a reply"):
        asyncio.run(asked(Model(workers(Flaky(1, 0, 1.0), 1))))


def test_what_a_worker_fails_at_fails_alone() -> None:
    class Failing(Flaky):
        def events(self, seconds: float) -> Iterator[Event]:
            """Once, all that the first worker owes."""
            if self._inbox["w0"] and not self.stopped:
                self.stopped = True
                self._inbox["w0"] = []
                yield Failed("w0", ValueError("no such kernel"))
            else:
                yield from super().events(seconds)

    async def each(model: Model) -> list[Any]:
        asking = [model.sample(f"prompt {number}") for number in range(8)]
        return await asyncio.gather(*asking, return_exceptions=True)

    replies = asyncio.run(each(Model(workers(Failing(2, 0, 0.0), 2))))
    assert {str(one) for one in replies if isinstance(one, Exception)} == {"no such kernel"}
    assert sum(isinstance(one, Exception) for one in replies) == 4


def test_a_run_that_is_stopped_stops_the_workers() -> None:
    pool = Flaky(2, 0, 0.0)
    requests = [Request("a", (), GenerationSettings())]
    assert list(workers(pool, 2).generate(requests, stopped=lambda: True)) == []
    assert pool.stopped
