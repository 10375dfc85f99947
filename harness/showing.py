"""Shows what a strategy would ask a model, by letting it ask one that only takes notes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from harness.finding import Found
from harness.problem import Problem, Reply
from harness.prompt import Prompt, answered, asked
from harness.record import Column

SHOWN = 4
"""Prompts of a column that are written down; an ensemble has one for every member."""

log = logging.getLogger(__name__)


class Writer(Protocol):
    """The part of a source of replies that turns a prompt into exact text and tokens."""

    def prompt(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        """The text that the model sees, and its tokens."""


@dataclass(frozen=True, slots=True)
class Question:
    """One prompt as the model would see it, and how it would be asked to reply."""

    text: str
    tokens: int
    paths: int
    temperature: float
    top_k: int
    top_p: float
    max_tokens: int

    def settings(self) -> str:
        """`40 paths, temperature 0.7, top_k 40, at most 256 tokens`."""
        parts = [f"{self.tokens:,} tokens"] if self.tokens else []
        parts.append("1 path" if self.paths == 1 else f"{self.paths} paths")
        parts.append(f"temperature {self.temperature:g}" if self.temperature else "greedy")
        parts += [f"top_k {self.top_k}"] if self.top_k else []
        parts += [f"top_p {self.top_p:g}"] if self.top_p < 1 else []
        return ", ".join([*parts, f"at most {self.max_tokens} new tokens"])


class Recorder:
    """A model that writes down what it is asked, and replies as a worked example would.

    Its replies are right, so that a method which goes on only from right ones shows all its stages.
    """

    def __init__(self, writer: Writer, problem: Problem) -> None:
        self.questions: list[Question] = []
        self._writer = writer
        self._known = (problem, *problem.exemplars)

    async def sample(
        self,
        prompt: Prompt | str,
        *,
        n: int = 1,
        first: int = 0,
        temperature: float = 0.0,
        top_k: int = 0,
        top_p: float = 1.0,
        max_tokens: int = 256,
        stop: Sequence[str] | None = None,
    ) -> list[Reply]:
        """Note the prompt, and give `n` times the reply of a worked example.

        Paths that are asked for one by one are noted as one question.
        """
        text, tokens = self._writer.prompt(prompt)
        settings = (temperature, top_k, top_p, max_tokens)
        self._note(Question(text, len(tokens), first + n, *settings), first)
        said = f" {self._answer(text)}"
        return [Reply(said, "end", len(said.split()), 0.0) for _ in range(n)]

    def _note(self, asked: Question, first: int) -> None:
        if first:
            for place, earlier in enumerate(self.questions):
                if replace(earlier, paths=asked.paths) == asked:
                    self.questions[place] = asked
                    return
        self.questions.append(asked)

    def _answer(self, text: str) -> str:
        # The question that is put comes last; those of the worked examples stand before it.
        problem = max(self._known, key=lambda known: text.rfind(asked(known)))
        return answered(problem, rationale=problem.rationale)


async def questions(strategy: Found, problem: Problem, writer: Writer) -> list[Question]:
    """Every prompt that a strategy makes of a problem, in the order in which it asks."""
    recorder = Recorder(writer, problem)
    await strategy.function(problem, recorder, **strategy.options)
    return recorder.questions


async def example(
    column: Column, strategy: Found, problem: Problem, writer: Writer
) -> dict[str, Any]:
    """What a column asks of its first problem: an entry of `prompts.json`.

    `question` is the part of each text that another problem replaces; `prompts` are the first few,
    of `number`. Both are empty where the strategy cannot be shown without a model that replies.
    """
    asks: list[Question] = []
    try:
        asks = await questions(strategy, problem, writer)
    except Exception:  # what it cannot do here it may well do in the run, which matters more
        log.debug("%s cannot be shown on %s", strategy.label, problem.id, exc_info=True)
    return {
        **column.names(),
        "problem": problem.id,
        "question": asked(problem),
        "number": len(asks),
        "prompts": [{"text": one.text, "settings": one.settings()} for one in asks[:SHOWN]],
    }
