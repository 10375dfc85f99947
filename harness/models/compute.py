"""How much a column computes: floating-point operations, counted from the model's shape and the requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.problem import Reply
from harness.request import Request


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides how much a decoder computes for a token.

    `matrices` is the number of weights that a token is multiplied with, of a mixture of experts those of
    the experts that it takes, without the embedding (which is looked up) and without the `head`, the
    weights between the last layer and the vocabulary. `layers` has of each attention layer
    the width of all heads together and its sliding window, None where it sees everything.
    """

    matrices: int
    head: int
    layers: tuple[tuple[int, int | None], ...]

    def reading(self, start: int, end: int) -> int:
        """The operations of the tokens `start` to `end - 1` of a text, without the head.

        Two for each weight (a product and a sum), and in each layer four for each number that the heads
        compare and add up, of the token itself and all before it (Kaplan et al., 2020, arXiv:2001.08361).
        """
        if end <= start:
            return 0
        attended = sum(4 * width * _seen(start, end, window) for width, window in self.layers)
        return 2 * self.matrices * (end - start) + attended

    def telling(self, times: int) -> int:
        """The operations of the head for so many tokens whose successor is asked for."""
        return 2 * self.head * max(0, times)


def _seen(start: int, end: int, window: int | None) -> int:
    """How many tokens the tokens `start` to `end - 1` look at, themselves among them."""
    if window is None or end <= window:
        return (end * (end + 1) - start * (start + 1)) // 2
    full = max(start, window)  # from here on every token sees a whole window
    return _seen(start, full, None) + window * (end - full)


@dataclass(slots=True)
class Operations:
    """The floating-point operations of a column.

    `prefill` is what reading its prompts takes where that which several share is read once, and
    `prefill_alone` where every path reads its whole prompt. `decode` is what its replies take, token
    by token, in both cases.
    """

    prefill: int = 0
    decode: int = 0
    prefill_alone: int = 0


class Compute:
    """Adds up the operations of one column, by itself: whatever was asked twice counts once.

    What came out of a ledger counts as if it had been computed, as tokens and seconds do. The padding of
    batches does not count.
    """

    def __init__(self, shape: Shape) -> None:
        self.operations = Operations()
        self._shape = shape
        self._known: set[int] = set()

    def add(self, requests: Sequence[Request], replies: Sequence[Reply]) -> None:
        """Count requests with their replies."""
        for request, reply in zip(requests, replies, strict=True):
            settings = request.settings
            # one search finds all its texts
            path = 0 if settings.beams else request.path
            decisive = (request.tokens, request.given, repr(settings), request.seed, path)
            if self._new("reply", *decisive):
                self._prompt(request)
                self._reply(request, reply)

    def _prompt(self, request: Request) -> None:
        from harness.engine.prompts import parts  # late: it loads torch

        whole, shape = len(request.tokens), self._shape
        self.operations.prefill_alone += shape.reading(0, whole) + shape.telling(1)
        shared = parts(request)[0]
        if self._new("shared", request.tokens[:shared]):
            self.operations.prefill += shape.reading(0, shared)
        if self._new("prompt", request.tokens):
            self.operations.prefill += shape.reading(shared, whole) + shape.telling(1)

    def _reply(self, request: Request, reply: Reply) -> None:
        # the last token is chosen, and never read; so is the last of those whose likelihood is told
        start, fed = len(request.tokens), max(0, len(request.given) or reply.tokens) - 1
        done = self._shape.reading(start, start + fed) + self._shape.telling(fed)
        if request.given:
            self.operations.prefill += done
            self.operations.prefill_alone += done
        else:
            self.operations.decode += done * max(1, request.settings.beams)

    def _new(self, *what: object) -> bool:
        # the hash alone, because a large run asks tens of thousands of long prompts
        known = hash(what) in self._known
        self._known.add(hash(what))
        return not known
