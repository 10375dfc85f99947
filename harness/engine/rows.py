"""The life of one path: its tokens, and how it ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from harness.engine.sampling import Choice, uniforms
from harness.engine.stops import StopTexts
from harness.problem import Finish, Reply
from harness.request import Request

PART = "\N{REPLACEMENT CHARACTER}"
"""What a token decodes to that holds a part of a character."""


BEFORE = 8
"""Tokens before another that may decide how it decodes."""


class Vocabulary(Protocol):
    """What is needed of a tokenizer."""

    @property
    def ends(self) -> frozenset[int]:
        """Tokens that end a reply."""

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens on their own."""

    def continuation(self, prompt: Sequence[int], tokens: Sequence[int]) -> str:
        """The text of `tokens` as it goes on after `prompt`."""


class Row:
    """One path being generated."""

    def __init__(
        self,
        index: int,
        request: Request,
        limit: int,
        vocabulary: Vocabulary,
        stops: StopTexts,
    ) -> None:
        self.index = index
        self.request = request
        self.limit = limit
        greedy = request.settings.greedy
        self._numbers = np.zeros(limit) if greedy else uniforms(request, limit)
        if request.settings.branching:
            self._numbers[0] = request.path
        self._vocabulary = vocabulary
        self._ending = Ending(request, limit, vocabulary, stops)
        self._seconds = 0.0
        self.begin()

    def begin(self) -> None:
        """Have said nothing yet."""
        self.tokens: list[int] = []
        self.ended = False
        self._logprob = 0.0
        self._top: list[tuple[float, ...]] = []
        self._certainty: float | None = 0.0 if self.request.settings.certainty else None
        self._finish: Finish = "length"
        self._error: Exception | None = None

    @property
    def number(self) -> float:
        """The random number of the next token; of a greedy one how many likelier are passed over."""
        return float(self._numbers[len(self.tokens)])

    @property
    def text(self) -> list[int]:
        """The tokens of prompt and reply so far, where choosing the next takes them; else none."""
        return [*self.request.tokens, *self.tokens] if self.request.settings.reshapes else []

    def add(self, choice: Choice, place: int, seconds: float) -> bool:
        """Append the token chosen for the row at `place`; whether the row has ended.

        `seconds` is its share of the step.
        """
        token = choice.tokens[place]
        self.tokens.append(token)
        self._logprob += choice.logprobs[place]
        self._seconds += seconds
        if place in choice.top:
            self._top.append(choice.top[place])
        if self._certainty is not None:
            self._certainty += choice.certainty[place]
        try:
            self.ended = self._ended()
        except Exception as error:  # it ends this row, and not its neighbours
            self._error = error
            self.ended = True
        return self.ended

    def answer(self) -> Reply | Exception:
        """What the row said, or what went wrong with it."""
        try:
            return self._reply()
        except Exception as error:
            return error

    def _reply(self) -> Reply:
        if self._error is not None:
            raise self._error
        text = self._ending.text(self.tokens, self._finish)
        # Charged once for all paths of a prompt, which is read once.
        asked = len(self.request.tokens) if self.request.path == 0 else 0
        count = len(self.tokens)
        return Reply(
            text,
            self._finish,
            count,
            self._logprob,
            asked,
            self._seconds,
            tuple(self._top),
            self._ends(len(text)) if self._top else (),
            self._certainty,
        )

    def _ends(self, length: int) -> tuple[int, ...]:
        """Where each token ends in a text of so many characters, which may be cut."""
        ends: list[int] = []
        known = [*self.request.tokens[-BEFORE:], *self.tokens]
        read, at = len(known) - len(self.tokens), 0
        for count in range(read + 1, len(known) + 1):
            # from the last whole character on, with a few tokens before it for their context
            text = self._vocabulary.continuation(
                known[max(0, read - BEFORE) : read], known[read:count]
            )
            ends.append(min(length, at + len(text.rstrip(PART))))
            if not text.endswith(PART):
                read, at = count, at + len(text)
        return tuple(ends)

    def _ended(self) -> bool:
        require_number(self._logprob)
        finish = self._ending.finish(self.tokens)
        self._finish = finish or "length"
        return finish is not None


class Ending:
    """How replies to one request end, and what they say then."""

    def __init__(
        self, request: Request, limit: int, vocabulary: Vocabulary, stops: StopTexts
    ) -> None:
        self.limit = limit
        self._prompt = request.tokens
        self._vocabulary = vocabulary
        self._stops = stops

    def finish(self, tokens: Sequence[int]) -> Finish | None:
        """How a reply ends with the newest of its tokens; None where it goes on."""
        if tokens[-1] in self._vocabulary.ends:
            return "end"
        if self._stops.ended(tokens) and self._stops.cut(self._whole(tokens)) is not None:
            return "stop"
        return "length" if len(tokens) >= self.limit else None

    def text(self, tokens: Sequence[int], finish: Finish) -> str:
        """What a reply says that ended so: without its end token, and up to its stop text."""
        if finish == "end":
            return self._whole(tokens[:-1])
        text = self._whole(tokens)
        return self._stops.cut(text) or "" if finish == "stop" else text

    def _whole(self, tokens: Sequence[int]) -> str:
        return self._vocabulary.continuation(self._prompt, tokens)


def require_number(logprob: float) -> None:
    """Raises FloatingPointError for a log-probability that is none."""
    if math.isnan(logprob):
        raise FloatingPointError(
            "the model's probabilities are not numbers (NaN): try --dtype float32"
        )
