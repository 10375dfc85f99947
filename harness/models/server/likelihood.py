"""How likely given tokens are behind a prompt: echoed by the server, or looked up token by token.

vLLM echoes a prompt with the log-probability of each of its tokens. llama.cpp does not; but it tells the
likeliest next tokens by their ids, as many as it is asked for, so each given token is looked up behind those
before it.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from harness.models.server.client import Send
from harness.models.server.replies import MalformedError, choices
from harness.problem import Reply
from harness.request import Request

WIDTHS = (64, 1_000_000)
"""So many of the likeliest next tokens are asked for: a few, and where the given one is none of them, all."""


Way = Callable[[Send, str, Request], Awaitable[Reply]]
"""A way to the reply to a request with `given` tokens, of a model by its name."""


async def echoed(send: Send, model: str, request: Request) -> Reply:
    """The reply to a request with `given` tokens, from what the server echoes."""
    return reply(await send(body(model, request)), request)


async def looked_up(send: Send, model: str, request: Request) -> Reply:
    """The same from the likeliest tokens at each step. Raises `MalformedError` where they come without ids."""
    logprobs = []
    for place, token in enumerate(request.given):
        prompt = [*request.tokens, *request.given[:place]]
        for width in WIDTHS:
            asked = {"prompt": prompt, "max_tokens": 1, "temperature": 0.0, "logprobs": width}
            if (found := _likeliest(await send({"model": model, **asked})).get(token)) is not None:
                break
        else:
            raise MalformedError("the server does not tell the log-probability of every token")
        logprobs.append(found)
    return Reply("", "end", len(request.given), math.fsum(logprobs), len(request.tokens))


def body(model: str, request: Request) -> dict[str, Any]:
    """What asks for the log-probabilities of prompt and continuation: both are read, and one token is generated."""
    return {
        "model": model,
        "prompt": [*request.tokens, *request.given],
        "max_tokens": 1,
        "temperature": 0.0,
        "echo": True,
        "logprobs": 1,
    }


def reply(answer: Mapping[str, Any], request: Request) -> Reply:
    """The sum over the given tokens. Raises `MalformedError` where the server does not tell each of them."""
    noted = choices(answer)[0].get("logprobs")
    logprobs = noted.get("token_logprobs") if isinstance(noted, Mapping) else None
    return Reply(
        "", "end", len(request.given), math.fsum(_given(logprobs, request)), len(request.tokens)
    )


def _likeliest(answer: Mapping[str, Any]) -> dict[int, float]:
    """The log-probabilities of the next token's candidates, by their ids."""
    noted = choices(answer)[0].get("logprobs")
    steps = noted.get("content") if isinstance(noted, Mapping) else None
    if not isinstance(steps, list) or len(steps) != 1:
        return {}
    try:
        return {one["id"]: float(one["logprob"]) for one in steps[0]["top_logprobs"]}
    except (KeyError, TypeError, ValueError):
        return {}


def _given(logprobs: object, request: Request) -> Sequence[float]:
    begin, end = len(request.tokens), len(request.tokens) + len(request.given)
    # the token that was generated may be told, too; nothing else may
    if not isinstance(logprobs, list) or len(logprobs) not in (end, end + 1):
        raise MalformedError("the server does not echo the log-probabilities of what it reads")
    part = logprobs[begin:end]
    if not all(isinstance(one, float | int) and one <= 0 for one in part):
        raise MalformedError("the server echoes what are no log-probabilities")
    return part
