"""Shows what a strategy would ask a model, by letting it ask one that only takes notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.declaring import require_served
from harness.finding import Found
from harness.problem import Problem, Reply
from harness.prompt import Prompt, answered, asked

LIST = "What has to be known first?\n2. And what then?"
"""What is said where a list of questions was begun, which no worked example answers."""


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

    Its replies are right, so that a method which goes on only from right ones shows all its stages; of
    several the last is another example's, so that a method which compares them has something to compare.
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
    ) -> list[Reply]:
        """Note the prompt, and give `n` times the reply of a worked example."""
        text, tokens = self._writer.prompt(prompt)
        self.questions.append(Question(text, len(tokens), n, temperature, top_k, top_p, max_tokens))
        right, other = self._answers(text)
        replies = [right] if n == 1 else [right] * (n - 1) + [other]
        return [Reply(f" {said}", "end", len(said.split()), 0.0) for said in replies]

    def _answers(self, text: str) -> tuple[str, str]:
        """What is right, and what would be for another question."""
        if text.endswith("\nA: 1."):
            return LIST, LIST
        # The question that is put comes last; those of the worked examples stand before it.
        problem = max(self._known, key=lambda known: text.rfind(asked(known)))
        others = [one for one in self._known if one.answer != problem.answer] or [problem]
        right, other = [answered(one, rationale=one.rationale) for one in (problem, others[0])]
        return right, other


async def questions(strategy: Found, problem: Problem, writer: Writer) -> list[Question]:
    """Every prompt that a strategy makes of a problem, in the order in which it asks.

    Raises `UserError` where it does not serve the kind of answer, or refuses its options.
    """
    require_served(strategy.function, problem)
    recorder = Recorder(writer, problem)
    await strategy.function(problem, recorder, **strategy.options)
    return recorder.questions
