"""Serves a folder on this machine alone, until Ctrl-C."""

from __future__ import annotations

import socket
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvicorn

from harness.errors import UserError
from harness.view.application import application
from harness.view.folder import Folder

LOOPBACK = "127.0.0.1"


class Server(uvicorn.Server):
    """A server that tells once it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        self._ready()


def serve(root: Path, *, port: int = 0, opened: bool = True, say: Callable[[str], None]) -> None:
    """Serve the folder at `port` (0: a free one) of the loopback interface until Ctrl-C.

    `say` is told the address; with `opened` the browser is sent there. Raises `UserError` for what
    is no folder and for a port that cannot be had.
    """
    folder = Folder(root)
    with _bound(port) as bound:
        number = int(bound.getsockname()[1])
        address = f"http://{LOOPBACK}:{number}/"

        def ready() -> None:
            say(f"{folder.root} is at {address} (Ctrl-C ends it)")
            if opened:
                threading.Thread(target=_open, args=(address,), daemon=True).start()

        with suppress(KeyboardInterrupt):
            server(folder, number, ready).run(sockets=[bound])


def server(folder: Folder, port: int, ready: Callable[[], None]) -> Server:
    """The server of a folder; it answers requests to `port` alone."""
    config = uvicorn.Config(
        application(folder, port),
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        lifespan="on",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    return Server(config, ready)


def _bound(port: int) -> socket.socket:
    try:
        return socket.create_server((LOOPBACK, port))
    except OSError as error:
        raise UserError(
            f"port {port} cannot be had: {error.strerror}; name another with --port, or none for a "
            "free one"
        ) from error


def _open(address: str) -> None:
    with suppress(webbrowser.Error, OSError):
        webbrowser.open(address)
