"""Tries a strategy on a model with nothing to say, to find bad options before a model is loaded."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

from harness.catalogue.finding import Found
from harness.catalogue.marks import require_served
from harness.errors import UserError
from harness.models.proxy import Proxy
from harness.models.scripted import Scripted
from harness.problem import Problem, Reply
from harness.prompt import Prompt
from harness.running.overriding import NONE, Overriding

QUESTIONS = 100
"""So many questions are heard: the paths of a first stage, and what a second would ask."""


SILENCE = Reply("", "end", 0, 0.0)
UNWEIGHED = Reply(" Well.", "end", 1, math.nan)


async def rehearse(
    strategy: Found,
    problem: Problem,
    overrides: Mapping[str, Any] = NONE,
    *,
    logprobs: bool = True,
) -> None:
    """Run `strategy` on `problem` until it ends or has asked 100 questions, all met with silence.

    `overrides` are settings that the run has in place of the strategy's own. Without `logprobs` a
    reply is a word whose log-probability is not known, as a server's may be.
    Raises the `UserError` with which it refuses its options, exemplars or the kind of answer, and one
    for sampling settings that no model takes, in whatever stage. Any other failure is the business
    of the run, where a problem fails alone: a model that says something may avoid it.
    """
    require_served(strategy.function, problem)
    stage = _Stage(SILENCE if logprobs else UNWEIGHED)
    model = Overriding(stage, overrides)
    playing = asyncio.ensure_future(strategy.function(problem, model, **strategy.options))
    over = asyncio.ensure_future(stage.over.wait())
    try:
        await asyncio.wait([playing, over], return_when=asyncio.FIRST_COMPLETED)
        error = playing.exception() if playing.done() else None
        refused = stage.refused or error
        if isinstance(refused, UserError):
            raise UserError(f"{strategy.label}: {refused}") from refused
    finally:
        for task in (playing, over):
            task.cancel()
            with contextlib.suppress(BaseException):
                await task


class _Stage(Proxy):
    """A model that has nothing to say, and notes what it cannot be asked."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(Scripted(lambda text: reply, likelihood=lambda text, continuation: 0.0))
        self.questions = 0
        self.over = asyncio.Event()
        self.refused: UserError | None = None

    async def sample(
        self, prompt: Prompt | str, *, n: int = 1, first: int = 0, **settings: Any
    ) -> list[Reply]:
        await self._count()
        try:
            return await super().sample(prompt, n=n, first=first, **settings)
        except ValueError as error:
            self.refused = UserError(str(error))
            raise self.refused from error

    async def score(self, prompt: Prompt | str, continuations: Sequence[str]) -> list[Reply]:
        await self._count()
        return await super().score(prompt, continuations)

    async def score_after(self, prompts: Sequence[Prompt | str], continuation: str) -> list[Reply]:
        await self._count()
        return await super().score_after(prompts, continuation)

    async def _count(self) -> None:
        if self.questions == QUESTIONS:
            self.over.set()
            await asyncio.Event().wait()
        self.questions += 1
