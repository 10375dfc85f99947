"""Requests of every kind, in one call and one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from harness.engine.answering import answered
from harness.engine.decoder import Decoder
from harness.models.tokens import Tokens
from harness.problem import Reply
from harness.request import GenerationSettings, Request, never


def test_requests_of_every_kind_are_answered_by_their_number_whenever_they_come(
    model_folder: Path, make_network: Callable[..., Any]
) -> None:
    tokens = Tokens(model_folder)
    ids = tokens.prompt("Q: one?\nA:")[1]
    chain = GenerationSettings(temperature=1.0, max_tokens=9)
    kinds = [
        Request("", ids, chain, path=0),
        Request("", ids, GenerationSettings(max_tokens=1), given=(5, 6)),
        Request("", ids, GenerationSettings(beams=2, max_tokens=4)),
        Request("", ids, chain, path=1),
        Request("", ids, GenerationSettings(max_tokens=200)),
    ]
    decoder = Decoder(make_network(), exact=True)

    def run(batches: list[list[Request]]) -> dict[int, Any]:
        def arrivals() -> Sequence[Request]:
            return batches.pop(0) if batches else []

        replies: dict[int, Any] = {}
        for number, reply in answered(decoder, tokens, arrivals, rows=4, stopped=never):
            assert isinstance(reply, Reply)
            replies[number] = reply.text, reply.logprob
        return replies

    together = run([kinds])
    assert sorted(together) == [0, 1, 2, 3, 4]
    assert run([[request] for request in kinds]) == together
    assert run([kinds[:1], [], [], [], kinds[1:]]) == together
