"""The words that models and the engine have in common: generation settings, requests, keys, backends."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Protocol, runtime_checkable

from harness.problem import Reply
from harness.prompt import Prompt

ROWS = 320
"""At most so many replies are made side by side, unless a run says otherwise; fewer where memory is short."""

ENGINE = 2
"""The version of what turns a request into a reply: raised when the same request would get another one."""


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """How replies are generated: one frozen object, passed whole from a strategy to the engine.

    | field | meaning |
    |---|---|
    | `temperature` | 0 takes the most likely token (greedy); else logits are divided by it |
    | `top_k`, `top_p`, `min_p` | truncate the distribution, in this order; 0, 1 and 0 are off |
    | `max_tokens` | the limit of generated tokens of one reply |
    | `stop` | texts that end a reply and are no part of it |
    | `top_logprobs` | so many most likely tokens of each step have their log-probabilities noted |
    | `branching` | path r begins with the (r+1)-th likeliest token and goes on greedily |
    | `certainty` | how far each next-token distribution is from uniform is noted, summed |
    | `beams` | path r is the (r+1)-th best text of one beam search with so many beams |
    | `repetition_penalty` | over 1 makes tokens that stand in the text already less likely |
    | `suppressed` | tokens that are never chosen |

    What changes nothing is brought to one form, so that it is one key of the ledger: whole numbers
    become floats where floats belong, and greedy settings truncate nothing. Raises `ValueError` for
    settings that make no sense.
    """

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    max_tokens: int = 256
    stop: tuple[str, ...] = ()
    top_logprobs: int = 0
    branching: bool = False
    certainty: bool = False
    beams: int = 0
    repetition_penalty: float = 1.0
    suppressed: tuple[int, ...] = ()

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
        if self.repetition_penalty <= 0:
            raise ValueError(
                f"repetition_penalty={self.repetition_penalty}: must be over 0, and 1 is off"
            )
        if self.beams and self.reshapes:
            raise ValueError(
                f"beams={self.beams} with a repetition penalty or suppressed tokens: "
                "beam search weighs texts as the model does"
            )
        if "" in self.stop:
            raise ValueError("a stop text is empty: it would end every reply at once")
        plain: dict[str, object] = {
            "stop": tuple(self.stop),
            "suppressed": tuple(sorted(set(self.suppressed))),
        }
        for name in ("temperature", "top_p", "min_p", "repetition_penalty"):
            plain[name] = float(getattr(self, name))
        if self.greedy:
            plain |= {"top_k": 0, "top_p": 1.0, "min_p": 0.0}
        for name, value in plain.items():
            object.__setattr__(self, name, value)

    @property
    def greedy(self) -> bool:
        """Whether nothing is sampled: the most likely token is taken, or beam search decides."""
        return self.temperature == 0

    @property
    def reshapes(self) -> bool:
        """Whether tokens are chosen from other logits than the model's own."""
        return self.repetition_penalty != 1 or bool(self.suppressed)


@dataclass(frozen=True, slots=True)
class Request:
    """One path of one prompt; or, with `given`, the likelihood of these tokens after it.

    `shared` is the number of leading tokens that other prompts have too (the worked examples), or 0
    where that is not known. It must follow from the prompt alone: what is computed in one piece
    decides the last bits of the result.
    """

    text: str
    tokens: tuple[int, ...]
    settings: GenerationSettings
    seed: int = 0
    path: int = 0
    shared: int = 0
    given: tuple[int, ...] = ()


class PromptTooLongError(ValueError):
    """A prompt that leaves no room for an answer in the model's context."""

    def __init__(self, tokens: int, context: int) -> None:
        super().__init__(
            f"the prompt has {tokens} tokens and the model's context holds {context}: "
            "show fewer worked examples (shots=), or let them be left out (--fit-examples)"
        )
        self.numbers = tokens, context

    def __reduce__(self) -> tuple[type, tuple[int, int]]:
        # as it was made, so that it comes whole out of another process
        return type(self), self.numbers


def never() -> bool:
    """A `stopped` that lets generation run to its end."""
    return False


@runtime_checkable
class Scoring(Protocol):
    """What a backend needs in addition to say how likely given continuations are."""

    def given(self, prompt: Prompt | str, continuation: str) -> tuple[int, ...]:
        """The tokens of a prompt and a continuation, read as one text."""


