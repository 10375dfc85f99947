"""Shows what a strategy would ask a model, by letting it ask one that only takes notes."""

from __future__ import annotations

import logging
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from harness.catalogue.finding import Found
from harness.catalogue.marks import require_served
from harness.models.chat import PromptFormatError
from harness.models.proxy import Proxy
from harness.models.scripted import Scripted
from harness.problem import Problem, Reply
from harness.prompt import Prompt, answered, asked
from harness.reading.kinds import KINDS
from harness.records.record import Column
from harness.request import GenerationSettings, ThinksFirst
from harness.running.overriding import NONE, Overriding

SHOWN = 4
"""Prompts of a column that are written down; an ensemble has one for every member."""

log = logging.getLogger(__name__)

LIST = "What has to be known first?\n2. And what then?"
"""What is said where a list of questions was begun, which no worked example answers."""

FAULT = "Yes, it can be said in fewer words."
"""What is said where a mistake is looked for, the first time; then there is none."""

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class Writer(Protocol):
    """The part of a source of replies that turns a prompt into exact text and tokens."""

    @property
    def stop(self) -> tuple[str, ...]:
        """The stop texts of its prompt format."""

    def prompt(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        """The text that the model sees, and its tokens."""


@dataclass(frozen=True, slots=True)
class Question:
    """One prompt as the model would see it, how it would be asked to reply, and the scripted reply.

    `stop` are the texts that it names itself, in place of those of the prompt format. With `given`,
    the model would say how likely these texts are behind the prompt.
    """

    text: str
    tokens: int
    paths: int
    generation: GenerationSettings
    reply: str = ""
    stop: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    def settings(self) -> str:
        """`40 paths, temperature 0.7, top_k 40, at most 256 new tokens`."""
        parts = [f"{self.tokens:,} tokens"] if self.tokens else []
        if self.given:
            return ", ".join([*parts, f"how likely is each of {len(self.given)} texts"])
        how = self.generation
        parts.append("1 path" if self.paths == 1 else f"{self.paths} paths")
        greedy = f"beam search with {how.beams} beams" if how.beams else "greedy"
        parts.append(f"temperature {how.temperature:g}" if how.temperature else greedy)
        parts += [f"top_k {how.top_k}"] if how.top_k else []
        parts += [f"top_p {how.top_p:g}"] if how.top_p < 1 else []
        parts += [f"min_p {how.min_p:g}"] if how.min_p else []
        if how.repetition_penalty != 1:
            parts.append(f"repetition penalty {how.repetition_penalty:g}")
        parts += [f"{len(how.suppressed)} tokens suppressed"] if how.suppressed else []
        parts += ["each from another first token"] if how.branching else []
        parts += ["certainty noted"] if how.certainty else []
        parts += [f"the {how.top_logprobs} likeliest tokens noted"] if how.top_logprobs else []
        parts.append(f"at most {how.max_tokens} new tokens")
        return ", ".join([*parts, *(f"until {stop!r}" for stop in self.stop)])

    def answered(self) -> str:
        """The scripted reply; of texts whose likelihood is asked for, each on a line of its own."""
        return "\n".join(repr(text) for text in self.given) if self.given else self.reply


class Recorder(Proxy):
    """A model that writes down what it is asked, and replies as a worked example would.

    Its replies are right, so that a method which goes on only from right ones shows all its stages; the
    second path's is another example's, so that a method which compares has something to compare.
    To a prompt that shows programs it replies with one, and to a stage that asks for a part of the
    answer, or about it, with that. If `silent`, its replies are empty.
    """

    def __init__(self, writer: Writer, problem: Problem, *, silent: bool = False) -> None:
        super().__init__(Scripted(self._script, likelihood=self._likelihood))
        self.questions: list[Question] = []
        self._writer = writer
        self._known = (problem, *problem.exemplars)
        self._silent = silent
        self._replies: dict[str, list[Reply]] = {}
        self._likelihoods: dict[str, float] = {}

    async def sample(
        self,
        prompt: Prompt | str,
        *,
        n: int = 1,
        first: int = 0,
        stop: Sequence[str] | None = None,
        **settings: Any,
    ) -> list[Reply]:
        """Note the prompt, and give `n` times the reply of a worked example.

        Paths that are asked for one by one are noted as one question.
        """
        text, tokens = self._text(prompt)
        ends = self._writer.stop if stop is None else tuple(stop)
        generation = GenerationSettings(stop=ends, **settings)
        right, other = self._answers(prompt, text)
        self._replies[text] = [
            _noting(other if path == 1 else right, generation.top_logprobs)
            for path in range(first + n)
        ]
        replies = await super().sample(text, n=n, first=first, stop=stop, **settings)
        self._note(
            Question(text, len(tokens), first + n, generation, right, tuple(stop or ())), first
        )
        return replies

    async def score(self, prompt: Prompt | str, continuations: Sequence[str]) -> list[Reply]:
        """Note the prompt and the texts; the first is the likeliest."""
        text = self._compare(prompt, continuations)
        self._likelihoods |= {text + one: -float(place) for place, one in enumerate(continuations)}
        return await super().score(text, continuations)

    async def score_after(self, prompts: Sequence[Prompt | str], continuation: str) -> list[Reply]:
        """Note each prompt with the text; behind the first it is the likeliest."""
        texts = [self._compare(prompt, [continuation]) for prompt in prompts]
        self._likelihoods |= {one + continuation: -float(place) for place, one in enumerate(texts)}
        return await super().score_after(texts, continuation)

    def _script(self, text: str) -> list[Reply]:
        return self._replies[text]

    def _likelihood(self, text: str, continuation: str) -> float:
        return self._likelihoods[text + continuation]

    def _compare(self, prompt: Prompt | str, texts: Sequence[str]) -> str:
        text, tokens = self._text(prompt)
        question = Question(text, len(tokens), len(texts), GenerationSettings(), given=tuple(texts))
        if question not in self.questions:
            self.questions.append(question)
        return text

    def _text(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        """The prompt as the model sees it, with a word in place of what it thinks first."""
        writer = self._writer
        if isinstance(prompt, Prompt) and isinstance(writer, ThinksFirst) and writer.thinking:
            limit = f"{writer.thinking.tokens:,} tokens"
            prompt = replace(prompt, thought=f"[the model's thought, of up to {limit}]")
        text, tokens = writer.prompt(prompt)
        visible = getattr(writer, "visible", None)
        return (text if visible is None else visible(prompt)), tokens

    def _note(self, question: Question, first: int) -> None:
        if first or question.generation.beams:
            for place, earlier in enumerate(self.questions):
                if replace(earlier, paths=question.paths) == question:
                    self.questions[place] = question
                    return
        self.questions.append(question)

    def _answers(self, prompt: Prompt | str, text: str) -> tuple[str, str]:
        """What is right, and what would be for another question."""
        if self._silent:
            return "", ""
        # The question that is put comes last; those of the worked examples stand before it.
        problem = max(self._known, key=lambda known: text.rfind(asked(known)))
        question = text if isinstance(prompt, str) else prompt.question
        staged = self._staged(problem, question, "" if isinstance(prompt, str) else prompt.lead_in)
        if staged is not None:
            return f" {staged}", f" {staged}"
        if any(known.program and known.program.partition("\n")[0] in text for known in self._known):
            program = problem.program or f"answer = {problem.answer!r}"
            if "def solution():" in text:
                body = textwrap.indent(f"{program}\nreturn answer", "    ")
                program = f"def solution():\n{body}"
            return f" {program}", f" {program}"
        others = [one for one in self._known if one.answer != problem.answer] or [problem]
        right, other = [answered(one, rationale=one.rationale) for one in (problem, others[0])]
        if right in question:  # what is in sight is not said again
            right = answered(problem)
        return f" {right}", f" {other}"

    def _staged(self, problem: Problem, question: str, lead_in: str) -> str | None:
        """What is right where a stage asks for less than the whole answer, or about one; else None."""
        closing = answered(problem)
        stated = closing.removeprefix("So ").casefold() in question.casefold()
        if lead_in.endswith("1."):
            return LIST
        if lead_in.endswith(" is"):
            return closing.partition(" is ")[2]
        if lead_in.endswith(" solution"):
            return "1"
        if question.endswith("Is that right?"):
            return KINDS["yes_no"].sentence("yes" if stated else "no")
        if question.endswith("mistake in it?"):
            return "No." if any(FAULT in one.reply for one in self.questions) else FAULT
        for number in NUMBER.finditer(problem.question) if stated else ():
            hidden = f"{problem.question[: number.start()]}X{problem.question[number.end() :]}"
            if hidden in question:
                return KINDS["number"].sentence(number[0])
        return None


def _noting(text: str, top_logprobs: int) -> Reply:
    """A reply with all that can be noted of one, as if its tokens were words, each as sure."""
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    top = (-0.1, *[-5.0] * (top_logprobs - 1)) if top_logprobs else ()
    return Reply(
        text,
        "end",
        len(ends),
        0.0,
        top=(top,) * len(ends) if top else (),
        ends=tuple(ends),
        certainty=float(len(ends)),
    )


async def questions(
    strategy: Found, problem: Problem, writer: Writer, overrides: Mapping[str, Any] = NONE
) -> list[Question]:
    """Every prompt that a strategy makes of a problem, in the order in which it asks.

    `overrides` are settings that a run has in place of the strategy's own.

    Raises `UserError` where it does not serve the kind of answer, or refuses its options.
    """
    require_served(strategy.function, problem)
    recorder = Recorder(writer, problem)
    model = Overriding(recorder, overrides)
    await strategy.function(problem, model, **strategy.options)
    return recorder.questions


def transcript(questions: Sequence[Question]) -> str:
    """All prompts with their settings as headings, each followed by the scripted reply to it."""
    parts = [
        f"--- prompt {number} of {len(questions)}: {question.settings()} ---\n{question.text}\n"
        f"--- {'these texts' if question.given else 'scripted reply'} ---\n{question.answered()}\n"
        for number, question in enumerate(questions, start=1)
    ]
    return "\n".join(parts)


async def example(
    column: Column,
    strategy: Found,
    problem: Problem,
    writer: Writer,
    overrides: Mapping[str, Any] = NONE,
) -> dict[str, Any]:
    """What a column asks of its first problem: an entry of `prompts.json`.

    `question` is the part of each text that another problem replaces; `prompts` are the first few
    of `number`; `generation` are the generation settings of all, by their fields; `scored` says that the
    likelihood of texts is asked for, where it is.
    All are empty where the strategy cannot be shown without a model that replies. Raises
    `PromptFormatError` where the model's chat template refuses a prompt.
    """
    asks: list[Question] = []
    try:
        asks = await questions(strategy, problem, writer, overrides)
    except PromptFormatError:
        raise
    except Exception:  # what it cannot do here it may well do in the run, which matters more
        log.debug("%s cannot be shown on %s", strategy.label, problem.id, exc_info=True)
    settings = [asdict(one.generation) for one in asks if not one.given]
    distinct = [one for place, one in enumerate(settings) if one not in settings[:place]]
    return {
        **column.names(),
        "problem": problem.id,
        "question": asked(problem),
        "number": len(asks),
        "prompts": [{"text": one.text, "settings": one.settings()} for one in asks[:SHOWN]],
        "generation": distinct,
        **({"scored": True} if any(one.given for one in asks) else {}),
    }
