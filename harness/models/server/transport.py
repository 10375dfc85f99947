"""The wire to a server, looked after: what breaks on it breaks as a connection does, and is tried again.

The official client tries again by itself where a connection breaks, a time runs out, or a server says so. Here
some more comes under that: half an answer, one without an end, and one that is no answer at all.
"""

from __future__ import annotations

import asyncio
import json
from typing import Protocol

import httpx2

from harness.models.server.replies import MalformedError, choices

BUSY = (429, 503)
"""How servers say that they have too much to do."""


class Listener(Protocol):
    """Who wants to know how busy a server is."""

    async def turn(self) -> None:
        """Returns once a request may go out."""

    def gave_way(self, seconds: float) -> None:
        """The server has too much to do, and asks for so many seconds of rest."""


class Careful(httpx2.AsyncBaseTransport):
    """Sends as `inner` does. An answer is whole, and has choices, or it raises what a broken connection raises."""

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        listener: Listener,
        *,
        seconds: float,
        largest: int,
    ) -> None:
        """An answer may take so many `seconds`, from the request to its last byte, and be `largest` bytes."""
        self._inner = inner
        self._listener = listener
        self._seconds = seconds
        self._largest = largest

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """As the library has it. Raises its `RequestError` for what is to be tried again."""
        await self._listener.turn()
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._inner.handle_async_request(request)
                content = await self._read(response, request)
        except TimeoutError as error:
            raise httpx2.ReadTimeout("the answer took too long", request=request) from error
        if response.status_code in BUSY:
            self._listener.gave_way(_rest(response))
        headers = [
            (name, value)
            for name, value in response.headers.multi_items()
            if name.lower() not in ("content-encoding", "content-length", "transfer-encoding")
        ]
        if response.status_code == 200 and request.url.path.endswith("/completions"):
            try:
                choices(json.loads(content))
            except (ValueError, MalformedError) as error:
                raise httpx2.RemoteProtocolError(str(error), request=request) from error
        return httpx2.Response(
            response.status_code, headers=headers, content=content, request=request
        )

    async def _read(self, response: httpx2.Response, request: httpx2.Request) -> bytes:
        content = b""
        try:
            # unpacked by the library, which alone knows how the server packed it
            async for part in response.aiter_bytes():
                content += part
                if len(content) > self._largest:
                    raise httpx2.RemoteProtocolError("the answer has no end", request=request)
        finally:
            await response.aclose()
        return content

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def _rest(response: httpx2.Response) -> float:
    """The seconds that a busy server asks for; 0 where it does not say."""
    for name, divisor in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(response.headers[name]) / divisor)
        except (KeyError, ValueError):  # a date, which the client reads and waits for by itself
            continue
    return 0.0
