"""Runs one column of a comparison: one strategy on all problems of one task with one model."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.catalogue.finding import Found
from harness.errors import RunStoppedError
from harness.models.model import Model
from harness.models.proxy import Proxy
from harness.problem import Chain, Problem, Reply, Thought
from harness.prompt import Prompt
from harness.records.scoring import Cost
from harness.running.progress import Progress

IN_FLIGHT = 512
"""Problems that are worked on at a time, by each copy of a model: enough to fill any batch, few enough to hold."""

Outcome = list[Chain] | Exception

log = logging.getLogger(__name__)


class Meter(Proxy):
    """The model as the strategies of one column see it: passes questions on, adds up the cost.

    A reply that several problems ask for (rationales that the model writes once for all of them) is
    charged once, and so is a prompt whose paths are asked for one by one; a reply that came out of
    the ledger is charged what it once cost. So the cost is that of the column by itself, however
    often the run was interrupted.
    """

    def __init__(self, model: Model | Proxy) -> None:
        super().__init__(model)
        self.cost = Cost()
        self.left_out: dict[int, int] = {}
        """Of each prompt that was too long: how many of its worked examples were left out."""
        self._charged: set[int] = set()

    async def sample(
        self, prompt: Prompt | str, *, n: int = 1, first: int = 0, **settings: Any
    ) -> list[Reply]:
        """As the model's `sample`."""
        replies = await super().sample(prompt, n=n, first=first, **settings)
        if (count := self._model.left_out.get(hash(prompt))) is not None:
            self.left_out[hash(prompt)] = count
        # the hash alone, because a large run asks tens of thousands of long prompts
        question = hash((prompt, repr(sorted(settings.items()))))
        for path, reply in enumerate(replies, first):
            if reply.prompt_tokens and self._new(question):
                self.cost.prompt_tokens += reply.prompt_tokens
            if self._new(hash((question, path))):
                self.cost.calls += 1
                self.cost.generated_tokens += reply.tokens
                self.cost.took(reply)
            if reply.thought is not None:
                self._charge(reply.thought, prompt, settings, path)
        return replies

    def _charge(
        self, thought: Thought, prompt: Prompt | str, settings: Mapping[str, Any], path: int
    ) -> None:
        """Count a thought; all stages that go on from one reply stand behind the same."""
        about = prompt if isinstance(prompt, str) else replace(prompt, lead_in="")
        sampling = [settings.get(name) for name in ("temperature", "top_k", "top_p", "min_p")]
        if self._new(hash(("thought", about, repr(sampling), path if any(sampling) else 0))):
            self.cost.generated_tokens += thought.tokens
            self.cost.thought_tokens += thought.tokens
            self.cost.took(thought)

    def _new(self, charge: int) -> bool:
        charged = charge in self._charged
        self._charged.add(charge)
        return not charged

    async def score(self, prompt: Prompt | str, continuations: Sequence[str]) -> list[Reply]:
        """As the model's `score`. What is scored was read and not generated."""
        return self._read((prompt, *continuations), await super().score(prompt, continuations))

    async def score_after(self, prompts: Sequence[Prompt | str], continuation: str) -> list[Reply]:
        """As the model's `score_after`."""
        return self._read(
            (*prompts, continuation), await super().score_after(prompts, continuation)
        )

    def _read(self, question_texts: tuple[Prompt | str, ...], replies: list[Reply]) -> list[Reply]:
        question = hash(("scored", question_texts))
        if self._new(question):
            self.cost.calls += len(replies)
            for reply in replies:
                self.cost.prompt_tokens += reply.prompt_tokens + reply.tokens
                self.cost.took(reply)
        return replies


class Working:
    """A column on its way: its problems are worked on as `slots` become free, first come, first served.

    Columns that have their slots in common overlap: the last chains of one, which may be few and long,
    run beside the first of the next. Awaits nothing until its `outcomes` are asked for.
    """

    def __init__(
        self,
        strategy: Found,
        problems: Sequence[Problem],
        meter: Meter,
        slots: asyncio.Semaphore | None = None,
    ) -> None:
        self._strategy = strategy
        self._meter = meter
        self._slots = slots or asyncio.Semaphore(IN_FLIGHT)
        self.ended = 0
        """So many problems have ended."""
        self._progress: Progress | None = None
        # a queue, so that an outcome is let go of once it is written: all chains of a run can be
        # gigabytes
        self._waiting = deque(
            (problem, asyncio.create_task(self._work(problem))) for problem in problems
        )

    async def outcomes(self, progress: Progress) -> AsyncGenerator[tuple[Problem, Outcome], None]:
        """What became of every problem, in their order, each as soon as those before it have ended.

        An exception is the outcome of its problem alone. `progress` counts problems as they end,
        in any order, those that end from now on.
        """
        self._progress = progress
        try:
            while self._waiting:
                problem, task = self._waiting[0]
                outcome = await task
                self._waiting.popleft()
                yield problem, outcome
        finally:
            await self.abandon()

    async def abandon(self) -> None:
        """Stop what is still on its way."""
        waiting, self._waiting = self._waiting, deque()
        await _cancel([task for _, task in waiting])

    async def _work(self, problem: Problem) -> Outcome:
        async with self._slots:
            outcome = await solve(self._strategy, problem, self._meter)
        self.ended += 1
        if self._progress is not None:
            self._progress.advance()
        return outcome


async def solve(strategy: Found, problem: Problem, model: Any) -> Outcome:
    """The chains that a strategy makes of one problem, or the exception that it raises.

    Raises `RunStoppedError` where no other problem would have chains either.
    """
    try:
        chains = list(await strategy.function(problem, model, **strategy.options))
        for chain in chains:
            if not isinstance(chain, Chain):
                raise TypeError(
                    f"{strategy.name} returned {chain!r} among its chains: no harness.Chain"
                )
    except RunStoppedError:
        raise  # no other problem would fare better
    except Exception as error:
        log.debug("%s failed on %s", strategy.label, problem.id, exc_info=True)
        return error
    return chains


async def _cancel(tasks: Sequence[asyncio.Task[Outcome]]) -> None:
    for task in tasks:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)
