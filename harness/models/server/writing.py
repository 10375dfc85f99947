"""How prompts are written for a server: with the model's tokenizer, here, or as turns for the server to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.models import content
from harness.models.chat import PromptFormatError
from harness.models.folder import Files, find, here, split
from harness.models.formats import PromptFormat
from harness.models.server.tokenizing import ServedTokens
from harness.models.server.wire import Api, written
from harness.models.tokens import Tokens
from harness.prompt import Prompt


class Writing:
    """Writes prompts as a run wants them, for completions or for chat completions."""

    def __init__(
        self,
        wanted: PromptFormat,
        tokenizer: str | None,
        *,
        revision: str | None = None,
        trust_remote_code: bool = False,
        served: Callable[[], ServedTokens | None] = lambda: None,
    ) -> None:
        """`tokenizer` is a folder, a GGUF file or an id on the hub; without it `served` gives the server's own."""
        self.wanted = wanted
        self._served = served
        self._source = None if tokenizer is None else split(tokenizer)
        self._revision = revision
        self._trusted = trust_remote_code
        if self._source is not None and not self._alone:
            here(*self._source)

    @property
    def _alone(self) -> bool:
        """Whether the tokenizer is in a folder that need not hold a model."""
        assert self._source is not None
        return (Path(self._source[0]).expanduser() / "tokenizer_config.json").exists()

    @cached_property
    def files(self) -> Files | None:
        """Where the tokenizer is."""
        if self._source is None:
            return None
        folder, gguf = self._source
        if self._alone:
            return Files(Path(folder).expanduser(), gguf)
        return find(folder, weights=False, revision=self._revision, code=self._trusted, gguf=gguf)

    @cached_property
    def tokens(self) -> Tokens | None:
        """The tokenizer; None where none was named."""
        if self.files is None:
            return None
        return Tokens(self.files, self.wanted, trust_remote_code=self._trusted)

    def reader(self, api: Api) -> Tokens | ServedTokens | None:
        """What makes tokens of a text: the tokenizer, or over completions the server's own where it gives it."""
        return self.tokens if self.tokens is not None or api == "chat" else self._served()

    def digest(self, api: Api) -> str:
        """Of all that decides how a prompt is written here."""
        if self.tokens is None and (served := self.reader(api)):
            return f"the server's, {'chat' if served.chat else 'plain'} {self.template()}"
        date = self.wanted.today.isoformat() if self.tokens and self.tokens.dated else ""
        return f"{content.tokenizer_digest(self.files)} {date}" if self.files else ""

    def chats(self, api: Api) -> bool:
        """Whether the model is asked in turns."""
        reader = self.reader(api)
        return api == "chat" or (reader is not None and reader.chat)

    def template(self) -> Mapping[str, Any]:
        """Arguments for the chat template of the server, which writes the turns."""
        thinks = {"on": {"enable_thinking": True}, "off": {"enable_thinking": False}}
        return {**thinks.get(self.wanted.thinking, {}), **self.wanted.template_args}

    def prompt(
        self, prompt: Prompt | str, api: Api, goes_on: Callable[[], bool]
    ) -> tuple[str, tuple[int, ...]]:
        """The text of a request, and its tokens where they are known.

        For chat completions the text is the turns, as JSON. `goes_on` says whether the server goes on with a
        turn that is begun. Raises `PromptFormatError` where it does not and the prompt begins one.
        """
        if api == "chat":
            return self._turns(prompt, goes_on), ()
        if (reader := self.reader(api)) is not None:
            return reader.prompt(prompt)
        if isinstance(prompt, str):
            return prompt, ()
        system = self.wanted.system
        return ("" if system is None else f"{system}\n\n") + prompt.plain(), ()

    def counted(self, text: str) -> int:
        """The tokens of a text, by the tokenizer."""
        assert self.tokens is not None
        return len(self.tokens.prompt(text)[1])

    def given(self, prompt: Prompt | str, continuation: str, api: Api) -> tuple[int, ...]:
        """The tokens of a prompt and a continuation, read as one text. Raises `UserError` without a tokenizer."""
        reader = self.reader(api)
        if reader is None:
            raise UserError(
                "how likely a text is can be told where its tokens are known: name the model's tokenizer "
                "with --tokenizer FOLDER|ID"
            )
        return reader.given(prompt, continuation)

    def _turns(self, prompt: Prompt | str, goes_on: Callable[[], bool]) -> str:
        system = self.wanted.system
        turns = [] if system is None else [{"role": "system", "content": system}]
        if isinstance(prompt, str):
            return written([*turns, {"role": "user", "content": prompt}])
        turns += prompt.messages(self.wanted.examples)
        if prompt.lead_in:
            if not goes_on():
                raise PromptFormatError(
                    f"the server opens a turn of its own where a reply is begun with {prompt.lead_in!r}: "
                    "use --api completions with --tokenizer, or a strategy without a lead-in"
                )
            turns.append({"role": "assistant", "content": prompt.lead_in})
        return written(turns)
