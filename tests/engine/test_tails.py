"""Who goes on from a chain does not have it read again, where last bits are not promised anyway."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from harness.engine.decode import Generation
from harness.engine.decoder import Decoder
from harness.engine.prompts import SHORTEST_TRUNK, Node, Tails
from harness.problem import Reply
from harness.request import GenerationSettings, Request
from tests.engine.small import Numbers, model

EXAMPLES = tuple(range(10, 50))
QUESTION = tuple(range(50, 90))
SETTINGS = GenerationSettings(max_tokens=8)


def asked(decoder: Decoder, request: Request) -> list[int]:
    generation = Generation(decoder, Numbers(), rows=4)
    generation.add([request])
    [(_, reply)] = generation.replies()
    assert isinstance(reply, Reply), reply
    return [*map(int, reply.text.split())]


@pytest.fixture(params=[0, len(EXAMPLES)], ids=["no examples", "examples"])
def stages(request: pytest.FixtureRequest) -> tuple[Request, Any]:
    """A first stage, and what makes the second of its reply."""
    shared = request.param
    prompt = (*EXAMPLES[:shared], *QUESTION)

    def second(reply: list[int], **settings: Any) -> Request:
        tokens = (*prompt, *reply, 3, 1, 4)
        return Request("", tokens, GenerationSettings(max_tokens=4, **settings), 0, 0, shared)

    return Request("", prompt, SETTINGS, 0, 0, shared), second


def watched(decoder: Decoder) -> list[int]:
    """The number of tokens of every pass over prompts from now on."""
    passes: list[int] = []
    inner = decoder._pass

    def counted(prompts: Any, before: Any, length: int) -> Any:
        passes.append(length * len(prompts))
        return inner(prompts, before, length)

    decoder._pass = counted  # type: ignore[method-assign]
    return passes


def free(decoder: Decoder) -> Decoder:
    """As on a machine where speed decides last bits."""
    decoder.shapes._any = True
    return decoder


@pytest.mark.parametrize("settings", [{}, {"temperature": 0.7}, {"beams": 1}], ids=str)
def test_a_second_stage_reads_only_what_is_new(
    stages: tuple[Request, Any], settings: dict[str, Any]
) -> None:
    first, second = stages
    decoder = free(Decoder(model(), memory=10**9))
    reply = asked(decoder, first)
    passes = watched(decoder)
    found = asked(decoder, second(reply, **settings))
    assert passes == [4]  # the last token of the reply, which was never read, and three more
    assert found == asked(free(Decoder(model(), memory=10**9)), second(reply, **settings))


def test_it_is_read_as_it_would_be_anew(stages: tuple[Request, Any]) -> None:
    first, second = stages
    decoder = free(Decoder(model(), memory=10**9))
    request = second(asked(decoder, first))
    [behind], [anew] = decoder.read([request]), Decoder(model(), memory=10**9).read([request])
    assert behind.rest.start == anew.rest.start
    torch.testing.assert_close(behind.logits, anew.logits, atol=1e-4, rtol=1e-4)
    for one, two in zip(behind.rest.layers, anew.rest.layers, strict=True):
        torch.testing.assert_close(one, two, atol=1e-4, rtol=1e-4)


def test_nothing_is_kept_where_bits_are_promised(stages: tuple[Request, Any]) -> None:
    first, second = stages
    exact = Decoder(model(), memory=10**9, exact=True)
    passes = watched(exact)
    request = second(asked(exact, first))
    asked(exact, request)
    assert passes[-1] >= len(request.tokens) - first.shared


def test_a_place_that_is_taken_again_does_not_change_what_was_kept(
    stages: tuple[Request, Any],
) -> None:
    first, second = stages
    decoder = free(Decoder(model(), memory=10**9))
    generation = Generation(decoder, Numbers(), rows=1)
    other = Request("", (*EXAMPLES, 5, 6, 7), SETTINGS, 0, 0, first.shared)
    generation.add([first, other])
    replies = dict(generation.replies())
    assert isinstance(replies[0], Reply)
    request = second([*map(int, replies[0].text.split())])
    [behind], [anew] = decoder.read([request]), Decoder(model(), memory=10**9).read([request])
    torch.testing.assert_close(behind.logits, anew.logits, atol=1e-4, rtol=1e-4)


def node(tokens: tuple[int, ...], start: int) -> Node:
    """Whose keys are the tokens themselves."""
    keys = torch.tensor(tokens[start:], dtype=torch.float32)[None, :, None]
    return Node(((keys, keys),), start)


few = st.lists(st.integers(0, 1), max_size=6).map(tuple)


@given(st.lists(st.tuples(few, few), max_size=8), few, st.integers(0, 3))
@example([((0,), ()), ((), (0,))], (), 0)  # the same tokens, of which the prompt was more or less
def test_the_longest_beginning_that_was_read_is_found(
    chains: list[tuple[tuple[int, ...], tuple[int, ...]]], end: tuple[int, ...], start: int
) -> None:
    opening = tuple(range(100, 100 + SHORTEST_TRUNK + 3))
    tails, kept = Tails(10**9), []
    for prompt, reply in chains:
        tokens = (*opening, *prompt, *reply)
        tails.put((*opening, *prompt), tokens, node(tokens, start))
        kept.append(((*opening, *prompt), tokens))
    wanted = (*opening, *end, 7)
    found = tails.find(wanted, start)
    alike = [
        sum(1 for at in range(min(len(chain), len(wanted))) if chain[: at + 1] == wanted[: at + 1])
        for prompt, chain in kept
        if wanted[: len(prompt)] == prompt
    ]
    assert (found is None) == (not alike)
    if found is not None:
        assert found.end == min(max(alike), len(wanted) - 1)
        assert found.layers[0][0][0, :, 0].tolist() == list(wanted[start : found.end])


def test_what_was_not_used_for_longest_goes_when_memory_is_short() -> None:
    opening = tuple(range(SHORTEST_TRUNK))
    each = node((*opening, 0, 1), 0).size
    tails = Tails(2 * each)
    for chain in range(3):
        tails.put((*opening, chain), (*opening, chain, 1), node((*opening, chain, 1), 0))
    assert tails.find((*opening, 0, 1, 5), 0) is None
    for chain in (1, 2):
        assert tails.find((*opening, chain, 1, 5), 0) is not None
