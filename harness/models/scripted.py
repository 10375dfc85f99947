"""A model that is a function: for testing strategies without any weights."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from harness.errors import UserError
from harness.models.model import Model
from harness.problem import Finish, Reply
from harness.prompt import STOP, Prompt
from harness.request import ROWS, Request, never

Said = str | Reply | Sequence[str | Reply]
"""What a script says to a prompt: one reply, or one for each path."""


class Scripted:
    """Replies with what `function(prompt text)` returns: a text, or one text for each path.

    Of several texts, path i gets number i, beginning again at the end. Replies are cut at stop
    texts and after `max_tokens`, as a model's are; a token is a word. What the function raises,
    `sample` raises. It can be handed to a strategy as it is, or to a run as its model:

        await self_consistency(problem, Scripted(lambda text: ["The answer is 3."]), paths=5)

    A text that is not enough (for log-probabilities, `top` ones and the like) may be a whole `Reply`,
    which is given as it is. `likelihood(prompt text, continuation)` is the log-probability that
    `score` tells; without it nothing can be scored.

    A function has no content to tell it by, so a ledger takes every `Scripted` for another model,
    unless an `identity` is given.
    """

    stop = STOP

    def __init__(
        self,
        function: Callable[[str], Said],
        *,
        likelihood: Callable[[str, str], float] | None = None,
        name: str = "scripted",
        identity: str | None = None,
    ) -> None:
        self.function = function
        self.likelihood = likelihood
        self.name = name
        self.identity = f"scripted {identity or uuid.uuid4().hex}"
        self._model = Model(self)

    async def sample(
        self,
        prompt: Prompt | str,
        *,
        n: int = 1,
        first: int = 0,
        **settings: Any,
    ) -> list[Reply]:
        """As `Model.sample`; a script's texts have no log-probabilities, its replies what they say."""
        return await self._model.sample(prompt, n=n, first=first, **settings)

    async def score(self, prompt: Prompt | str, continuations: Sequence[str]) -> list[Reply]:
        """As `Model.score`."""
        return await self._model.score(prompt, continuations)

    async def score_after(self, prompts: Sequence[Prompt | str], continuation: str) -> list[Reply]:
        """As `Model.score_after`."""
        return await self._model.score_after(prompts, continuation)

    def prompt(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        """The plain text; there are no tokens."""
        return (prompt if isinstance(prompt, str) else prompt.plain()), ()

    def given(self, prompt: Prompt | str, continuation: str) -> tuple[int, ...]:
        """What is scored has its characters for tokens."""
        if self.likelihood is None:
            raise UserError(f"{self.name} cannot say how likely a text is: give it a likelihood")
        return tuple(map(ord, self.prompt(prompt)[0] + continuation))

    def generate(
        self,
        requests: Sequence[Request],
        *,
        rows: int = ROWS,
        stopped: Callable[[], bool] = never,
    ) -> Iterator[tuple[int, Reply | Exception]]:
        """As `Backend.generate`; the function is asked once for each request."""
        for index, request in enumerate(requests):
            if stopped():
                return
            try:
                yield index, self._reply(request)
            except Exception as error:
                yield index, error

    def describe(self) -> dict[str, object]:
        """For `run.json`."""
        return {"name": self.name, "identity": self.identity, "chat": False}

    def _reply(self, request: Request) -> Reply:
        if request.given:
            return self._scored(request)
        script = self.function(request.text)
        text = script if isinstance(script, str | Reply) else script[request.path % len(script)]
        if isinstance(text, Reply):
            return text
        words = list(re.finditer(r"\S+", text))
        limit = request.settings.max_tokens
        cut = text[: words[limit - 1].end()] if len(words) > limit else text
        stops = [at for stop in request.settings.stop if (at := cut.find(stop)) >= 0]
        prompt_tokens = len(request.text.split()) if request.path == 0 else 0
        if stops:
            kept = cut[: min(stops)]
            return Reply(kept, "stop", len(kept.split()), 0.0, prompt_tokens)
        finish: Finish = "length" if len(words) > limit else "end"
        return Reply(cut, finish, min(len(words), limit), 0.0, prompt_tokens)

    def _scored(self, request: Request) -> Reply:
        assert self.likelihood is not None
        before, text = ("".join(map(chr, part)) for part in (request.tokens, request.given))
        prompt_tokens = len(before.split()) if request.path == 0 else 0
        return Reply(text, "end", len(text.split()), self.likelihood(before, text), prompt_tokens)
