"""Rows from the network: the Hugging Face hub through `datasets`, or a released file at its own
address."""

from __future__ import annotations

import http.client
import os
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 4.0
"""Seconds that a server has to answer at all before it counts as out of reach."""


class UnavailableError(Exception):
    """The rows could not be had; the message is the reason, as half a sentence."""


def hub_rows(
    name: str, config: str | None, split: str, revision: str | None
) -> Iterator[Mapping[str, object]]:
    """The rows of a data set on the hub; `split` may join two (`"train+test"`).

    `revision` is a commit, branch or tag. Where the hub is out of reach, rows that `datasets` has
    kept from before are used. Raises UnavailableError.
    """
    try:
        import datasets  # slow to import, and a run on local files needs none of it
    except ImportError:
        raise UnavailableError("the package datasets is not installed") from None
    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    offline = datasets.config.HF_HUB_OFFLINE or not reachable(hub)
    try:
        with _offline(offline):
            rows = datasets.load_dataset(name, config, split=split, revision=revision)
    except Exception as error:  # whatever the library, its network client or the file system raise
        if offline and isinstance(error, (ConnectionError, FileNotFoundError)):
            raise UnavailableError(
                f"{urlsplit(hub).netloc} is out of reach and {name} was never downloaded here"
            ) from error
        reason = str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
        where = ", ".join(part for part in (name, config, split, revision) if part)
        raise UnavailableError(f"loading {where} from the hub failed: {reason}") from error
    return iter(rows)


def download(address: str) -> bytes:
    """The file at an https address. Raises UnavailableError."""
    host = urlsplit(address).netloc
    if not reachable(f"https://{host}"):
        raise UnavailableError(f"{host} is out of reach")
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            content: bytes = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise UnavailableError(f"downloading {address} failed: {error}") from error
    return content


def reachable(address: str, seconds: float = PATIENCE) -> bool:
    """Whether a server answers at `address`, be it with an error, within `seconds`.

    Asked before the hub is, because its client tries six times, for half a minute, before it says
    that there is no network. In a thread, because no time limit covers the look-up of a name.
    """
    answered = threading.Event()

    def ask() -> None:
        request = urllib.request.Request(address, method="HEAD")
        try:
            with urllib.request.urlopen(request, timeout=seconds):
                answered.set()
        except urllib.error.HTTPError as error:
            error.close()
            answered.set()
        except urllib.error.URLError as error:
            # A certificate that Python does not trust is an answer too: the hub's client brings
            # its own list.
            if isinstance(error.reason, ssl.SSLError):
                answered.set()
        except (OSError, http.client.HTTPException, ValueError):
            pass

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return answered.is_set()


@contextmanager
def _offline(offline: bool) -> Iterator[None]:
    """Both libraries' offline mode, for one call: straight to what was kept from before."""
    if not offline:
        yield
        return
    import datasets
    from huggingface_hub import constants

    # The environment variable HF_HUB_OFFLINE is read at import only, and by now they may have been
    # imported.
    switches: tuple[Any, ...] = (datasets.config, constants)
    before = [switch.HF_HUB_OFFLINE for switch in switches]
    try:
        for switch in switches:
            switch.HF_HUB_OFFLINE = True
        yield
    finally:
        for switch, value in zip(switches, before, strict=True):
            switch.HF_HUB_OFFLINE = value
