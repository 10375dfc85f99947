"""Who is served and how: this machine's own browser, by reading alone, with headers that say so."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = ("GET", "HEAD")

HOSTS = ("127.0.0.1", "localhost", "[::1]")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The content security policy of the pages made here: no inline program or style, nothing foreign."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Answers only requests to this machine's own names and port, and only those that read.

    A page elsewhere can make a browser send requests here, and a name elsewhere can be pointed at
    this machine (DNS rebinding); then the Host header has another name, and the answer is 400.
    """

    def __init__(self, application: ASGIApp, port: int) -> None:
        self._application = application
        self._hosts = {f"{host}:{port}" for host in HOSTS} | (set(HOSTS) if port == 80 else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what opens no page (a websocket) is not served at all."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", POLICY)
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._application)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        named = Headers(scope=scope).getlist("host")
        if len(named) != 1 or named[0].lower() not in self._hosts:
            return PlainTextResponse("the Host header does not name this server\n", 400)
        if scope["method"] not in METHODS:
            allowed = ", ".join(METHODS)
            text = f"only {allowed} are answered: nothing can be changed here\n"
            return PlainTextResponse(text, 405, {"Allow": allowed})
        return None
