"""A model behind a server that speaks OpenAI's protocol."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from harness.errors import UserError
from harness.models.formats import AS_TAUGHT, PromptFormat
from harness.models.server import likelihood
from harness.models.server.abilities import STORY, Abilities
from harness.models.server.address import Secret, address
from harness.models.server.asking import Asking
from harness.models.server.budget import Budget, price
from harness.models.server.client import SECONDS, Client
from harness.models.server.concurrency import Concurrency
from harness.models.server.errors import ServerError, ServerRefusedError, unreachable
from harness.models.server.facts import Facts, facts
from harness.models.server.generating import generated
from harness.models.server.recorded import entry, identity
from harness.models.server.replies import MalformedError, Usage, usage
from harness.models.server.requiring import notes, require
from harness.models.server.tokenizing import ServedTokens
from harness.models.server.wire import Api, Dialect
from harness.models.server.writing import Writing
from harness.problem import Reply
from harness.prompt import STOP, Prompt
from harness.request import (
    ROWS,
    GenerationSettings,
    Request,
    Thinking,
    never,
)


class Server:
    """A model by the address of its server (see `harness.models.load`). It is asked nothing before it is used."""

    def __init__(
        self,
        spec: str,
        wanted: PromptFormat = AS_TAUGHT,
        *,
        tokenizer: str | None = None,
        api: Api | None = None,
        api_key_env: str | None = None,
        requests: int | None = None,
        price: str | None = None,
        max_cost: float | None = None,
        revision: str | None = None,
        trust_remote_code: bool = False,
        max_model_len: int | None = None,
        timeout: float = SECONDS,
    ) -> None:
        """Check the settings. Raises `UserError` for those that make no sense, and without the key that is named."""
        if requests is not None and requests < 1:
            raise UserError(f"requests {requests}: must be 1 or more")
        self._address = address(spec)
        self._secret = Secret(api_key_env)
        self._client = Client(self._address, self._secret, timeout)
        self._asked = api
        self._revision = revision
        self._longest = max_model_len
        self._budget = _budget(price, max_cost)
        self._concurrency = Concurrency(requests)
        self._writing = Writing(
            wanted,
            tokenizer,
            revision=revision,
            trust_remote_code=trust_remote_code,
            served=lambda: self._served,
        )
        self._abilities: dict[Api, Abilities] = {}
        self._checked: set[GenerationSettings] = set()
        self.notes: list[str] = []

    @cached_property
    def facts(self) -> Facts:
        """What the server tells of itself and the model."""
        return facts(self._address, self._secret)

    @property
    def name(self) -> str:
        """The server's name for the model, without the folders before it."""
        return self.facts.name.rstrip("/").rpartition("/")[2]

    @cached_property
    def identity(self) -> str:
        """As `Backend.identity`; weights cannot be seen from here, so the server's word is taken for them."""
        return identity(self.facts, self.api, self._writing, self._revision)

    @cached_property
    def api(self) -> Api:
        """Completions where prompts are written here and the server has them; else chat completions."""
        if self._asked is not None:
            return self._asked
        here = self._writing.tokens is not None or self._writing.wanted.chat is False
        if here and self._can("completions").usable:
            return "completions"
        return "chat"

    @cached_property
    def can(self) -> Abilities:
        """What the server can do; found out as far as it is asked for."""
        return self._can(self.api)

    def _can(self, api: Api) -> Abilities:
        if api not in self._abilities:
            self._abilities[api] = self._probed(api)
        return self._abilities[api]

    def _probed(self, api: Api) -> Abilities:
        prompt = None
        if api == "completions" and self._writing.reader(api) is not None:
            text, tokens = self._writing.prompt(Prompt((), STORY), api, never)
            prompt = Request(text, tokens, GenerationSettings())
        template = self._writing.template() if api == "chat" else {}

        def post(dialect: Dialect, body: Mapping[str, Any]) -> Mapping[str, Any]:
            try:
                answer = self._client.post_now(dialect.api, body)
            except ServerRefusedError as error:
                if self.facts.instead:
                    names = ", ".join(self.facts.instead)
                    raise ServerRefusedError(f"{error} (the server has: {names})") from None
                raise
            except ServerError as error:
                raise unreachable(error) from None
            self._budget.used += usage(answer)
            return answer

        return Abilities(post, Dialect(api, self.facts.name, template=template), prompt)

    @cached_property
    def _served(self) -> ServedTokens | None:
        """The server's own tokenizer, where it has a page for it."""
        wanted, template = self._writing.wanted, self._writing.template()
        try:
            return ServedTokens(self._client.page, self.facts.name, wanted, template)
        except ServerRefusedError:
            return None

    @property
    def reads_for_us(self) -> bool:
        """Whether prompts are made into tokens by the server, because no tokenizer was named."""
        return isinstance(self._writing.reader(self.api), ServedTokens)

    @cached_property
    def context(self) -> int | None:
        """How many tokens prompt and reply may have together; None where there is no limit known."""
        limits = [n for n in (self.facts.context, self._longest) if n is not None]
        return min(limits) if limits else None

    @property
    def chat(self) -> bool:
        """Whether the model is asked in turns."""
        return self._writing.chats(self.api)

    @property
    def stop(self) -> tuple[str, ...]:
        """As `Backend.stop`."""
        return () if self.chat else STOP

    @cached_property
    def thinking(self) -> Thinking | None:
        """As `ThinksFirst.thinking`; in chat completions the server parts thoughts from replies by itself."""
        tokens = self._writing.tokens
        if self.api == "chat" or tokens is None or not tokens.thinks:
            return None
        return Thinking(self._writing.wanted.thinking_tokens, tokens.thought_end)

    def thought(self, prompt: Prompt) -> tuple[str, tuple[int, ...]]:
        """As `ThinksFirst.thought`."""
        assert self._writing.tokens is not None
        return self._writing.tokens.thought(prompt)

    def prompt(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        """The exact text and tokens; of chat completions the turns, as JSON, and no tokens."""
        return self._writing.prompt(prompt, self.api, lambda: self.can.goes_on)

    def given(self, prompt: Prompt | str, continuation: str) -> tuple[int, ...]:
        """The tokens of a prompt and a continuation, read as one text."""
        if self.api == "chat":
            raise UserError(
                f"{self.facts.server} is asked for chat completions, which tell the likelihood of no given "
                "text: use --api completions with --tokenizer"
            )
        return self._writing.given(prompt, continuation, self.api)

    @property
    def logprobs(self) -> bool:
        """Whether replies come with their log-probabilities; a vote may weigh by them."""
        return self.can.logprobs

    def require(self, needs: Iterable[GenerationSettings], *, scored: bool = False) -> None:
        """Find out whether the server can do what is asked of it; what is only slower is told once.

        Raises `UserError` where its replies would be other ones than these settings mean.
        """
        for settings in needs:
            plain = replace(settings, max_tokens=1)
            if plain not in self._checked:
                self._require_tokens()
                require(self.can, plain, self.facts.server)
                self._checked.add(plain)
                for note in notes(self.can, plain):
                    self._note(note)
        if scored and not self.scores:
            raise UserError(
                f"{self.facts.server} does not tell how likely a given text is (echo with logprobs): take "
                "a strategy that generates, or run the model here"
            )

    def _require_tokens(self) -> None:
        if not self.can.reads_as_meant:
            raise UserError(
                f"{self.facts.server} reads other tokens in our prompts than {self.name}'s tokenizer does "
                "(--tokenizer): is it that model's? Else ask in turns, with --api chat"
            )

    @property
    def scores(self) -> bool:
        """Whether the server tells how likely given tokens are."""
        return self._scoring is not None

    @cached_property
    def _scoring(self) -> likelihood.Way | None:
        """The way in which it tells so."""
        text, tokens = self.prompt(Prompt((), STORY))
        if len(tokens) < 3 or not self.can.dialect.tokens:
            return None
        request = Request(text, tokens[:-2], GenerationSettings(), given=tokens[-2:])
        for way in (likelihood.echoed, likelihood.looked_up):
            with contextlib.suppress(ServerError, MalformedError):
                self._client.now(lambda send: way(send, self.facts.name, request), self.api)  # noqa: B023
                return way
        return None

    def generate(
        self,
        requests: Sequence[Request],
        *,
        rows: int = ROWS,
        stopped: Callable[[], bool] = never,
    ) -> Iterator[tuple[int, Reply | Exception]]:
        """As `Backend.generate`; the server decides how many are generated side by side."""
        left = [requests]
        arrivals = lambda: left.pop() if left else ()  # noqa: E731
        return self.generate_joined(arrivals, rows=rows, stopped=stopped)

    def generate_joined(
        self,
        arrivals: Callable[[], Sequence[Request]],
        *,
        rows: int = ROWS,
        stopped: Callable[[], bool] = never,
    ) -> Iterator[tuple[int, Reply | Exception]]:
        """As `harness.request.Joining`."""

        def checked() -> Sequence[Request]:
            requests = arrivals()
            self.require({one.settings for one in requests if not one.given})
            return requests

        return generated(
            self._client,
            self.api,
            self._asking,
            checked,
            stopped,
            concurrency=self._concurrency,
            budget=self._budget,
        )

    def describe(self) -> Mapping[str, object]:
        """For `run.json`: which server and model, how they were asked, and what was used."""
        known = entry(
            self._address,
            self.facts,
            self.api,
            self._writing,
            self._budget,
            revision=self._revision,
            context=self.context,
            notes=self.notes,
        )
        return {"name": self.name, **known}

    @property
    def dollars(self) -> Callable[[int, int], float] | None:
        """What tokens read and generated cost; None where no price was given."""
        known = self._budget.price
        return None if known is None else lambda read, made: known.of(Usage(read, 0, made))

    @property
    def _asking(self) -> Asking:
        thinks = self.api == "chat" and (
            self._writing.wanted.thinking == "on" or self.can.greedy.thought is not None
        )
        return Asking(
            self.facts.name,
            self.can,
            lambda: self._scoring,
            None if self._writing.tokens is None else self._writing.counted,
            self.context,
            self._writing.wanted.thinking_tokens if thinks else 0,
        )

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)
            print(f"{self.name} ({self.facts.server}): {note}", file=sys.stderr)


def _budget(text: str | None, most: float | None) -> Budget:
    return Budget(None if text is None else price(text), most)
