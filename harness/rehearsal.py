"""Tries a strategy up to its first question, to find bad options before a model is loaded."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from harness.declaring import require_served
from harness.errors import UserError
from harness.finding import Found
from harness.models.scripted import Scripted
from harness.problem import Problem, Reply
from harness.prompt import Prompt


async def rehearse(strategy: Found, problem: Problem) -> None:
    """Run `strategy` on `problem` until it has asked a model something, and stop it there.

    Raises the `UserError` with which it refuses its options, exemplars or the kind of answer, and
    one for sampling settings that no model takes. Any other failure is the business of the run, where a problem
    fails alone.
    """
    require_served(strategy.function, problem)
    stage = _Stage()
    playing = asyncio.ensure_future(strategy.function(problem, stage, **strategy.options))
    asked = asyncio.ensure_future(stage.asked.wait())
    try:
        await asyncio.wait([playing, asked], return_when=asyncio.FIRST_COMPLETED)
        if playing.done() and isinstance(error := playing.exception(), UserError):
            raise UserError(f"{strategy.label}: {error}") from error
    finally:
        for task in (playing, asked):
            task.cancel()
            with contextlib.suppress(BaseException):
                await task


class _Stage:
    """A model that has nothing to say, and notes that it was asked."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self._silent = Scripted(lambda text: "", likelihood=lambda text, continuation: 0.0)

    async def sample(self, prompt: Prompt | str, **settings: Any) -> list[Reply]:
        try:
            replies = await self._silent.sample(prompt, **settings)
        except ValueError as error:
            raise UserError(str(error)) from error
        self.asked.set()
        return replies

    async def score(self, prompt: Prompt | str, continuations: Sequence[str]) -> list[Reply]:
        self.asked.set()
        return await self._silent.score(prompt, continuations)

    async def score_after(self, prompts: Sequence[Prompt | str], continuation: str) -> list[Reply]:
        self.asked.set()
        return await self._silent.score_after(prompts, continuation)
