"""Every request to what can answer it: likelihoods, beam searches, and chains that are joined by more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from harness.engine.beams import searched
from harness.engine.decode import Answer, Generation
from harness.engine.decoder import Decoder
from harness.engine.likelihood import likelihoods
from harness.engine.plain import Plain
from harness.engine.rows import Vocabulary
from harness.request import Request


def answered(
    engine: Decoder | Plain,
    vocabulary: Vocabulary,
    arrivals: Callable[[], Sequence[Request]],
    *,
    rows: int,
    stopped: Callable[[], bool],
) -> Iterator[Answer]:
    """Yield (number of the request, reply or exception) until none is left and none arrive.

    `arrivals` gives the requests that have come since it was last asked; they are numbered in their
    order. Chains that sample or are greedy join those on their way.
    """
    waiting = _Waiting(arrivals)
    while waiting.some() and not stopped():
        numbers, requests = waiting.take(lambda request: bool(request.given))
        for place, answer in likelihoods(engine, vocabulary, requests, stopped):
            yield numbers[place], answer
        numbers, requests = waiting.take(lambda request: bool(request.settings.beams))
        for place, answer in searched(engine, vocabulary, requests, rows=rows, stopped=stopped):
            yield numbers[place], answer
        if isinstance(engine, Plain):
            numbers, requests = waiting.take(_is_chain)
            for place, answer in engine.replies(vocabulary, requests, stopped, rows):
                yield numbers[place], answer
        else:
            generation = Generation(engine, vocabulary, rows=rows, stopped=stopped)
            yield from _chains(generation, waiting)


def _is_chain(request: Request) -> bool:
    return not (request.given or request.settings.beams)


def _chains(generation: Generation, waiting: _Waiting) -> Iterator[Answer]:
    """What a generation answers, with all chains that arrive until it has no more to do."""
    numbers: list[int] = []

    def joining() -> list[Request]:
        waiting.some()
        more, requests = waiting.take(_is_chain)
        numbers.extend(more)
        return requests

    for place, answer in generation.replies(joining):
        yield numbers[place], answer


class _Waiting:
    """Requests that arrived and are not being answered yet, by their number."""

    def __init__(self, arrivals: Callable[[], Sequence[Request]]) -> None:
        self._arrivals = arrivals
        self._count = 0
        self._requests: dict[int, Request] = {}

    def some(self) -> bool:
        """Look for arrivals; whether anything waits."""
        for request in self._arrivals():
            self._requests[self._count] = request
            self._count += 1
        return bool(self._requests)

    def take(self, kind: Callable[[Request], bool]) -> tuple[list[int], list[Request]]:
        """Numbers and requests of a kind, which wait no more."""
        chosen = {number: one for number, one in self._requests.items() if kind(one)}
        for number in chosen:
            del self._requests[number]
        return list(chosen), list(chosen.values())
