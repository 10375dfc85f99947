"""Sends bodies to a server with OpenAI's own client, which tries again by itself, and gives answers."""

from __future__ import annotations

import asyncio
import json
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any, TypeVar

import httpx2
import openai

from harness.models.server.address import Address, Secret
from harness.models.server.concurrency import Concurrency
from harness.models.server.errors import ServerRefusedError, told
from harness.models.server.transport import Careful, Listener
from harness.models.server.wire import PATHS, Api

SECONDS = 600.0
"""An answer may take so long, from the request to its last byte, unless a run says otherwise."""

TRIES = 9
"""So many times a request is sent before its problem fails. Between them the client waits up to 8 s."""

CONNECTIONS = 1024

LARGEST = 256 * 1024 * 1024
"""Bytes of an answer, beyond which it is none: 128 paths of 4,096 tokens with 20 log-probabilities take less."""

Answer = Mapping[str, Any]

Send = Callable[[Mapping[str, Any]], Awaitable[Answer]]
"""Sends a body and gives the answer."""

T = TypeVar("T")


class Client:
    """A server's address and key, and how long to wait for it."""

    def __init__(self, address: Address, secret: Secret, seconds: float = SECONDS) -> None:
        self.address = address
        self._secret = secret
        self._seconds = seconds

    @asynccontextmanager
    async def opened(self, listener: Listener) -> AsyncIterator[openai.AsyncOpenAI]:
        """OpenAI's client, for as long as the block lasts; `listener` hears how busy the server is."""
        limits = httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        wire = Careful(
            httpx2.AsyncHTTPTransport(limits=limits),
            listener,
            seconds=self._seconds,
            largest=LARGEST,
        )
        async with openai.AsyncOpenAI(
            base_url=self.address.url,
            api_key=self._secret.reveal(),
            max_retries=TRIES - 1,
            timeout=self._seconds,
            http_client=openai.DefaultAsyncHttpxClient(transport=wire),
        ) as client:
            yield client

    async def post(self, client: openai.AsyncOpenAI, api: Api, body: Mapping[str, Any]) -> Answer:
        """The answer to one body. Raises `ServerError`, after as many tries as there are."""
        try:
            response = await client.post(PATHS[api], cast_to=httpx2.Response, body=dict(body))
        except openai.OpenAIError as error:
            failure = told(error, self.address.url, self._secret)
        else:
            answer: Answer = json.loads(response.content)
            return answer
        raise failure  # out here, so that the client's error, which may quote the key, does not hang on it

    def page(self, path: str, body: Mapping[str, Any]) -> Answer:
        """The answer of a page of the server's own, beside OpenAI's. Raises `ServerError` as `post` does."""
        try:
            response = self._pages.post(path, cast_to=httpx2.Response, body=dict(body))
            answer = json.loads(response.content)
        except openai.OpenAIError as error:
            failure = told(error, self.address.root, self._secret)
        except ValueError:
            failure = ServerRefusedError(f"{self.address.root}{path} answers no JSON")
        else:
            return answer if isinstance(answer, dict) else {}
        raise failure  # out here, for the same reason

    @cached_property
    def _pages(self) -> openai.OpenAI:
        """One client for all pages: there is one to be asked for every prompt."""
        client = openai.OpenAI(
            base_url=self.address.root,
            api_key=self._secret.reveal(),
            max_retries=TRIES - 1,
            timeout=self._seconds,
        )
        weakref.finalize(self, client.close)
        return client

    def post_now(self, api: Api, body: Mapping[str, Any]) -> Answer:
        """As `post`, waiting for it."""
        return self.now(lambda send: send(body), api)

    def now(self, work: Callable[[Send], Awaitable[T]], api: Api) -> T:
        """What comes of some work that sends bodies, waiting for it, also where an event loop runs already."""

        async def whole() -> T:
            async with self.opened(Concurrency(1)) as client:
                return await work(lambda body: self.post(client, api, body))

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, whole()).result()
