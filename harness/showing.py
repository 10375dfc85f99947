"""Shows what a strategy would ask a model, by letting it ask one that only takes notes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from harness.declaring import require_served
from harness.finding import Found
from harness.problem import Problem, Reply
from harness.prompt import Prompt, answered, asked


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
    scored: str = ""

    def settings(self) -> str:
        """`40 paths, temperature 0.7, top_k 40, at most 256 tokens`."""
        parts = [f"{self.tokens:,} tokens"] if self.tokens else []
        if self.scored:
            return ", ".join([*parts, f"scored: {self.scored!r}"])
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
        temperature: float = 0.0,
        top_k: int = 0,
        top_p: float = 1.0,
        max_tokens: int = 256,
        stop: Sequence[str] | None = None,
        **noted: Any,
    ) -> list[Reply]:
        """Note the prompt, and give `n` times the reply of a worked example."""
        text, tokens = self._writer.prompt(prompt)
        self.questions.append(Question(text, len(tokens), n, temperature, top_k, top_p, max_tokens))
        said = f" {self._answer(text)}"
        return [_noting(said, **noted) for _ in range(n)]

    async def score(self, prompt: Prompt | str, continuations: Sequence[str]) -> list[Reply]:
        """Note the prompt with each of the continuations; the first is the likeliest."""
        return self._compared([(prompt, continuation) for continuation in continuations])

    async def score_after(self, prompts: Sequence[Prompt | str], continuation: str) -> list[Reply]:
        """As `score`."""
        return self._compared([(prompt, continuation) for prompt in prompts])

    def _compared(self, texts: Sequence[tuple[Prompt | str, str]]) -> list[Reply]:
        for prompt, continuation in texts:
            text = self._writer.prompt(prompt)[0] + continuation
            tokens = len(self._writer.prompt(text)[1])
            self.questions.append(Question(text, tokens, 1, 0, 0, 1, 0, continuation))
        return [
            Reply(continuation, "end", 1, -float(place))
            for place, (_, continuation) in enumerate(texts)
        ]

    def _answer(self, text: str) -> str:
        # The question that is put comes last; those of the worked examples stand before it.
        problem = max(self._known, key=lambda known: text.rfind(asked(known)))
        return answered(problem, rationale=problem.rationale)


def _noting(said: str, *, top_logprobs: int = 0, **noted: object) -> Reply:
    """A reply with all that can be noted of one, as if its tokens were words, each as sure."""
    ends = [match.end() for match in re.finditer(r"\S+", said)]
    top = (-0.1, *[-5.0] * (top_logprobs - 1)) if top_logprobs else ()
    return Reply(
        said,
        "end",
        len(ends),
        0.0,
        top=(top,) * len(ends) if top else (),
        ends=tuple(ends),
        certainty=float(len(ends)),
    )


async def questions(strategy: Found, problem: Problem, writer: Writer) -> list[Question]:
    """Every prompt that a strategy makes of a problem, in the order in which it asks.

    Raises `UserError` where it does not serve the kind of answer, or refuses its options.
    """
    require_served(strategy.function, problem)
    recorder = Recorder(writer, problem)
    await strategy.function(problem, recorder, **strategy.options)
    return recorder.questions
