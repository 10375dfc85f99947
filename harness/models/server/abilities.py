"""What a server can do, found out by small requests before a run: each is sent only where it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import takewhile
from typing import Any

from harness.models.server.errors import ServerRefusedError
from harness.models.server.replies import choices, replies, usage
from harness.models.server.wire import EXTRAS, Dialect, fields, written
from harness.problem import Reply
from harness.request import GenerationSettings, Request

TOKENS = 8
"""Tokens of a reply that is made to see what a server does."""

HOT = 2.0
"""The temperature at which no server draws the likeliest tokens by chance."""

STORY = "Once upon a time"

NOWHERE = ("\u2042\u2042",)
"""A stop text that stops nothing, and shows whether stop texts are taken."""

Post = Callable[[Dialect, dict[str, Any]], Mapping[str, Any]]
"""Sends a body and gives the answer. Raises `ServerRefusedError` where the server refuses it."""


class Abilities:
    """Finds out what a server can do. Each answer is asked for once, when it is first needed."""

    def __init__(self, post: Post, dialect: Dialect, prompt: Request | None = None) -> None:
        """`prompt` is one as a run has them, with its tokens where these are known."""
        self._post = post
        self._first = dialect
        text = STORY if dialect.api == "completions" else written([_turn("user", STORY)])
        self._request = prompt or Request(text, (), GenerationSettings())

    @property
    def dialect(self) -> Dialect:
        """How the server is spoken to: with what it takes of the extras, and with tokens if it takes those.

        Raises `ServerRefusedError` where it refuses the plainest request.
        """
        return self._tuned[0]

    @cached_property
    def greedy(self) -> Reply:
        """The greedy reply that others are held against."""
        return self._replies(self.dialect, self._greedy)[0]

    @cached_property
    def reads_as_meant(self) -> bool:
        """Whether a prompt is read as the tokens that we take it for, by their number."""
        if not self._request.tokens:
            return True
        answer = self._post(self.dialect, fields(self.dialect, self._greedy, 1, TOKENS))
        return usage(answer).prompt in (0, len(self._request.tokens))

    @cached_property
    def usable(self) -> bool:
        """Whether the server has this way of being asked, and reads prompts as they are meant."""
        try:
            return self.reads_as_meant
        except ServerRefusedError:
            return False

    @cached_property
    def logprobs(self) -> bool:
        """Whether the tokens of a reply come with their log-probabilities."""
        return self.greedy.logprob == self.greedy.logprob  # not NaN

    def top_logprobs(self, number: int) -> bool:
        """Whether so many likeliest tokens of each step come with theirs."""
        settings = GenerationSettings(top_logprobs=number)
        try:
            noted = self._replies(self.dialect, replace(self._greedy, settings=settings))[0]
        except ServerRefusedError:
            return False
        return bool(noted.top) and all(len(step) == number for step in noted.top)

    @cached_property
    def samples(self) -> bool:
        """Whether replies are drawn where a temperature asks for it."""
        return any(one.text != self.greedy.text for one in self._hot)

    @cached_property
    def several(self) -> bool:
        """Whether one request gives several paths, and other ones."""
        return len(self._hot) == 2 and self._hot[0].text != self._hot[1].text

    @cached_property
    def seeded(self) -> bool:
        """Whether the same seed gives the same path again: alone, or beside others of its prompt."""
        if "seed" not in self.dialect.extras:
            return False
        alone, before = self._drawn(path=1 if self.several else 0).text, self._hot[-1].text
        # in other company the last bits are others, and after some hot tokens so is the text
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(alone, before, strict=False))
        return len(list(alike)) >= max(1, min(len(alone), len(before)) / 2)

    @cached_property
    def truncates(self) -> Mapping[str, bool]:
        """Whether `top_k`, `top_p` and `min_p` are obeyed: each so narrow that it leaves the likeliest token."""
        narrow: dict[str, Any] = {"top_k": 1, "top_p": 1e-6, "min_p": 1.0}
        return {name: self._obeys(name, value) for name, value in narrow.items()}

    @cached_property
    def penalises(self) -> bool:
        """Whether a repetition penalty is obeyed: with one, what was just said is not said again."""
        if not self._knows("repetition_penalty"):
            return False
        text = "a a a a a a a a a a a a a a a a"
        text = text if self.dialect.api == "completions" else written([_turn("user", text)])
        plain = Request(text, (), GenerationSettings())
        strict = replace(plain, settings=GenerationSettings(repetition_penalty=2.0))
        said = [self._replies(self.dialect, one)[0].text for one in (plain, strict)]
        return said[0] != said[1]

    @cached_property
    def goes_on(self) -> bool:
        """Whether a turn of the model that is begun is gone on with, and no other one opened behind it."""
        if self.dialect.api == "completions":
            return True
        asked = [_turn("user", STORY)]
        counts = []
        for messages in (asked, [*asked, _turn("assistant", "The")]):
            request = Request(written(messages), (), GenerationSettings())
            try:
                answer = self._post(self.dialect, fields(self.dialect, request, 1, 1))
            except ServerRefusedError:
                return False
            counts.append(usage(answer).prompt)
        return counts[0] > 0 and counts[1] - counts[0] == 1

    @property
    def _hot(self) -> Sequence[Reply]:
        return self._tuned[1]

    @cached_property
    def _tuned(self) -> tuple[Dialect, Sequence[Reply]]:
        """The dialect in which the server also samples, if there is one, and two paths at a high temperature."""
        dialect = self._understood()
        greedy = self._replies(dialect, self._greedy)[0]
        hot = self._replies(dialect, self._sampled(), 2)
        if any(one.text != greedy.text for one in hot):
            return dialect, hot
        other = replace(dialect, spelled="config")
        try:
            drawn = self._replies(other, self._sampled(), 2)
            narrow = self._replies(other, self._sampled(top_k=1))[0]
        except ServerRefusedError:
            return dialect, hot
        samples = any(one.text != greedy.text for one in drawn) and narrow.text == greedy.text
        return (other, drawn) if samples else (dialect, hot)

    def _understood(self) -> Dialect:
        """The dialect with all that the server does not refuse, in the words that it asks for."""
        try:
            return self._not_refused(self._first)
        except ServerRefusedError as error:
            other = replace(self._first, limit="max_completion_tokens")
            if other.limit not in str(error):
                raise
        return self._not_refused(other)

    def _not_refused(self, first: Dialect) -> Dialect:
        """The same with one word for the limit of tokens. Raises `ServerRefusedError` where that is refused."""
        whole = replace(first, tokens=bool(self._request.tokens))
        if self._taken(whole):
            return whole
        plain = replace(whole, extras=frozenset())
        if not (plain.tokens and self._taken(plain)):
            plain = replace(plain, tokens=False)
            self._post(plain, fields(plain, self._greedy, 1, TOKENS))
        tried = [replace(plain, extras=frozenset([name])) for name in EXTRAS]
        taken = frozenset[str]().union(*(one.extras for one in tried if self._taken(one)))
        return replace(plain, extras=taken)

    def _taken(self, dialect: Dialect) -> bool:
        """Whether the server answers what is written in a dialect, greedy and sampled."""
        try:
            for request in (self._greedy, self._sampled()):
                self._post(dialect, fields(dialect, request, 1, TOKENS))
        except ServerRefusedError:
            return False
        return True

    def _obeys(self, name: str, value: float) -> bool:
        if name != "top_p" and not self._knows(name):
            return False
        narrow: dict[str, Any] = {name: value}
        try:
            return self._drawn(**narrow).text == self.greedy.text
        except ServerRefusedError:
            return False

    def _knows(self, name: str) -> bool:
        return name in self.dialect.extras or self.dialect.spelled == "config"

    @property
    def _greedy(self) -> Request:
        return replace(self._request, settings=GenerationSettings(stop=NOWHERE))

    def _sampled(self, path: int = 0, **settings: Any) -> Request:
        drawn = GenerationSettings(temperature=HOT, **settings)
        return replace(self._request, settings=drawn, path=path)

    def _drawn(self, path: int = 0, **settings: Any) -> Reply:
        return self._replies(self.dialect, self._sampled(path, **settings))[0]

    def _replies(self, dialect: Dialect, request: Request, n: int = 1) -> list[Reply]:
        answer = self._post(dialect, fields(dialect, request, n, TOKENS))
        choices(answer)
        return replies(answer, request.settings, TOKENS, None)


def _turn(role: str, text: str) -> dict[str, str]:
    return {"role": role, "content": text}
