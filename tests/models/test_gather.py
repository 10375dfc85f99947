from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from harness.models.gather import Gatherer
from harness.models.ledger import Ledger
from harness.problem import Reply
from harness.prompt import Prompt
from harness.request import ROWS, GenerationSettings, Request, never


class Echo:
    """Replies with the prompt's text, and records the batches that it was given."""

    name = identity = "echo"
    stop = ()

    def __init__(self, before: Callable[[Request], None] = lambda request: None) -> None:
        self.batches: list[list[str]] = []
        self.threads: set[int] = set()
        self._before = before

    def prompt(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        return str(prompt), ()

    def generate(
        self,
        requests: Sequence[Request],
        *,
        rows: int = ROWS,
        stopped: Callable[[], bool] = never,
    ) -> Iterator[tuple[int, Reply | Exception]]:
        self.batches.append([request.text for request in requests])
        self.threads.add(threading.get_ident())
        for index, request in enumerate(requests):
            if stopped():
                return
            try:
                self._before(request)
                yield index, Reply(request.text, "end", 1, 0.0)
            except ValueError as error:
                yield index, error

    def describe(self) -> Mapping[str, object]:
        return {}


def asked(text: str) -> Request:
    return Request(text, (), GenerationSettings())


async def texts(gatherer: Gatherer, *questions: str) -> list[str]:
    return [reply.text for reply in await gatherer.ask([asked(text) for text in questions])]


async def two_stages(gatherer: Gatherer, name: str, depth: int) -> list[str]:
    """A strategy that asks twice, from under several layers of tasks."""
    if depth:
        return (await asyncio.gather(two_stages(gatherer, name, depth - 1)))[0]
    first = await texts(gatherer, f"{name} first")
    return first + await texts(gatherer, f"{name} second")


def test_all_problems_in_flight_make_one_batch_for_each_stage() -> None:
    echo = Echo()
    gatherer = Gatherer(echo, None, 4)

    async def run() -> list[list[str]]:
        return await asyncio.gather(*(two_stages(gatherer, str(at), at % 5) for at in range(20)))

    answers = asyncio.run(run())
    assert answers == [[f"{at} first", f"{at} second"] for at in range(20)]
    assert [len(batch) for batch in echo.batches] == [20, 20]
    assert len(echo.threads) == 1
    assert threading.get_ident() not in echo.threads


class Joined(Echo):
    """The same, but it takes what arrives before each of its replies."""

    def generate_joined(
        self,
        arrivals: Callable[[], Sequence[Request]],
        *,
        rows: int = ROWS,
        stopped: Callable[[], bool] = never,
    ) -> Iterator[tuple[int, Reply | Exception]]:
        waiting: list[tuple[int, Request]] = []
        count = 0
        self.batches.append([])
        while not stopped():
            for request in arrivals():
                waiting.append((count, request))
                count += 1
            if not waiting:
                return
            index, request = waiting.pop(0)
            self.batches[-1].append(request.text)
            self._before(request)
            yield index, Reply(request.text, "end", 1, 0.0)


def test_what_arrives_joins_the_batch_where_the_backend_can_do_that() -> None:
    started, go_on = threading.Event(), threading.Event()

    def before(request: Request) -> None:
        if request.text == "a":
            started.set()
            assert go_on.wait(5)

    echo = Joined(before)
    gatherer = Gatherer(echo, None, 4)

    async def run() -> list[list[str]]:
        first = asyncio.create_task(texts(gatherer, "a", "d"))
        await asyncio.to_thread(started.wait, 5)
        others = [asyncio.create_task(texts(gatherer, name)) for name in ("b", "c", "a")]
        await asyncio.sleep(0)
        go_on.set()
        return await asyncio.gather(first, *others)

    assert asyncio.run(run()) == [["a", "d"], ["b"], ["c"], ["a"]]
    assert echo.batches[0] == ["a", "d", "b", "c"]


def test_what_a_joined_batch_leaves_unanswered_is_told_to_those_who_joined() -> None:
    started, go_on = threading.Event(), threading.Event()

    def before(request: Request) -> None:
        started.set()
        assert go_on.wait(5)
        if request.text == "b":
            raise KeyError("broken")

    gatherer = Gatherer(Joined(before), None, 4)

    async def run() -> Sequence[object]:
        first = asyncio.create_task(texts(gatherer, "a"))
        await asyncio.to_thread(started.wait, 5)
        second = asyncio.create_task(texts(gatherer, "b"))
        await asyncio.sleep(0)
        go_on.set()
        return await asyncio.gather(first, second, return_exceptions=True)

    answers = asyncio.run(run())
    assert answers[0] == ["a"]
    assert isinstance(answers[1], KeyError)


def test_a_loop_that_ends_with_the_last_reply_leaves_nothing_for_the_next() -> None:
    """The loop may be closed in the very moment in which the thread ends."""
    gatherer = Gatherer(Joined(), None, 4)
    for number in range(200):
        assert asyncio.run(texts(gatherer, f"{number}")) == [f"{number}"]


def test_it_serves_one_event_loop_after_another() -> None:
    gatherer = Gatherer(Echo(), None, 4)
    assert asyncio.run(texts(gatherer, "a")) == ["a"]
    assert asyncio.run(texts(gatherer, "b", "a")) == ["b", "a"]


def test_what_is_in_flight_is_asked_once() -> None:
    echo = Echo()
    gatherer = Gatherer(echo, None, 4)

    async def run() -> list[list[str]]:
        return await asyncio.gather(*(texts(gatherer, "a", "b", "a") for _ in range(5)))

    assert asyncio.run(run()) == [["a", "b", "a"]] * 5
    assert echo.batches == [["a", "b"]]


def test_what_arrives_during_a_batch_makes_up_the_next() -> None:
    started, go_on = threading.Event(), threading.Event()

    def before(request: Request) -> None:
        if request.text == "a":
            started.set()
            assert go_on.wait(5)

    echo = Echo(before)
    gatherer = Gatherer(echo, None, 4)

    async def run() -> None:
        first = asyncio.create_task(texts(gatherer, "a"))
        await asyncio.to_thread(started.wait, 5)
        others = [asyncio.create_task(texts(gatherer, name)) for name in "bc"]
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(first, *others)

    asyncio.run(run())
    assert echo.batches == [["a"], ["b", "c"]]


def test_a_request_that_fails_fails_alone() -> None:
    def before(request: Request) -> None:
        if request.text == "bad":
            raise ValueError("no")

    gatherer = Gatherer(Echo(before), None, 4)

    async def run() -> list[list[str] | BaseException]:
        asking = [texts(gatherer, name) for name in ("a", "bad", "b")]
        return await asyncio.gather(*asking, return_exceptions=True)

    first, failed, last = asyncio.run(run())
    assert (first, last) == (["a"], ["b"])
    assert isinstance(failed, ValueError)


def test_a_backend_that_breaks_fails_what_it_left_and_keeps_what_it_made() -> None:
    def before(request: Request) -> None:
        if request.text == "b":
            raise MemoryError("full")

    gatherer = Gatherer(Echo(before), None, 4)

    async def run() -> list[list[str] | BaseException]:
        asking = [texts(gatherer, name) for name in ("a", "b", "c")]
        return await asyncio.gather(*asking, return_exceptions=True)

    answers = asyncio.run(run())
    assert answers[0] == ["a"]
    assert all(isinstance(answer, MemoryError) for answer in answers[1:])


def test_replies_are_remembered_as_they_end_and_asked_for_once() -> None:
    ledger = Ledger()
    sizes: list[int] = []
    echo = Echo(lambda request: sizes.append(len(ledger)))
    assert asyncio.run(texts(Gatherer(echo, ledger, 4), "a", "b", "c")) == ["a", "b", "c"]
    assert sizes == [0, 1, 2]
    assert asyncio.run(texts(Gatherer(echo, ledger, 4), "c", "d", "a")) == ["c", "d", "a"]
    assert echo.batches == [["a", "b", "c"], ["d"]]


@pytest.mark.parametrize("others", [0, 3])
def test_cancelling_ends_the_thread_before_its_next_token(others: int) -> None:
    started = threading.Event()
    ledger = Ledger()

    def before(request: Request) -> None:
        if request.text == "b":
            started.set()
            while not stop_now.is_set():
                pass

    stop_now = threading.Event()
    echo = Echo(before)
    gatherer = Gatherer(echo, ledger, 4)

    async def run() -> None:
        asking = asyncio.gather(
            texts(gatherer, "a", "b", "c"), *(texts(gatherer, "a") for _ in range(others))
        )
        await asyncio.to_thread(started.wait, 5)
        asking.cancel()
        asyncio.get_running_loop().call_later(0.01, stop_now.set)
        await asking

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
    # "b" was under way and was kept; "c" was never begun
    assert len(ledger) == 2
    assert asyncio.run(texts(gatherer, "a", "b", "c")) == ["a", "b", "c"]
    assert echo.batches[1] == ["c"]


def test_after_a_cancellation_the_same_question_can_be_asked_at_once() -> None:
    started, release = threading.Event(), threading.Event()

    def before(request: Request) -> None:
        started.set()
        assert release.wait(5)

    echo = Echo(before)
    gatherer = Gatherer(echo, None, 4)

    async def run() -> list[str]:
        first = asyncio.create_task(texts(gatherer, "a", "b"))
        await asyncio.to_thread(started.wait, 5)
        first.cancel()
        await asyncio.wait([first])
        second = asyncio.create_task(texts(gatherer, "b"))
        await asyncio.sleep(0)
        release.set()
        return await second

    assert asyncio.run(run()) == ["b"]
    assert echo.batches == [["a", "b"], ["b"]]


def test_without_a_ledger_nothing_is_generated_twice_either() -> None:
    echo = Echo()
    gatherer = Gatherer(echo, None, 4)

    async def rounds() -> list[str]:
        await texts(gatherer, "a", "b")
        return await texts(gatherer, "a", "b", "c")

    assert asyncio.run(rounds()) == ["a", "b", "c"]
    assert echo.batches == [["a", "b"], ["c"]]


def test_what_failed_can_be_asked_again_at_once() -> None:
    failures = iter([ValueError("once")])

    def before(request: Request) -> None:
        for failure in failures:
            raise failure

    gatherer = Gatherer(Echo(before), None, 4)

    async def twice() -> list[str]:
        with pytest.raises(ValueError, match="once"):
            await texts(gatherer, "a")
        return await texts(gatherer, "a")

    assert asyncio.run(twice()) == ["a"]