@dataclass(frozen=True, slots=True)
class Thinking:
    """How a model thinks before it answers: the limit of a thought's tokens, and what it ends one with."""

    tokens: int
    end: str


@runtime_checkable
class ThinksFirst(Protocol):
    """What a backend has in addition whose model may think before it answers."""

    @property
    def thinking(self) -> Thinking | None:
        """How it thinks; None where it does not."""

    def thought(self, prompt: Prompt) -> tuple[str, tuple[int, ...]]:
        """The exact text and tokens of a prompt up to the beginning of the model's thought."""


@runtime_checkable
class Limited(Protocol):
    """What a backend has in addition that cannot do all that may be asked of it."""

    @property
    def logprobs(self) -> bool:
        """Whether its replies come with their log-probabilities."""

    def require(self, needs: Iterable[GenerationSettings], *, scored: bool = False) -> None:
        """Raises `UserError` where it cannot reply with these settings, or `scored`: say how likely a text is."""


@runtime_checkable
class Joining(Protocol):
    """What a backend needs in addition to take more requests while it generates."""

    def generate_joined(
        self,
        arrivals: Callable[[], Sequence[Request]],
        *,
        rows: int = ROWS,
        stopped: Callable[[], bool] = never,
    ) -> Iterator[tuple[int, Reply | Exception]]:
        """As `Backend.generate`, of requests that come one after the other.

        `arrivals` is asked between tokens for those that have come since; they are numbered in their
        order. It ends when all are answered and none arrive.
        """


class Backend(Protocol):
    """A source of replies: a local model, a server, a scripted fake.

    One that is a `Scoring` can say how likely texts are, one that is a `ThinksFirst` may think first;
    one that has a `context` (tokens, or None) says how many prompt and reply may have together, one
    that has `chat` whether it is asked in turns, one with `suggested()` what its makers suggest, one with a
    `shape` (`harness.models.compute.Shape`, or None) how much it computes; one that has `dollars(tokens read,
    tokens generated)` what they cost, where that is not None.
    """

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


@dataclass(frozen=True, slots=True)
class Key:
    """What a reply is remembered by: a digest of what decides it, and the limit of its tokens.

    The limit is no part of the digest, since it decides nothing about a chain that ended by itself:
    made with 200 tokens at most, it serves a limit of 1,024 too. It is 0 where it has no meaning of
    its own (of a scored text) or is in the digest (of a beam search, which goes by it as a whole).
    """

    digest: str
    limit: int = 0

    def kept(self, reply: Reply) -> Key:
        """The key under which a ledger keeps `reply`: with its limit only where that cut it off."""
        return replace(self, limit=self.limit if reply.finish == "length" else 0)

    def serves(self, reply: Reply) -> bool:
        """Whether `reply`, kept under this digest without a limit, fits into this key's limit."""
        return not self.limit or reply.tokens <= self.limit


def key(identity: str, request: Request) -> Key:
    """The key of a request to the model with this identity.

    Its digest is of the identity, the engine's version, the prompt's tokens (its text where the
    source has no tokenizer), the generation settings by their fields, and of what is sampled also
    the seed and the path.
    """
    settings = request.settings
    limit = settings.max_tokens
    if settings.beams or request.given:
        limit = 0
    path = (0, 0) if settings.greedy else (request.seed, request.path)
    if settings.branching or settings.beams:
        path = (0, request.path)
    decisive = (ENGINE, identity, _fields(settings), path, len(request.tokens), request.given)
    content = packed(request.tokens) if request.tokens else request.text.encode("utf-8", "replace")
    digest = hashlib.sha256(repr(decisive).encode() + b"\0" + content).hexdigest()
    return Key(digest, limit)


@lru_cache(maxsize=64)
def _fields(settings: GenerationSettings) -> list[tuple[str, object]]:
    """The settings that a key tells apart, by name; the same for all the requests of a strategy."""
    fields = asdict(settings)
    limit = fields.pop("max_tokens")
    if not settings.reshapes:  # so that replies from before there were such settings stay known
        del fields["repetition_penalty"], fields["suppressed"]
    if settings.beams:
        fields["max_tokens"] = limit
    return sorted(fields.items())


@lru_cache(maxsize=64)  # the paths of a prompt come one after the other
def packed(tokens: tuple[int, ...]) -> bytes:
    """Token ids as bytes, the same on every machine: eight each, little end first."""
    return struct.pack(f"<{len(tokens)}q", *tokens)
