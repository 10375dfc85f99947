"""From prompts to tokens and from tokens to text: a model's tokenizer, without its weights."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.prompt import Prompt

CONTEXT = 8
"""Tokens of the prompt that are decoded before a reply, so that its first is read in context."""


class Tokens:
    """The tokenizer in a folder, and how it writes prompts: plain or with its chat template."""

    ends: frozenset[int]
    """Tokens that end a reply."""

    def __init__(
        self, folder: Path, *, chat: bool | None = None, trust_remote_code: bool = False
    ) -> None:
        """Load it. Raises `UserError` where there is none, or no chat template for `chat=True`."""
        # Imported here because it brings torch with it, which takes seconds.
        from transformers import AutoTokenizer

        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(
                folder, trust_remote_code=trust_remote_code, local_files_only=True
            )
        except Exception as error:  # whatever the library raises for what it finds
            raise UserError(f"no tokenizer could be read from {folder}: {_line(error)}") from error
        template = bool(getattr(self._tokenizer, "chat_template", None))
        if chat and not template:
            raise UserError(f"the tokenizer in {folder} has no chat template: use --no-chat")
        self.chat = template if chat is None else chat
        self.ends = frozenset(_ends(folder, self._tokenizer.eos_token_id))
        # Prompts are tokenised in one thread while replies are decoded in another.
        self._lock = threading.Lock()

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
        goes_on = bool(prompt.lead_in)
        text: str = self._tokenizer.apply_chat_template(
            prompt.messages(),
            tokenize=False,
            add_generation_prompt=not goes_on,
            continue_final_message=goes_on,
        )
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
