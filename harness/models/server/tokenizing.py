"""Prompts as tokens where no tokenizer was named: by the pages that servers such as vLLM and llama.cpp have for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from harness.errors import UserError
from harness.models.chat import PromptFormatError
from harness.models.formats import PromptFormat
from harness.models.server.errors import ServerRefusedError
from harness.models.server.wire import turns, written
from harness.models.thoughts import MARKS
from harness.prompt import Prompt

Page = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""Posts a body to a page beside OpenAI's, such as `/tokenize`. Raises `ServerRefusedError` where there is none."""

STORY = "Once upon a time"

REMEMBERED = 256
"""So many texts of the chat template are kept: the options of one question stand behind the same one."""


class ServedTokens:
    """A server's own tokenizer, and its chat template, as far as its pages give them."""

    def __init__(
        self, page: Page, model: str, wanted: PromptFormat, template: Mapping[str, Any]
    ) -> None:
        """`template` are arguments for the chat template.

        Raises `ServerRefusedError` where the server has no `/tokenize`, and `UserError` where a chat template is
        asked for and it tells of none, or where the model thinks first: its marks are not known here.
        """
        self._page, self._model, self._wanted = page, model, wanted
        self._arguments = {"chat_template_kwargs": dict(template)} if template else {}
        self._templated = lru_cache(REMEMBERED)(self._rendered)
        self._tokens(STORY, special=True)
        self.chat = wanted.chat is not False and self._has_template()

    def prompt(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        """As `Tokens.prompt`."""
        text, special = self._text(prompt)
        return text, self._tokens(text, special=special)

    def given(self, prompt: Prompt | str, continuation: str) -> tuple[int, ...]:
        """As `Tokens.given`."""
        text, special = self._text(prompt)
        return self._tokens(text + continuation, special=special)

    def _has_template(self) -> bool:
        try:
            text = self._templated(written([{"role": "user", "content": STORY}]))
        except ServerRefusedError as error:
            if self._wanted.chat:
                raise UserError(f"{error}: use --no-chat, or --tokenizer") from None
            return False
        if self._wanted.thinking == "on" or any(marks.opens(text) for marks in MARKS):
            raise UserError(
                f"{self._model} thinks first, and the server does not tell how it marks that: name its "
                "tokenizer with --tokenizer FOLDER|ID, or ask with --api chat"
            )
        return True

    def _text(self, prompt: Prompt | str) -> tuple[str, bool]:
        """The text of a prompt, and whether the tokenizer adds special tokens to it."""
        if isinstance(prompt, str):
            return prompt, True
        system = self._wanted.system
        if not self.chat:
            return ("" if system is None else f"{system}\n\n") + prompt.plain(), True
        first = [] if system is None else [{"role": "system", "content": system}]
        try:
            text = self._templated(written([*first, *prompt.messages(self._wanted.examples)]))
        except ServerRefusedError as error:
            raise PromptFormatError(
                f"the server's chat template refuses the prompt: {error}"
            ) from None
        return text + prompt.lead_in, False

    def _rendered(self, messages: str) -> str:
        """The text that the chat template makes of turns, up to the opening of the model's."""
        asked = {"messages": turns(messages), "add_generation_prompt": True, **self._arguments}
        try:  # llama.cpp has a page for the text; others give its tokens
            text = self._page("/apply-template", asked).get("prompt")
            if isinstance(text, str):
                return text
        except ServerRefusedError:
            pass
        tokens = self._ids({**asked, "add_special_tokens": False})
        body = {"model": self._model, "tokens": list(tokens)}
        text = self._page("/detokenize", body).get("prompt")
        if not isinstance(text, str) or self._tokens(text, special=False) != tokens:
            raise UserError(
                f"the server's own text of a prompt for {self._model} is not that of its tokens: name the "
                "tokenizer with --tokenizer FOLDER|ID"
            )
        return text

    def _tokens(self, text: str, *, special: bool) -> tuple[int, ...]:
        return self._ids(
            # the first two as vLLM and SGLang have them, the others as llama.cpp does
            {"prompt": text, "add_special_tokens": special}
            | {"content": text, "add_special": special, "parse_special": True}
        )

    def _ids(self, body: Mapping[str, Any]) -> tuple[int, ...]:
        found = self._page("/tokenize", {"model": self._model, **body}).get("tokens")
        if not isinstance(found, list) or not all(isinstance(one, int) for one in found):
            raise ServerRefusedError("the server's /tokenize gives no list of tokens")
        return tuple(found)
