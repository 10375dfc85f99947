"""What a strategy is given: a source of replies with a ledger beneath it and batches around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any

from harness.errors import UserError
from harness.models.gather import Charging, Gatherer, RememberedReplies
from harness.problem import Reply, Thought
from harness.prompt import Prompt
from harness.request import ROWS, Backend, GenerationSettings, Request, Scoring, ThinksFirst

WRITTEN = 16
"""Prompts whose text and tokens are kept: paths that are asked for one by one are written once."""

LIKELIHOOD = GenerationSettings(max_tokens=1)
"""The settings of a request that samples nothing; they are a part of its key."""


class Model:
    """Answers prompts: from the ledger what was asked before, the rest in full batches.

    Without a `ledger` it remembers its replies itself, for as long as it lives.
    `seed` chooses the chains that sampling draws; `rows` is how many are drawn side by side.
    With `fit_examples` a prompt that is too long loses its first worked examples until it fits.
    `energy` charges what is generated its share of the energy.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        seed: int = 0,
        ledger: RememberedReplies | None = None,
        rows: int = ROWS,
        fit_examples: bool = False,
        energy: Charging | None = None,
    ) -> None:
        self.backend = backend
        self.seed = seed
        self.fit_examples = fit_examples
        self.left_out: dict[int, int] = {}  # worked examples left out, by prompt
        self._gatherer = Gatherer(backend, ledger, rows, energy)
        self._written = lru_cache(WRITTEN)(backend.prompt)
        self._examples: dict[tuple[tuple[str, str], ...], tuple[int, ...]] = {}

    @property
    def name(self) -> str:
        """As `Backend.name`."""
        return self.backend.name

    @property
    def identity(self) -> str:
        """As `Backend.identity`."""
        return self.backend.identity

    async def sample(
        self,
        prompt: Prompt | str,
        *,
        n: int = 1,
        first: int = 0,
        stop: Sequence[str] | None = None,
        **settings: Any,
    ) -> list[Reply]:
        """The replies to one prompt on n paths from `first` on (0 to n-1), in that order.

        Path 7 of a prompt is the same reply whatever `n` is and whatever else is being asked.
        `settings` are the fields of `GenerationSettings` (`temperature`, `max_tokens`...). Of them
        `stop` None takes the stop texts of the prompt format (`STOP` for plain text; a chat model
        ends its turns itself).

        Raises what went wrong where a path could not be generated, such as `PromptTooLongError`; and
        `ValueError` for settings that make no sense.
        """
        ends = self.backend.stop if stop is None else tuple(stop)
        generation = GenerationSettings(stop=ends, **settings)
        _require_paths(generation, n, first)
        paths = range(first, first + n)
        if isinstance(prompt, Prompt):
            prompt = self._fitted(prompt, generation)
            if self._thinking is not None:
                return await self._thought_out(self._thinking, prompt, generation, paths)
        text, tokens = self._written(prompt)
        request = Request(text, tokens, generation, self.seed, 0, self._shared(prompt, tokens))
        replies = await self._gatherer.ask([replace(request, path=path) for path in paths])
        if first and tokens:  # who asks for path 7 alone has the prompt read for it
            replies[0] = replace(replies[0], prompt_tokens=len(tokens))
        return replies

    async def score(self, prompt: Prompt | str, continuations: Sequence[str]) -> list[Reply]:
        """How likely a model finds each of some texts as what follows a prompt.

        Of each a reply: `logprob` is the natural logarithm of the probability of its tokens,
        summed, and `tokens` their number. Prompt and continuation are read as one text, so where
        a token spans the seam, it counts to the continuation, and for all of them alike. Raises
        `ValueError` where there is nothing to score, `UserError` for a backend that cannot,
        `PromptTooLongError` where both together do not fit into the model's context.
        """
        if not continuations or "" in continuations:
            raise ValueError("at least one continuation is needed, and none may be empty")
        scoring = self._scoring()
        text, tokens = self._opened(scoring, prompt)
        whole = [scoring.given(prompt, continuation) for continuation in continuations]
        cut = min(_common(tokens, one) for one in whole)
        shared = min(self._shared(prompt, tokens), max(cut - 1, 0))
        return await self._gatherer.ask(
            [
                Request(text, tokens[:cut], LIKELIHOOD, 0, path, shared, one[cut:])
                for path, one in enumerate(whole)
            ]
        )

    async def score_after(self, prompts: Sequence[Prompt | str], continuation: str) -> list[Reply]:
        """How likely a model finds the same text after each of several prompts.

        Replies are as those of `score`. The very same tokens are scored after every prompt: those
        in which all the whole texts end. Where in one of them a token spans the seam between prompt
        and continuation and is not the same in all, it counts to the prompts, for all of them alike.
        Raises what `score` raises, and `UserError` where the texts have no token of the
        continuation in common.
        """
        if not prompts or not continuation:
            raise ValueError("at least one prompt is needed, and the continuation may not be empty")
        scoring = self._scoring()
        opened = [self._opened(scoring, prompt) for prompt in prompts]
        whole = [scoring.given(prompt, continuation) for prompt in prompts]
        last = min(_common(one[::-1], other[::-1]) for one in whole for other in whole)
        own = (len(one) - _common(o[1], one) for o, one in zip(opened, whole, strict=True))
        last = min(last, *own)
        if last < 1:
            raise UserError(
                f"{continuation!r} is cut into other tokens after each text: no token is the same"
            )
        return await self._gatherer.ask(
            [
                Request(o[0], one[:-last], LIKELIHOOD, 0, 0, 0, one[-last:])
                for o, one in zip(opened, whole, strict=True)
            ]
        )

    @cached_property
    def _context(self) -> int | None:
        return getattr(self.backend, "context", None)

    @cached_property
    def _thinking(self) -> ThinksFirst | None:
        backend = self.backend
        return backend if isinstance(backend, ThinksFirst) and backend.thinking else None

    async def _thought_out(
        self,
        thinker: ThinksFirst,
        prompt: Prompt,
        generation: GenerationSettings,
        paths: Sequence[int],
    ) -> list[Reply]:
        """Replies behind a thought each: it is generated first, to its end or its limit, and closed.

        A thought belongs to the question and the path, not to the beginning of the answer: stages
        that go on from an earlier reply go on behind the thought of that reply. Where the paths differ
        by other means than sampling (branching, beam search), they have one thought in common.
        """
        settings = self._of_thoughts(thinker, prompt, generation)
        text, tokens = thinker.thought(prompt)
        request = Request(text, tokens, settings, self.seed, 0, self._shared(prompt, tokens))
        own = [0] if settings.greedy else list(paths)
        thoughts = [
            Thought(reply.text.strip(), reply.tokens, reply.finish, reply.seconds, reply.joules)
            for reply in await self._gatherer.ask([replace(request, path=path) for path in own])
        ]
        requests = []
        for place, path in enumerate(paths):
            whole = replace(prompt, thought=thoughts[place % len(thoughts)].text)
            answer_text, answer_tokens = self.backend.prompt(whole)
            shared = self._shared(whole, answer_tokens)
            requests.append(
                Request(answer_text, answer_tokens, generation, self.seed, path, shared)
            )
        replies = await self._gatherer.ask(requests)
        return [
            # the prompt is read once for all its paths; thoughts were generated and not read
            replace(
                reply,
                thought=thoughts[place % len(thoughts)],
                prompt_tokens=0 if place else len(tokens),
            )
            for place, reply in enumerate(replies)
        ]

    def _of_thoughts(
        self, thinker: ThinksFirst, prompt: Prompt, generation: GenerationSettings
    ) -> GenerationSettings:
        """How thoughts are generated where answers are generated with these settings."""
        assert thinker.thinking is not None
        limit = thinker.thinking.tokens
        if self._context is not None:
            left = self._context - len(thinker.thought(prompt)[1]) - generation.max_tokens
            limit = max(1, min(limit, left))
        return replace(
            generation,
            max_tokens=limit,
            stop=(thinker.thinking.end,),
            top_logprobs=0,
            branching=False,
            certainty=False,
            beams=0,
        )

    def _fitted(self, prompt: Prompt, generation: GenerationSettings) -> Prompt:
        """The prompt, without its first worked examples where it would be too long with them."""
        if not self.fit_examples or self._context is None:
            return prompt
        room = self._context - generation.max_tokens
        if self._thinking is not None and self._thinking.thinking is not None:
            room -= self._thinking.thinking.tokens
        whole = prompt
        while len(prompt.examples) > prompt.own and len(self._written(prompt)[1]) > room:
            prompt = replace(prompt, examples=prompt.examples[1:])
        if prompt is not whole:
            self.left_out[hash(whole)] = len(whole.examples) - len(prompt.examples)
        return prompt

    def _scoring(self) -> Scoring:
        if not isinstance(self.backend, Scoring):
            raise UserError(f"{self.name} cannot say how likely a text is: use a local model")
        return self.backend

    def _opened(self, scoring: Scoring, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        """A prompt's text and tokens, also of a source that has tokens for what it scores alone."""
        text, tokens = self.backend.prompt(prompt)
        return text, tokens or scoring.given(prompt, "")

    def _shared(self, prompt: Prompt | str, tokens: Sequence[int]) -> int:
        """How many leading tokens the prompt has in common with any other that shows its examples.

        They end where the prompt begins to differ from one that asks another question. That holds
        for plain text and for any chat template, also where a token spans the seam.
        """
        if isinstance(prompt, str):
            return 0
        examples = prompt.examples[: len(prompt.examples) - prompt.own]
        if examples not in self._examples:
            self._examples[examples] = self.backend.prompt(Prompt(examples, "?"))[1]
        return _common(tokens[:-1], self._examples[examples])


def _require_paths(settings: GenerationSettings, n: int, first: int) -> None:
    """Raises `ValueError` where these settings cannot give the paths `first` to `first + n - 1`."""
    if n < 1:
        raise ValueError(f"n={n}: at least one path must be asked for")
    if first < 0:
        raise ValueError(f"first={first}: paths are numbered from 0")
    if 0 < settings.beams < first + n:
        raise ValueError(
            f"beams={settings.beams}: no {first + n} texts are found; ask for "
            f"{settings.beams} at most"
        )
    if settings.greedy and first + n > 1 and not (settings.branching or settings.beams):
        raise ValueError(
            f"temperature 0 gives the same reply {first + n} times: set n=1 or a temperature"
        )


def _common(ours: Sequence[int], theirs: Sequence[int]) -> int:
    """How many leading tokens two texts have in common."""
    for place, (one, other) in enumerate(zip(ours, theirs, strict=False)):
        if one != other:
            return place
    return min(len(ours), len(theirs))
