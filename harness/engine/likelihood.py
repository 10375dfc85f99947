"""How likely given continuations of prompts are, with what prompts share read once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import torch

from harness.engine.batch import Batch
from harness.engine.decode import Answer, prompt_order
from harness.engine.decoder import Decoder
from harness.engine.memory import is_memory
from harness.engine.plain import Plain
from harness.engine.prompts import Read, own_columns
from harness.engine.rows import Vocabulary
from harness.engine.shapes import COUNTS
from harness.problem import Reply
from harness.request import Request

GIVEN_STEP = 8
"""Continuations are padded to a multiple of this, less the first token, which the prompt predicts."""

LENGTHS = tuple(count for count in COUNTS if count % GIVEN_STEP == 0)
"""To these, because their multiples are numbers of rows that are tried."""


def likelihoods(
    engine: Decoder | Plain,
    vocabulary: Vocabulary,
    requests: Sequence[Request],
    stopped: Callable[[], bool],
) -> Iterator[Answer]:
    """Yield (index of the request, reply or exception) for requests with `given` tokens.

    A reply's `logprob` is the sum over the given tokens, `tokens` is their number.
    """
    possible: list[int] = []
    for index, request in enumerate(requests):
        try:
            if not request.tokens:
                raise ValueError("the prompt is empty: a model needs at least one token")
            engine.room(request)
            possible.append(index)
        except ValueError as error:
            yield index, error
    ordered = sorted(possible, key=lambda index: prompt_order(requests[index]))
    for _, group in groupby(ordered, lambda index: _together(engine, requests[index])):
        members = list(group)
        while members and not stopped():
            # the next few prompts that are read in one pass, with all their continuations
            prompts = list(dict.fromkeys(requests[index].tokens for index in members))
            at_once = 1 if isinstance(engine, Plain) else engine.at_once(requests[members[0]])
            chosen = set(prompts[:at_once])
            some = [index for index in members if requests[index].tokens in chosen]
            if isinstance(engine, Decoder):
                some = some[: engine.limited(len(some))]
            members = members[len(some) :]
            yield from _answered(engine, vocabulary, requests, some)


def _together(engine: Decoder | Plain, request: Request) -> tuple[object, ...]:
    return request.tokens if isinstance(engine, Plain) else engine.together(request)


def _answered(
    engine: Decoder | Plain,
    vocabulary: Vocabulary,
    requests: Sequence[Request],
    some: Sequence[int],
) -> Iterator[Answer]:
    began = time.perf_counter()
    asked = [requests[index] for index in some]
    try:
        if isinstance(engine, Plain):
            found = [engine.likelihood(request) for request in asked]
        else:
            found = _shared(engine, asked)
    except Exception as error:
        if len(some) == 1:
            yield some[0], error
            return
        # what fails must fail alone; where memory ran out, fewer are read at once from now on
        half = len(some) // 2
        if is_memory(error) and isinstance(engine, Decoder):
            engine.lowered(half)
        for part in (some[:half], some[half:]):
            yield from _answered(engine, vocabulary, requests, part)
        return
    seconds = (time.perf_counter() - began) / len(some)
    for index, request, logprob in zip(some, asked, found, strict=True):
        text = vocabulary.continuation(request.tokens, request.given)
        charged = len(request.tokens) if request.path == 0 else 0
        yield index, Reply(text, "end", len(request.given), logprob, charged, seconds)


def _padded(length: int) -> int:
    further = -(-length // GIVEN_STEP) * GIVEN_STEP
    return next((step for step in LENGTHS if step >= length), further)


@torch.inference_mode()
def _shared(decoder: Decoder, requests: Sequence[Request]) -> list[float]:
    """Log-likelihoods of continuations of prompts that are read in one pass."""
    firsts = {request.tokens: request for request in requests}
    reads = dict(zip(firsts, decoder.read([*firsts.values()]), strict=True))
    found = [
        float(reads[request.tokens].logits.log_softmax(-1)[request.given[0]])
        for request in requests
    ]
    lengths: dict[int, list[int]] = {}
    for place, request in enumerate(requests):
        if len(request.given) > 1:
            lengths.setdefault(_padded(len(request.given) - 1), []).append(place)
    for length, places in lengths.items():
        while places:
            at_once = decoder.shapes.at_once(decoder.limited(len(places)), length)
            some, places = places[:at_once], places[at_once:]
            asked = [requests[place] for place in some]
            more = _continued(decoder, asked, [reads[one.tokens] for one in asked], length)
            for place, logprob in zip(some, more, strict=True):
                found[place] += logprob
    return found


def _continued(
    decoder: Decoder, requests: Sequence[Request], reads: Sequence[Read], length: int
) -> list[float]:
    """Log-likelihoods of all given tokens but the first, of which there are at most `length`."""
    capacity = max(
        own_columns(request, length, greedy=request.settings.greedy) for request in requests
    )
    batch = Batch(decoder, reads[0], len(requests), capacity, tokens=length)
    for request, read in zip(requests, reads, strict=True):
        batch.join(read, greedy=request.settings.greedy)
    known = [request.given[:-1] for request in requests]
    logits = batch.extend([[*given, *([0] * (length - len(given)))] for given in known])
    found = []
    for row, request in enumerate(requests):
        wanted = torch.tensor(request.given[1:], device=logits.device)[:, None]
        own = logits[row, : len(wanted)].float().log_softmax(-1)
        found.append(float(own.gather(-1, wanted).double().sum()))
    return found
