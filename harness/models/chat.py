"""A tokenizer's chat template: from a prompt to the exact text, with its thoughts and its date."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from functools import cached_property
from types import MappingProxyType
from typing import Any

from harness.errors import UserError
from harness.models.formats import PromptFormat
from harness.models.thoughts import ARGUMENTS, Marks, marks_in
from harness.prompt import Prompt

CODES = "aAbBdHIjmMpSyY"
"""What a template that asks for the day may ask for, as `strftime` names it."""

MARK = "\u2042mark\u2042"
"""A content that no template writes by itself: what stands behind it is the end of its turn."""

QUESTION = [{"role": "user", "content": MARK}]

NONE: Mapping[str, Any] = MappingProxyType({})

Turn = Mapping[str, Any]


class PromptFormatError(UserError):
    """A chat template that refuses a prompt: one system turn too many, turns that do not alternate."""


class ChatTemplate:
    """The chat template of a tokenizer, as a run wants it rendered: the same on every day."""

    def __init__(self, tokenizer: Any, wanted: PromptFormat, name: str) -> None:
        """`name` is the model's, for errors."""
        self._tokenizer = tokenizer
        self._wanted = wanted
        self._name = name
        self._source = tokenizer.get_chat_template()
        self._arguments: dict[str, Any] = dict(wanted.template_args)

    @cached_property
    def marks(self) -> Marks | None:
        """How the model marks its thoughts; None where its template knows none."""
        return marks_in(self._source)

    @cached_property
    def thinks(self) -> bool:
        """Whether the model thinks before it answers.

        On request, or where its template has it so unless told otherwise. Raises `UserError` where
        thoughts are asked for and the template knows none.
        """
        wanted = self._wanted.thinking
        self._check_told(wanted)
        if wanted == "off":
            return False
        if self.marks is None:
            if wanted == "on":
                raise UserError(
                    f"the chat template of {self._name} knows no thoughts: leave out --thinking on"
                )
            return False
        closed = self.marks.closes(self._turns(Prompt((), MARK)))
        if closed and wanted == "on":
            raise UserError(
                f"--thinking on, but with this --system the chat template of {self._name} has no "
                "thoughts: leave one of them out"
            )
        return not closed and (wanted == "on" or self._thinks_by_default(self.marks))

    @cached_property
    def dated(self) -> bool:
        """Whether the template writes a date into prompts."""
        return self._render(QUESTION) != self._render(QUESTION, today=date(1999, 12, 31))

    def write(self, prompt: Prompt) -> str:
        """The whole prompt, with its thought (an empty one where there is none) and its lead-in.

        The lead-in stands behind the opening of the model's turn as text: templates that are given it
        as a turn to be continued put an empty thought before it, or cut it at the end of one.
        """
        text = self._turns(prompt)
        marks = self.marks
        if marks is not None and (self.thinks or self._wanted.thinking == "off"):
            text = self._thought(text, marks, prompt.thought.rstrip())
        elif prompt.lead_in and not prompt.lead_in[0].isspace():
            text += self._gap
        return text + prompt.lead_in

    def open_thought(self, prompt: Prompt) -> str:
        """The prompt up to the beginning of the model's thought, for a model that thinks."""
        assert self.marks is not None
        text = self._turns(prompt)
        return text if self.marks.opens(text) else text + self.marks.opening

    def turn_ends(self) -> list[int]:
        """The tokens with which the template ends the model's turn: the last one, and one before others."""
        turns = [*QUESTION, {"role": "assistant", "content": MARK}, *QUESTION]
        special = {*self._tokenizer.all_special_ids, *self._tokenizer.added_tokens_decoder}
        ends = []
        for turn, messages in enumerate((turns[:2], turns)):
            try:
                text = self._render(messages, generation=False)
            except PromptFormatError:
                continue
            behind = text.split(MARK)[2] if text.count(MARK) > 1 + turn else ""
            tokens = self._tokenizer(behind, add_special_tokens=False)["input_ids"]
            ends += [token for token in tokens if token in special][:1]
        return ends

    def _thought(self, text: str, marks: Marks, thought: str) -> str:
        """The opening of the model's turn with its thought, which is over."""
        if marks.opens(text):
            return text + thought + marks.closing
        if thought:
            return text + marks.opening + thought + marks.closing
        # a template that was told so has closed the thought, or made clear in words that there is none
        told = marks.closes(text) or (self._switches and not self.thinks)
        return text if told else text + marks.none

    def _check_told(self, wanted: str) -> None:
        """Raises `UserError` where an argument of the template says the opposite of what is wanted."""
        name = self._argument
        if name is None or name not in self._arguments or wanted == "auto":
            return
        if bool(self._arguments[name]) != (wanted == "on"):
            raise UserError(
                f"--thinking {wanted} and --template-arg {name}={self._arguments[name]} contradict "
                "each other: leave one of them out"
            )

    def _thinks_by_default(self, marks: Marks) -> bool:
        plain = self._turns(Prompt((), MARK))
        if self._argument in self._arguments:
            return bool(self._arguments[self._argument])
        if self._argument:
            return plain != self._turns(Prompt((), MARK), thinking=False)
        return marks.opens(plain) or marks.end == "<|end|>"

    @cached_property
    def _switches(self) -> bool:
        """Whether the template's argument decides on thoughts, and not what the system prompt says."""
        if self._argument is None:
            return False
        on, off = (self._turns(Prompt((), MARK), thinking=thinking) for thinking in (True, False))
        return on != off

    @cached_property
    def _gap(self) -> str:
        """The white space that the template writes between its opening of the model's turn and a reply.

        Templates that leave it to the model, as the model was taught with it, would else get a lead-in
        without (Mistral's before Tekken, Llama 2's).
        """
        turn = [*QUESTION, {"role": "assistant", "content": MARK}]
        try:
            opening, whole = self._render(QUESTION), self._render(turn, generation=False)
        except PromptFormatError:
            return ""
        before = whole.rpartition(MARK)[0]
        gap = before.removeprefix(opening) if before.startswith(opening) else ""
        return gap if gap.isspace() else ""

    @cached_property
    def _argument(self) -> str | None:
        """The template's argument that tells whether the model is to think."""
        return next((name for name in ARGUMENTS if re.search(rf"\b{name}\b", self._source)), None)

    def _turns(self, prompt: Prompt, *, thinking: bool | None = None) -> str:
        """The prompt up to the opening of the model's turn; `thinking`: told so, instead of as wanted."""
        system = self._wanted.system
        turns = prompt.messages(self._wanted.examples)
        if system is not None:
            turns = [{"role": "system", "content": system}, *turns]
        if thinking is None and self._wanted.thinking != "auto":  # else it is as it is anyway
            thinking = self._wanted.thinking == "on"
        told = {} if self._argument is None or thinking is None else {self._argument: thinking}
        return self._render(turns, arguments=told)

    @cached_property
    def _in_parts(self) -> bool:
        """Whether the template takes contents as lists of parts, and loses them as plain texts."""
        for parts in (False, True):
            try:
                if MARK in self._written(QUESTION, parts=parts):
                    return parts
            except PromptFormatError:
                continue
        return False

    def _render(
        self,
        turns: Sequence[Turn],
        *,
        generation: bool = True,
        today: date | None = None,
        arguments: Mapping[str, Any] = NONE,
    ) -> str:
        return self._written(
            turns, parts=self._in_parts, generation=generation, today=today, arguments=arguments
        )

    def _written(
        self,
        turns: Sequence[Turn],
        *,
        parts: bool,
        generation: bool = True,
        today: date | None = None,
        arguments: Mapping[str, Any] = NONE,
    ) -> str:
        """The template's text, as if it were written on `today`."""
        day = datetime.combine(today or self._wanted.today, time())
        if parts:
            turns = [{**t, "content": [{"type": "text", "text": t["content"]}]} for t in turns]
        try:
            text: str = self._tokenizer.apply_chat_template(
                turns,
                chat_template=_asking(day) + self._source,
                tokenize=False,
                add_generation_prompt=generation,
                **{"date_string": day.strftime("%d %b %Y"), **arguments, **self._arguments},
            )
        except Exception as error:  # templates raise what they like
            raise self._refused(first_line(error), turns) from error
        return text

    def _refused(self, reason: str, turns: Sequence[Turn]) -> PromptFormatError:
        ways = ["--no-chat"]
        if len(turns) > 2:  # worked examples as turns
            ways.append("--examples text")
        if turns[0]["role"] == "system":
            ways.append("no --system")
        return PromptFormatError(
            f"the chat template of {self._name} refuses the prompt ({reason}): "
            f"use {' or '.join(ways)}"
        )


def _asking(day: datetime) -> str:
    """What answers for `day` when the template behind it asks for the time.

    The library answers with today, and lets nobody else answer; but a macro of that name comes first.
    """
    told = {code: day.strftime(f"%{code}") for code in CODES}
    answers = "".join(
        f"|replace('%{code}', {text!r})|replace('%-{code}', {text.lstrip('0')!r})"
        for code, text in told.items()
    )
    return (
        f"{{% macro strftime_now(format) %}}{{{{ format{answers} }}}}{{% endmacro %}}{{{{ '' }}}}"
    )


def without_thought(prompt: Prompt) -> Prompt:
    """What a thought is about: the prompt without the beginning of the answer."""
    return replace(prompt, lead_in="", thought="")


def first_line(error: Exception) -> str:
    """An error's message as one line: the first, or all where that only begins a list; else its kind."""
    text = str(error).strip()
    line = text.partition("\n")[0].rstrip()
    if line.endswith(":"):
        line = " ".join(text.split())
    return line or type(error).__name__
