"""One call to a server: its body, and its answer as replies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.models.server.abilities import Abilities
from harness.models.server.client import Send
from harness.models.server.errors import ServerError
from harness.models.server.likelihood import Way, echoed
from harness.models.server.pool import TOGETHER, Call, Returned
from harness.models.server.replies import MalformedError, Usage, replies, usage
from harness.models.server.wire import fields
from harness.problem import Reply
from harness.request import PromptTooLongError, Request

AGAIN = 6
"""So many times an answer that cannot be read is asked for: the client tries again what breaks on the wire."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How the calls of one model are asked: `count` counts the tokens of a text, where that is known."""

    model: str
    can: Abilities
    way: Callable[[], Way | None]
    count: Callable[[str], int] | None
    context: int | None
    thinking: int = 0
    """So many tokens more a reply may have, for what the model thinks before it and the server parts from it."""

    async def answered(self, send: Send, call: Call) -> Returned:
        """The replies to a call, or what went wrong. Raises `PromptTooLongError` for a prompt without room."""
        limit, used = self._room(call.request), Usage()

        async def counted(body: Mapping[str, Any]) -> Mapping[str, Any]:
            nonlocal used
            answer = await send(body)
            said, most = usage(answer), self.worst(call)
            used += replace(said, completion=min(said.completion, most.completion))
            return answer

        for again in range(AGAIN, 0, -1):
            try:
                return Returned(await self._replies(counted, call, limit), used)
            except MalformedError as error:
                if again == 1:
                    return Returned(ServerError(f"{self.model}: {error}"), used)
            except ValueError as error:
                return Returned(error, used)
        raise AssertionError("not reached")

    def worst(self, call: Call) -> Usage:
        """The most that a call can use, so that no more than a budget is spent."""
        request = call.request
        # a token has at least one byte
        read = len(request.tokens) or len(request.text.encode("utf-8", "replace"))
        made = 1 if request.given else len(call.places) * self._limit(request)
        return Usage(read + len(request.given), 0, made)

    def together(self, requests: Sequence[Request]) -> int:
        """How many paths of a prompt go out in one request."""
        drawn = any(not one.settings.greedy for one in requests)
        return TOGETHER if drawn and self.can.several else 1

    async def _replies(self, send: Send, call: Call, limit: int) -> list[Reply]:
        request = call.request
        if request.given:
            return [await (self.way() or echoed)(send, self.model, request)]
        answer = await send(fields(self.can.dialect, request, len(call.places), limit))
        found = replies(answer, request.settings, limit, self.count)[: len(call.places)]
        if request.path == 0:  # a prompt is charged once for all its paths
            read = len(request.tokens) or usage(answer).prompt
            found[0] = replace(found[0], prompt_tokens=read)
        return found

    def _limit(self, request: Request) -> int:
        return request.settings.max_tokens + self.thinking

    def _room(self, request: Request) -> int:
        """How many tokens may be generated. Raises `PromptTooLongError` where there is room for none."""
        limit = self._limit(request)
        if self.context is None or not request.tokens:
            return limit
        length = len(request.tokens) + len(request.given)
        if length >= self.context:
            raise PromptTooLongError(length, self.context)
        return min(limit, self.context - length)
