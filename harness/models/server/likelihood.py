"""How likely given tokens are behind a prompt, told by a server that echoes what it read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from harness.models.server.replies import MalformedError, choices
from harness.problem import Reply
from harness.request import Request


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


def _given(logprobs: object, request: Request) -> Sequence[float]:
    begin, end = len(request.tokens), len(request.tokens) + len(request.given)
    # the token that was generated may be told, too; nothing else may
    if not isinstance(logprobs, list) or len(logprobs) not in (end, end + 1):
        raise MalformedError("the server does not echo the log-probabilities of what it reads")
    part = logprobs[begin:end]
    if not all(isinstance(one, float | int) and one <= 0 for one in part):
        raise MalformedError("the server echoes what are no log-probabilities")
    return part
