"""A model that stands before another and passes every question on: what changes one thing builds on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.problem import Reply
from harness.prompt import Prompt


class Proxy:
    """Answers as the model behind it does. A subclass overrides what it changes, counts or notes."""

    def __init__(self, model: Any) -> None:
        self._model = model

    async def sample(
        self, prompt: Prompt | str, *, n: int = 1, first: int = 0, **settings: Any
    ) -> list[Reply]:
        """As `Model.sample`."""
        replies: list[Reply] = await self._model.sample(prompt, n=n, first=first, **settings)
        return replies

    async def score(self, prompt: Prompt | str, continuations: Sequence[str]) -> list[Reply]:
        """As `Model.score`."""
        replies: list[Reply] = await self._model.score(prompt, continuations)
        return replies

    async def score_after(self, prompts: Sequence[Prompt | str], continuation: str) -> list[Reply]:
        """As `Model.score_after`."""
        replies: list[Reply] = await self._model.score_after(prompts, continuation)
        return replies

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)
