"""Replies of a server as they come, for one thread that asks and hands on: an event loop of its own runs beneath."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from harness.models.server.asking import Asking
from harness.models.server.budget import Budget
from harness.models.server.client import Client
from harness.models.server.concurrency import Concurrency
from harness.models.server.pool import Answer, Pool
from harness.models.server.wire import Api
from harness.request import Request


def generated(
    client: Client,
    api: Api,
    asking: Asking,
    arrivals: Callable[[], Sequence[Request]],
    stopped: Callable[[], bool],
    *,
    concurrency: Concurrency,
    budget: Budget,
) -> Iterator[Answer]:
    """Yield (number of the request, reply or exception) until none is left and none arrive.

    Raises `RunStoppedError` as `Pool.some` does.
    """
    with asyncio.Runner() as runner:
        opening = client.opened(concurrency)
        opened = runner.run(opening.__aenter__())

        def send(body: Mapping[str, Any]) -> Awaitable[Mapping[str, Any]]:
            return client.post(opened, api, body)

        pool = Pool(lambda call: asking.answered(send, call), asking.worst, concurrency, budget)
        try:
            while not stopped():
                requests = arrivals()
                pool.add(requests, asking.together(requests))
                if not pool.busy:
                    return
                yield from runner.run(pool.some())
        finally:
            runner.run(pool.close())
            runner.run(opening.__aexit__(None, None, None))
