"""A tokenizer's chat template: from a prompt to the exact text, with its thoughts and its date."""

from __future__ import annotations

import json
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

NOW = re.compile(r"""strftime_now\(\s*(?P<quote>["'])(?P<format>.*?)(?P=quote)\s*\)""")
"""How a template asks for the day. Its text is changed, since the library lets nobody else answer."""

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
        if self._wanted.thinking == "off":
            return False
        if self.marks is None:
            if self._wanted.thinking == "on":
                raise UserError(
                    f"the chat template of {self._name} knows no thoughts: leave out --thinking on"
                )
            return False
        return self._wanted.thinking == "on" or self._thinks_by_default(self.marks)

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
        return text if self._argument and not self.thinks else text + marks.none

    def _thinks_by_default(self, marks: Marks) -> bool:
        plain = self._render(QUESTION)
        if self._argument:
            return plain != self._render(QUESTION, arguments={self._argument: False})
        return marks.opens(plain) or marks.end == "<|end|>"

    @cached_property
    def _argument(self) -> str | None:
        """The template's argument that tells whether the model is to think."""
        return next((name for name in ARGUMENTS if re.search(rf"\b{name}\b", self._source)), None)

    def _turns(self, prompt: Prompt) -> str:
        system = self._wanted.system
        turns = prompt.messages(self._wanted.examples)
        if system is not None:
            turns = [{"role": "system", "content": system}, *turns]
        told = {} if self._argument is None or not self._told else {self._argument: self.thinks}
        return self._render(turns, arguments=told)

    @property
    def _told(self) -> bool:
        """Whether the template is told to think or not: where that is not as it is anyway."""
        return self._wanted.thinking != "auto"

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
                chat_template=NOW.sub(
                    lambda call: json.dumps(day.strftime(call["format"])), self._source
                ),
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


def without_thought(prompt: Prompt) -> Prompt:
    """What a thought is about: the prompt without the beginning of the answer."""
    return replace(prompt, lead_in="", thought="")


def first_line(error: Exception) -> str:
    """The first line of an error's message, or its kind where it has none."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
