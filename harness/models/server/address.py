"""Where a server is, which of its models is meant, and the key to it, which is never written down."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.errors import UserError

VARIABLE = "OPENAI_API_KEY"
"""The environment variable with the key, where a run names no other."""

HIDDEN = "[key]"
"""What stands in a text where the key stood."""


@dataclass(frozen=True, slots=True)
class Address:
    """A server's URL, up to `/v1`, and the name that it has for the model (None: the only one there)."""

    url: str
    name: str | None = None

    @property
    def root(self) -> str:
        """The URL without `/v1`: servers have pages of their own there."""
        return self.url.removesuffix("/v1")


def is_address(spec: str) -> bool:
    """Whether the name of a model is the address of a server."""
    return spec.lower().startswith(("http://", "https://"))


def address(spec: str) -> Address:
    """The address that `http://host:port/v1#NAME` stands for.

    Raises `UserError` for what is none, and for one with a password or a query in it: what stands in an
    address stands in the record of the run.
    """
    url, _, name = spec.partition("#")
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise UserError(f"the address of a server cannot be read: {error}") from None
    if not host:
        raise UserError("the address of a server names no host: write it as http://host:port/v1")
    if parts.username is not None or parts.password is not None or parts.query:
        raise UserError(
            f"the address of the server at {host} holds a password or a query: a key belongs into the "
            f"environment ({VARIABLE}, or the variable that --api-key-env names)"
        )
    return Address(url.rstrip("/"), name or None)


class Secret:
    """The key to a server, from the environment alone. It has no text but what `reveal` gives."""

    def __init__(self, variable: str | None = None) -> None:
        """Read it. Raises `UserError` where a variable is named and is not set."""
        self._value = os.environ.get(variable or VARIABLE, "").strip()
        if variable is not None and not self._value:
            raise UserError(f"the environment variable {variable} is not set: put the key into it")

    def reveal(self) -> str:
        """The key itself, for the one place that sends it; servers of one's own ask for none."""
        return self._value or "none"

    def hidden(self, text: str) -> str:
        """A text, such as a server's error, without the key."""
        return text.replace(self._value, HIDDEN) if self._value else text

    def __repr__(self) -> str:
        return HIDDEN
