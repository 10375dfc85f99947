"""The parts of the way to a server: bodies, answers, order, numbers in flight, dollars."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.models.server.budget import Budget, Price, price
from harness.models.server.concurrency import Concurrency
from harness.models.server.pool import calls
from harness.models.server.replies import MalformedError, Usage, choices, replies, usage
from harness.models.server.wire import Dialect, fields
from harness.request import GenerationSettings, Request

SAMPLED = GenerationSettings(temperature=0.7, top_k=40, stop=("\nQ:",), max_tokens=64)


def chat(**message: Any) -> dict[str, Any]:
    return {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 10},
    }


def test_a_body_says_what_is_off_since_servers_have_defaults_of_their_own() -> None:
    body = fields(Dialect("completions", "m", tokens=True), Request("", (1, 2), SAMPLED), 3, 64)
    seed = body.pop("seed")
    assert 0 <= seed < 2**30
    assert body == {
        "model": "m",
        "prompt": [1, 2],
        "max_tokens": 64,
        "temperature": 0.7,
        "top_p": 1.0,
        "n": 3,
        "stop": ["\nQ:"],
        "logprobs": 1,
        "top_k": 40,
        "min_p": 0.0,
        "repetition_penalty": 1.0,
    }
    plain = fields(Dialect("completions", "m", frozenset()), Request("t", (), SAMPLED), 1, 64)
    assert sorted(plain) == ["max_tokens", "model", "prompt", "temperature", "top_p"]


@given(st.integers(0, 2**40), st.text(), st.integers(0, 1000))
def test_seeds_follow_from_ours_the_prompt_and_the_path(seed: int, text: str, path: int) -> None:
    dialect = Dialect("completions", "m")

    def seed_of(request: Request) -> int:
        return int(fields(dialect, request, 1, 64)["seed"])

    first = seed_of(Request(text, (), SAMPLED, seed))
    assert seed_of(Request(text, (), SAMPLED, seed, path)) == first + path
    assert seed_of(Request(text, (), SAMPLED, seed + 1)) != first
    assert seed_of(Request(text + "!", (), SAMPLED, seed)) != first


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), unique=True), st.integers(1, 4)
)
def test_calls_hold_every_path_once_in_runs_of_one_prompt(
    wanted: list[tuple[str, int]], together: int
) -> None:
    requests = [Request(text, (), SAMPLED, 0, path) for text, path in wanted]
    made = calls(enumerate(requests), together)
    for call in made:
        assert len(call.places) <= together
        for offset, place in enumerate(call.places):
            assert wanted[place] == (call.request.text, call.request.path + offset)
    assert sorted(place for call in made for place in call.places) == list(range(len(wanted)))
    assert [call.request.text for call in made] == sorted(call.request.text for call in made)


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_what_was_thought_first_is_a_thought(field: str) -> None:
    [reply] = replies(
        chat(**{"content": "It is 5.", field: "2 and 3 ar"}), GenerationSettings(), 64, None
    )
    assert reply.text == "It is 5."
    assert reply.thought is not None
    assert reply.thought.text == "2 and 3 ar"
    assert (reply.tokens, reply.thought.tokens) == (4, 6)


def test_a_reply_ends_before_a_stop_text_that_the_server_left_in() -> None:
    [reply] = replies(chat(content=" 5.\nQ: more"), SAMPLED, 64, None)
    assert (reply.text, reply.finish) == (" 5.", "stop")
    assert math.isnan(reply.logprob)


def test_cached_tokens_are_told_apart_and_nonsense_is_not_believed() -> None:
    answer = chat(content="")
    answer["usage"]["prompt_tokens_details"] = {"cached_tokens": 7}
    assert usage(answer) == Usage(9, 7, 10)
    answer["usage"] = {"prompt_tokens": -1, "completion_tokens": "many"}
    assert usage(answer) == Usage()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
NAMES = ("text", "index", "logprobs", "finish_reason", "message", "content", "stop_reason")
CHOICES = st.lists(st.dictionaries(st.sampled_from(NAMES), JSON), max_size=3)


@given(st.fixed_dictionaries({"choices": CHOICES | JSON, "usage": JSON}) | JSON)
def test_any_answer_is_replies_or_malformed(answer: Any) -> None:
    try:
        choices(answer)
        found = replies(answer, SAMPLED, 64, None)
    except MalformedError:
        return
    for reply in found:
        assert reply.tokens >= 0
        assert "\nQ:" not in reply.text


class Clock:
    """A clock that is put forward by hand, and by sleeping."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def served(concurrency: Concurrency, clock: Clock, capacity: int, requests: int) -> None:
    """A server that answers `capacity` requests a second, however many more it is sent."""
    for _ in range(requests):
        clock.now += 1 / min(capacity, concurrency.limit)
        concurrency.ended(100, full=True)


def test_requests_grow_while_that_brings_more() -> None:
    clock = Clock()
    concurrency = Concurrency(clock=clock)
    served(concurrency, clock, 32, 2000)
    assert concurrency.limit == 32


def test_a_busy_server_gets_fewer_requests_and_none_while_it_rests() -> None:
    clock = Clock()
    concurrency = Concurrency(clock=clock, sleep=clock.sleep)
    served(concurrency, clock, 32, 2000)
    concurrency.gave_way(7.0)
    concurrency.gave_way(3.0)  # of the same moment
    assert concurrency.limit == 16
    began = clock.now
    asyncio.run(concurrency.turn())
    assert clock.now == pytest.approx(began + 7)
    # what was in flight then tells nothing; what comes after it lets one more out
    served(concurrency, clock, 32, 32 + 32)
    assert concurrency.limit == 17


def test_a_fixed_number_stays() -> None:
    clock = Clock()
    concurrency = Concurrency(5, clock=clock)
    served(concurrency, clock, 32, 100)
    concurrency.gave_way(0.0)
    assert concurrency.limit == 5


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=30))
def test_no_more_is_spent_than_allowed_whatever_is_used(steps: list[tuple[int, int]]) -> None:
    budget = Budget(Price(1.0, 2.0), 1e-3)
    for worst, used in steps:
        most = Usage(worst, 0, worst)
        if budget.reserve(most):
            budget.settle(most, Usage(min(used, worst), 0, min(used, worst)))
        assert budget.spent <= 1e-3 + 1e-12


def test_a_price_is_read() -> None:
    assert price("0.15,0.60").of(Usage(1_000_000, 0, 2_000_000)) == pytest.approx(1.35)
