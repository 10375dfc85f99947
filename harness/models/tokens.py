"""From prompts to tokens and from tokens to text: a model's tokenizer, without its weights."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.models.chat import ChatTemplate, first_line, without_thought
from harness.models.content import check
from harness.models.content import ends as ends_of
from harness.models.folder import TOKENIZERS, Files
from harness.models.formats import AS_TAUGHT, PromptFormat
from harness.models.gguf_file import read_once
from harness.models.thoughts import SIGNS
from harness.prompt import Prompt

CONTEXT = 8
"""Tokens of the prompt that are decoded before a reply, so that its first is read in context."""


class Tokens:
    """The tokenizer in a folder, and how it writes prompts: plain or with its chat template."""

    ends: frozenset[int]
    """Tokens that end a reply."""

    chat: bool
    """Whether prompts are written with the chat template."""

    reason: str
    """Why this format was chosen, as half a sentence."""

    thinks: bool
    """Whether the model thinks before it answers."""

    def __init__(
        self,
        source: Files | Path,
        wanted: PromptFormat = AS_TAUGHT,
        *,
        trust_remote_code: bool = False,
    ) -> None:
        """Load it, from a model's files or from a folder.

        Where the format leaves open whether to chat, the chat template is taken if the model was
        taught to end its turns with the token that the template ends them with: base models, too,
        come with templates. Raises `UserError` where there is no tokenizer, or no chat template for
        a format that asks for one, or for thoughts where there are none.
        """
        # Imported here because it brings torch with it, which takes seconds.
        from transformers import AutoTokenizer

        files = source if isinstance(source, Files) else Files(source)
        folder, gguf = files.tokenizer, files.gguf
        check(files)
        if gguf is None and not any((folder / name).exists() for name in TOKENIZERS):
            raise UserError(
                f"{folder} holds no tokenizer: put tokenizer.json and tokenizer_config.json there, as "
                "`save_pretrained` of the tokenizer writes them"
            )
        try:
            with read_once(files):
                self._tokenizer: Any = AutoTokenizer.from_pretrained(
                    folder,
                    trust_remote_code=trust_remote_code,
                    local_files_only=True,
                    **({"gguf_file": gguf} if gguf else {}),
                )
        except Exception as error:  # whatever the library raises for what it finds
            raise UserError(
                f"no tokenizer could be read from {folder}: {first_line(error)}"
            ) from error
        self._wanted = wanted
        chat = wanted.chat
        template = bool(getattr(self._tokenizer, "chat_template", None))
        if chat and not template:
            raise UserError(f"the tokenizer in {folder} has no chat template: use --no-chat")
        # Prompts are tokenised in one thread while replies are decoded in another.
        self._lock = threading.Lock()
        own = self._tokenizer.eos_token_id
        ends = frozenset(ends_of(files) | (set() if own is None else {own}))
        self._template: ChatTemplate | None = None
        turn: list[int] = []
        if template and chat is not False:
            self._template = ChatTemplate(self._tokenizer, wanted, Path(gguf or folder.name).stem)
            turn = self._template.turn_ends()
        self.chat, self.reason = self._format(chat, template, turn, ends)
        self.ends = ends | frozenset(turn[:1] if self.chat else ())
        if not self.chat:
            self._template = None
        if wanted.thinking == "on" and self._template is None:
            raise UserError(
                f"{folder.name} gets plain text, because {self.reason}: it has no thoughts"
            )
        self.thinks = self._template is not None and self._template.thinks
        special = self._tokenizer.added_tokens_decoder
        self._silent = frozenset(
            token
            for token in {*self._tokenizer.all_special_ids, *special}
            if (token not in special or special[token].special)
            and self._tokenizer.convert_ids_to_tokens(token) not in SIGNS
        )

    @cached_property
    def closing(self) -> tuple[int, ...]:
        """The end token, where the tokenizer writes it behind every text; prompts are without it."""
        whole = self._encode("?", special=True)
        return whole[-1:] if whole[-1] == self._tokenizer.eos_token_id else ()

    @cached_property
    def dated(self) -> bool:
        """Whether the chat template writes a date into prompts."""
        return self._template is not None and self._template.dated

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

    def prompt(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        """The exact text and tokens of a prompt; a string is taken as it is, as plain text.

        A plain text gets the special tokens that the tokenizer adds (a first token, for many
        models); a chat template writes them itself.
        """
        text, special = self._text(prompt)
        return text, self._opened(text, special=special)

    def thought(self, prompt: Prompt) -> tuple[str, tuple[int, ...]]:
        """The exact text and tokens of a prompt up to the beginning of the model's thought."""
        assert self._template is not None
        text = self._template.open_thought(without_thought(prompt))
        return text, self._encode(text, special=False)

    @property
    def thought_end(self) -> str:
        """The text with which the model ends a thought."""
        assert self._template is not None
        assert self._template.marks is not None
        return self._template.marks.end

    def visible(self, prompt: Prompt | str) -> str:
        """A prompt as text in which the special tokens that the tokenizer adds can be seen."""
        text, tokens = self.prompt(prompt)
        added = self._encode(text, special=False)
        start = next((at for at in range(len(tokens)) if tokens[at:] == added), 0)
        return "".join(self._tokenizer.convert_ids_to_tokens(list(tokens[:start]))) + text

    def written(self, token: int) -> str:
        """How the tokenizer writes one token, a special one too."""
        text: str = self._tokenizer.convert_ids_to_tokens(token)
        return text

    def given(self, prompt: Prompt | str, continuation: str) -> tuple[int, ...]:
        """The tokens of a prompt and what comes after it, read as one text."""
        text, special = self._text(prompt)
        return self._opened(text + continuation, special=special)

    def _text(self, prompt: Prompt | str) -> tuple[str, bool]:
        """The text of a prompt, and whether the tokenizer adds special tokens to it."""
        if isinstance(prompt, str):
            return prompt, True
        if self._template is not None:
            return self._template.write(prompt), False
        system = self._wanted.system
        return ("" if system is None else f"{system}\n\n") + prompt.plain(), True

    def _opened(self, text: str, *, special: bool) -> tuple[int, ...]:
        tokens = self._encode(text, special=special)
        if special and len(tokens) > 1 and tokens[-1] == self._tokenizer.eos_token_id:
            tokens = tokens[:-1]  # some tokenizers close each text, but this one is to be continued
        return tokens

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens on their own, without special tokens but those around thoughts."""
        spoken = [token for token in tokens if token not in self._silent]
        with self._lock:
            text: str = self._tokenizer.decode(
                spoken, skip_special_tokens=False, clean_up_tokenization_spaces=False
            )
        return text

    def continuation(self, prompt: Sequence[int], tokens: Sequence[int]) -> str:
        """The text that `tokens` add to a prompt, a space at its beginning included.

        Decoded on its own, a text loses that space with many tokenizers.
        """
        context = list(prompt[-CONTEXT:])
        before, whole = self.decode(context), self.decode([*context, *tokens])
        return whole[len(before) :] if whole.startswith(before) else self.decode(tokens)

    def _encode(self, text: str, *, special: bool) -> tuple[int, ...]:
        with self._lock:
            return tuple(self._tokenizer(text, add_special_tokens=special)["input_ids"])
