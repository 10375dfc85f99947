"""From prompts to tokens and from tokens to text: a model's tokenizer, without its weights."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.prompt import Prompt

CONTEXT = 8
"""Tokens of the prompt that are decoded before a reply, so that its first is read in context."""


DATE = date(2024, 7, 26)
"""What a chat template that writes today's date is told, so that a prompt is the same tomorrow.

The date is the one that Llama 3's own template falls back to."""

NOW = re.compile(r"""strftime_now\(\s*(?P<quote>["'])(?P<format>.*?)(?P=quote)\s*\)""")
"""How a template asks for the day. Its text is changed, since the library lets nobody else answer."""

MARK = "\u2042mark\u2042"
"""A content that no template writes by itself: what stands behind it is the end of its turn."""


class PromptFormatError(UserError):
    """A chat template that refuses a prompt: one system turn too many, turns that do not alternate."""


class Tokens:
    """The tokenizer in a folder, and how it writes prompts: plain or with its chat template."""

    ends: frozenset[int]
    """Tokens that end a reply."""

    chat: bool
    """Whether prompts are written with the chat template."""

    reason: str
    """Why this format was chosen, as half a sentence."""

    def __init__(
        self,
        folder: Path,
        *,
        chat: bool | None = None,
        trust_remote_code: bool = False,
        today: date = DATE,
    ) -> None:
        """Load it. Raises `UserError` where there is none, or no chat template for `chat=True`.

        `chat` None takes the chat template where the model was taught to end its turns with the
        token that the template ends them with: base models, too, come with templates. `today` is
        the date that a template may write.
        """
        # Imported here because it brings torch with it, which takes seconds.
        from transformers import AutoTokenizer

        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(
                folder, trust_remote_code=trust_remote_code, local_files_only=True
            )
        except Exception as error:  # whatever the library raises for what it finds
            raise UserError(f"no tokenizer could be read from {folder}: {_line(error)}") from error
        self._name = folder.name
        self._today = today
        template = bool(getattr(self._tokenizer, "chat_template", None))
        if chat and not template:
            raise UserError(f"the tokenizer in {folder} has no chat template: use --no-chat")
        # Prompts are tokenised in one thread while replies are decoded in another.
        self._lock = threading.Lock()
        ends = frozenset(_ends(folder, self._tokenizer.eos_token_id))
        turn = self._turn_ends() if template and chat is not False else []
        self.chat, self.reason = self._format(chat, template, turn, ends)
        self.ends = ends | frozenset(turn[:1] if self.chat else ())

    @cached_property
    def closing(self) -> tuple[int, ...]:
        """The end token, where the tokenizer writes it behind every text; prompts are without it."""
        whole = self._encode("?", special=True)
        return whole[-1:] if whole[-1] == self._tokenizer.eos_token_id else ()

    @cached_property
    def dated(self) -> bool:
        """Whether the chat template writes a date into prompts."""
        question = [{"role": "user", "content": "?"}]
        return self.chat and self._render(question) != self._render(question, date(1999, 12, 31))

    def _format(
        self, chat: bool | None, template: bool, turn: Sequence[int], ends: frozenset[int]
    ) -> tuple[bool, str]:
        if chat is not None:
            return chat, "as asked for with --chat" if chat else "as asked for with --no-chat"
        if not template:
            return False, "its tokenizer has no chat template"
        if not turn:
            return False, "no token was found with which its chat template ends a turn"
        written = self._tokenizer.convert_ids_to_tokens(turn[0])
        if not ends.intersection(turn):
            return (
                False,
                f"it was not taught to end with {written}, as its chat template ends a turn",
            )
        return True, f"it was taught to end a turn with {written}"

    def _turn_ends(self) -> list[int]:
        """The tokens with which the template ends the model's turn: the last one, and one before others."""
        turns = [
            {"role": "user", "content": "?"},
            {"role": "assistant", "content": MARK},
            {"role": "user", "content": "?"},
        ]
        special = {*self._tokenizer.all_special_ids, *self._tokenizer.added_tokens_decoder}
        ends = []
        for messages in (turns[:2], turns):
            try:
                text = self._render(messages, generation=False)
            except PromptFormatError:
                continue
            behind = self._encode(text.rpartition(MARK)[2], special=False)
            ends += [token for token in behind if token in special][:1]
        return ends

    def prompt(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        """The exact text and tokens of a prompt; a string is taken as it is, as plain text.

        A plain text gets the special tokens that the tokenizer adds (a first token, for many
        models); a chat template writes them itself.
        """
        text, special = self._text(prompt)
        return text, self._opened(text, special=special)

    def given(self, prompt: Prompt | str, continuation: str) -> tuple[int, ...]:
        """The tokens of a prompt and what comes after it, read as one text."""
        text, special = self._text(prompt)
        return self._opened(text + continuation, special=special)

    def _text(self, prompt: Prompt | str) -> tuple[str, bool]:
        """The text of a prompt, and whether the tokenizer adds special tokens to it."""
        if self.chat and not isinstance(prompt, str):
            return self._turns(prompt), False
        return (prompt if isinstance(prompt, str) else prompt.plain()), True

    def _opened(self, text: str, *, special: bool) -> tuple[int, ...]:
        tokens = self._encode(text, special=special)
        if special and len(tokens) > 1 and tokens[-1] == self._tokenizer.eos_token_id:
            tokens = tokens[:-1]  # some tokenizers close each text, but this one is to be continued
        return tokens

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens on their own, without special tokens."""
        with self._lock:
            text: str = self._tokenizer.decode(
                list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        return text

    def continuation(self, prompt: Sequence[int], tokens: Sequence[int]) -> str:
        """The text that `tokens` add to a prompt, a space at its beginning included.

        Decoded on its own, a text loses that space with many tokenizers.
        """
        context = list(prompt[-CONTEXT:])
        before, whole = self.decode(context), self.decode([*context, *tokens])
        return whole[len(before) :] if whole.startswith(before) else self.decode(tokens)

    def _turns(self, prompt: Prompt) -> str:
        # The lead-in stands behind the opening of the model's turn as text: templates that are given it
        # as a turn to be continued put an empty thought before it, or cut it at the end of one.
        return self._render(replace(prompt, lead_in="").messages()) + prompt.lead_in

    def _render(
        self,
        messages: Sequence[Mapping[str, str]],
        today: date | None = None,
        *,
        generation: bool = True,
    ) -> str:
        """The template's text, as if it were written on `today`."""
        day = datetime.combine(today or self._today, time())
        try:
            text: str = self._tokenizer.apply_chat_template(
                messages,
                chat_template=NOW.sub(
                    lambda call: json.dumps(day.strftime(call["format"])),
                    self._tokenizer.get_chat_template(),
                ),
                tokenize=False,
                add_generation_prompt=generation,
                date_string=day.strftime("%d %b %Y"),
            )
        except Exception as error:  # templates raise what they like
            raise PromptFormatError(
                f"the chat template of {self._name} refuses the prompt ({_line(error)}): "
                "use --no-chat"
            ) from error
        return text

    def _encode(self, text: str, *, special: bool) -> tuple[int, ...]:
        with self._lock:
            return tuple(self._tokenizer(text, add_special_tokens=special)["input_ids"])


def _ends(folder: Path, own: int | None) -> Iterator[int]:
    """The tokenizer's end token, and those that the model's settings name beside it.

    A chat model often ends its turn with another token than the one that ends a document.
    """
    if own is not None:
        yield own
    for name in ("config.json", "generation_config.json"):
        path = folder / name
        if path.exists():
            ends = json.loads(path.read_text(encoding="utf-8")).get("eos_token_id")
            yield from ends if isinstance(ends, list) else [] if ends is None else [ends]


def _line(error: Exception) -> str:
    """The first line of an error's message."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
