"""What goes wrong with a server: for one problem, or for all of them."""

from __future__ import annotations

import openai

from harness.errors import UserError
from harness.models.server.address import Secret

LONG = 500
"""Characters of a server's message that are told."""


class ServerError(UserError):
    """A server that did not answer one request, or refused it."""


class ServerRefusedError(ServerError):
    """A server that refused one request for what it asks (a 4xx), so that it is not tried again."""


def told(error: openai.OpenAIError, url: str, secret: Secret) -> ServerError:
    """The same error in one line, without the key and without the objects that hold it."""
    if isinstance(error, openai.APIStatusError):
        text = secret.hidden(" ".join(message(error).split()))[:LONG]
        kind = ServerRefusedError if 400 <= error.status_code < 500 else ServerError
        return kind(f"{url} answered {error.status_code}: {text}")
    reason = error.__cause__ or error
    text = secret.hidden(" ".join(str(reason).split()))[:LONG] or type(reason).__name__
    return ServerError(f"{url} did not answer: {text}")


def message(error: openai.APIStatusError) -> str:
    """What the server says is wrong."""
    body = error.body
    for name in ("message", "error", "detail"):
        if isinstance(body, dict) and body.get(name):
            body = body[name]
    return body if isinstance(body, str) else str(body or error.message)


def unreachable(error: ServerError) -> UserError:
    """The same for somebody who named a server that does not answer at all."""
    return UserError(f"{error}: is it running, and is this its address?")
