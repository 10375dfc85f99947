"""What a source of replies is given, and what it must do."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Protocol, runtime_checkable

from harness.problem import Reply
from harness.prompt import Prompt

ROWS = 320
"""At most so many replies are made side by side, unless a run says otherwise; fewer where memory is short."""

OLD = 5
"""So many settings of `Sampling` were in the first release's keys."""

LATER = 7
"""So many were in the second's; those that came then are in a key by name."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """One sampling configuration. Temperature 0 is greedy; `top_k` 0, `top_p` 1, `min_p` 0 are off.

    `max_tokens` counts generated tokens; `stop` are texts that end a reply and are not part of it.
    Of each token, `top_logprobs` most likely ones have their log-probabilities noted, and with
    `certainty` how far the model is from uniform. `branching` makes of a prompt's greedy reply several: path r
    begins with the token that is likeliest but r others, and goes on greedily. With `beams` path r is the
    likeliest but r others of the texts that one beam search finds.
    """

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    max_tokens: int = 256
    stop: tuple[str, ...] = ()
    min_p: float = 0.0
    top_logprobs: int = 0
    branching: bool = False
    certainty: bool = False
    beams: int = 0

    def __post_init__(self) -> None:
        if self.temperature < 0:
            raise ValueError(f"temperature={self.temperature}: must be 0 (greedy) or more")
        if self.top_k < 0:
            raise ValueError(f"top_k={self.top_k}: must be 0 (off) or more")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p={self.top_p}: must be over 0, and 1 (off) at most")
        if not 0 <= self.min_p <= 1:
            raise ValueError(f"min_p={self.min_p}: must be from 0 (off) to 1")
        if self.top_logprobs < 0:
            raise ValueError(f"top_logprobs={self.top_logprobs}: must be 0 (off) or more")
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens={self.max_tokens}: must be 1 or more")
        if self.branching and self.temperature:
            raise ValueError(f"branching at temperature={self.temperature}: its paths are greedy")
        if self.beams < 0:
            raise ValueError(f"beams={self.beams}: must be 0 (off) or more")
        if self.beams and self.temperature:
            raise ValueError(
                f"beams at temperature={self.temperature}: beam search samples nothing"
            )
        if self.beams and (self.branching or self.top_logprobs or self.certainty):
            raise ValueError(
                f"beams={self.beams} with branching, top_logprobs or certainty: "
                "beam search neither branches nor notes them"
            )
        if "" in self.stop:
            raise ValueError("a stop text is empty: it would end every reply at once")

    @property
    def greedy(self) -> bool:
        """Whether the most likely token is taken (but for the first one, where paths branch, and in beam search)."""
        return self.temperature == 0


@dataclass(frozen=True, slots=True)
class Request:
    """One path of one prompt; or, with `given`, the likelihood of these tokens after it.

    `shared` is the number of leading tokens that other prompts have too (the worked examples), or 0
    where that is not known. It must follow from the prompt alone: what is computed in one piece
    decides the last bits of the result.
    """

    text: str
    tokens: tuple[int, ...]
    sampling: Sampling
    seed: int = 0
    path: int = 0
    shared: int = 0
    given: tuple[int, ...] = ()


class PromptTooLongError(ValueError):
    """A prompt that leaves no room for an answer in the model's context."""

    def __init__(self, tokens: int, context: int) -> None:
        super().__init__(
            f"the prompt has {tokens} tokens and the model's context holds {context}: "
            "show fewer worked examples (shots=)"
        )


def never() -> bool:
    """A `stopped` that lets generation run to its end."""
    return False


@runtime_checkable
class Scoring(Protocol):
    """What a backend needs beside, to tell how likely given continuations are."""

    def given(self, prompt: Prompt | str, continuation: str) -> tuple[int, ...]:
        """The tokens of a prompt and a continuation, read as one text."""


class Backend(Protocol):
    """A source of replies: a local model, a server, a scripted fake."""

    @property
    def name(self) -> str:
        """Shown in tables."""

    @property
    def identity(self) -> str:
        """A digest of all that decides replies beside the request; the ledger tells models by it.

        Weights (not their path), precision, tokenizer, template.
        """

    @property
    def stop(self) -> tuple[str, ...]:
        """The stop texts that its prompt format calls for."""

    def prompt(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        """The exact text that the model sees, and its tokens; a string is taken as it is."""

    def generate(
        self,
        requests: Sequence[Request],
        *,
        rows: int = ROWS,
        stopped: Callable[[], bool] = never,
    ) -> Iterator[tuple[int, Reply | Exception]]:
        """Yield (index of the request, its reply) as each ends, in any order, `rows` at a time.

        A request that fails yields its exception; the others go on. `stopped` is asked between
        tokens: once it is true, the rest is left unanswered. Called from one thread at a time,
        which need not be the one that calls `prompt`.
        """

    def describe(self) -> Mapping[str, object]:
        """What a record of the run should say about this source of replies."""


def key(identity: str, request: Request) -> str:
    """A digest of all that decides a reply, under which a ledger keeps it.

    A source without a tokenizer is asked by text alone.
    """
    sampling = request.sampling
    path = (0, 0) if sampling.greedy else (request.seed, request.path)
    if sampling.branching or sampling.beams:
        path = (0, request.path)
    settings: tuple[object, ...] = (identity, astuple(sampling)[:OLD], path, len(request.tokens))
    # What came later has a part in the key only where it is used, so that old ledgers stay good.
    later = astuple(sampling)[OLD:LATER]
    if later != astuple(Sampling())[OLD:LATER]:
        settings += (later,)
    settings += tuple(name for name in ("branching", "certainty") if getattr(sampling, name))
    if sampling.beams:
        settings += ("beams", sampling.beams)
    if request.given:
        settings += ("given", request.given)
    content = packed(request.tokens) if request.tokens else request.text.encode("utf-8", "replace")
    return hashlib.sha256(repr(settings).encode() + b"\0" + content).hexdigest()


def packed(tokens: Sequence[int]) -> bytes:
    """Token ids as bytes, the same on every machine: eight each, little end first."""
    return struct.pack(f"<{len(tokens)}q", *tokens)
