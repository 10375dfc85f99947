"""A model that is spread over several devices (`--device auto`), which a stand-in for them tells and checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from harness.engine.answering import answered
from harness.engine.decoder import Decoder
from harness.problem import Reply
from harness.request import GenerationSettings, Request, never
from tests.engine.small import Numbers, model
from tests.engine.spread import Spread

SHARED = tuple(range(10, 50))
PROMPTS = [(*SHARED, 7, 8, 9), (*SHARED, 3, 1, 4, 1, 5)]
SETTINGS = {
    "greedy": GenerationSettings(max_tokens=5),
    "sampled": GenerationSettings(0.7, max_tokens=9),
    "beams": GenerationSettings(max_tokens=5, beams=3),
}


@pytest.fixture
def spread() -> Iterator[Any]:
    """A model whose last two layers are on a second device."""
    network = model()
    first, *others = network.model.layers
    with Spread() as devices:
        for part in (network.model.embed_tokens, network.model.rotary_emb, first):
            devices.put(part, "cuda:0")
        for part in (*others, network.model.norm, network.lm_head):
            devices.put(part, "cuda:1")
        yield network


def asked(name: str) -> list[Request]:
    if name == "likelihood":
        settings = GenerationSettings(max_tokens=1)
        return [
            Request("", prompt, settings, 0, path, len(SHARED), given)
            for prompt in PROMPTS
            for path, given in enumerate(((5,), (6, 7, 8)))
        ]
    return [
        Request("", prompt, SETTINGS[name], 0, path, len(SHARED))
        for prompt in PROMPTS
        for path in range(3 if name != "greedy" else 1)
    ]


def replies(network: Any, requests: list[Request]) -> list[tuple[str, float]]:
    left = [requests]
    found = {}
    decoder = Decoder(network, memory=10**8)

    def arrivals() -> list[Request]:
        return left.pop() if left else []

    for index, reply in answered(decoder, Numbers(), arrivals, rows=4, stopped=never):
        assert isinstance(reply, Reply), reply
        found[index] = (reply.text, round(reply.logprob, 3))
    return [found[index] for index in range(len(requests))]


@pytest.mark.parametrize("name", [*SETTINGS, "likelihood"])
def test_a_model_on_two_devices_replies_as_it_does_on_one(name: str, spread: Any) -> None:
    requests = asked(name)
    told = replies(spread, requests)
    with torch._C.DisableTorchFunction():
        assert told == replies(model(), requests)


def test_the_stand_in_refuses_what_two_devices_would(spread: Any) -> None:
    here, there = torch.ones(2, device="cuda:0"), torch.ones(2, device="cuda:1")
    assert (here + here).device == torch.device("cuda:0")
    assert here.to("cuda:1").device == torch.device("cuda:1")
    with pytest.raises(RuntimeError, match="add got tensors on"):
        here.add(there)
