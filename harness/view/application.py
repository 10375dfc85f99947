"""The pages of `harness view`: the list, reports, progress, and every sample, page by page."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from harness.errors import UserError
from harness.report.page import chains
from harness.report.section import between, percent
from harness.view.folder import Folder, NotThere
from harness.view.guard import Guard
from harness.view.index import GONE
from harness.view.library import Library
from harness.view.runs import listed, manifest_of

ROWS = 50
"""Samples on a page."""

CHAINS = 20
"""Chains of a sample on a page."""

REPORT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Of a report: it is one file with its programs in it, and itself allows only these, by their digests."""

STATIC = {"/view.css": "text/css", "/view.js": "text/javascript"}

HERE = Path(__file__).parent


def application(folder: Folder, port: int) -> Guard:
    """The application over a folder, for requests to this machine at `port`."""
    library = Library(folder)
    pages = Pages(library)
    routes = [
        Route("/", pages.list),
        Route("/report", pages.report),
        Route("/chains/{choice}", pages.chains),
        Route("/run", pages.run),
        Route("/progress", pages.progress),
        Route("/samples", pages.samples),
        Route("/sample", pages.sample),
        *(Route(path, _static(path, kind)) for path, kind in STATIC.items()),
    ]
    handlers: dict[Any, Any] = {
        UserError: pages.refused,
        HTTPException: pages.no_page,
        Exception: pages.broken,
    }

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        library.close()

    app = Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)
    app.router.redirect_slashes = False  # a path is a page of ours, or nothing
    # outside of all else, so that what goes wrong is answered under the same rules
    return Guard(app, port)


class Pages:
    """What is answered to each request. All text of runs goes through templates that escape it."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._environment = Environment(
            loader=PackageLoader("harness.view"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"percent": percent, "between": between, "count": _count}

    def list(self, request: Request) -> Response:
        """All runs of the folder, to look at and to compare."""
        folder = self._library.folder
        runs = [listed(folder, name) for name in folder.names()]
        runs.sort(key=lambda run: run.date, reverse=True)
        return self._page("list.html", title=folder.root.name, runs=runs)

    def report(self, request: Request) -> Response:
        """The report of the runs that are chosen."""
        names = list(dict.fromkeys(request.query_params.getlist("run")))
        text = self._library.report(names, f"/chains/{chosen(names)}")
        return _html(text, policy=REPORT_POLICY)

    def chains(self, request: Request) -> Response:
        """The chains of one problem in one column of a report, as its page asks for them."""
        scores = self._library.scores(names_of(request.path_params["choice"]))
        column = _number(request, "column")
        if not 0 <= column < len(scores):
            raise NotThere(GONE)
        problem = request.query_params.get("problem", "")
        return _json(chains(self._library.sample_of(scores[column], problem)))

    def run(self, request: Request) -> Response:
        """One run: how far it is, and its columns."""
        name = request.query_params.get("run", "")
        path = self._library.run(name)
        manifest, why = manifest_of(path)
        return self._page(
            "run.html",
            title=name,
            run=listed(self._library.folder, name),
            command=str(manifest.get("command") or ""),
            why=why,
            progress=self._library.progress(name),
        )

    def progress(self, request: Request) -> Response:
        """How far a run is, as JSON."""
        return _json(self._library.progress(request.query_params.get("run", "")))

    def samples(self, request: Request) -> Response:
        """Samples of one column, a page of them."""
        name, column = request.query_params.get("run", ""), _number(request, "column")
        page = max(1, _number(request, "page", 1))
        names, total, rows = self._library.rows(name, column, (page - 1) * ROWS, ROWS)
        return self._page(
            "samples.html",
            title=name,
            name=name,
            column=column,
            names=names,
            rows=rows,
            total=total,
            page=page,
            last=max(1, -(-total // ROWS)),
        )

    def sample(self, request: Request) -> Response:
        """One sample with its chains, a page of them."""
        name, row = request.query_params.get("run", ""), _number(request, "row")
        sample = self._library.sample(name, row)
        page, number = max(1, _number(request, "page", 1)), len(sample["chains"])
        first = (page - 1) * CHAINS
        return self._page(
            "sample.html",
            title=name,
            name=name,
            row=row,
            sample=sample,
            chains=list(enumerate(sample["chains"], start=1))[first : first + CHAINS],
            page=page,
            last=max(1, -(-number // CHAINS)),
        )

    def refused(self, request: Request, error: Exception) -> Response:
        """What cannot be done, in a line."""
        status = 404 if isinstance(error, NotThere) else 400
        return self._page("error.html", status, title="harness view", line=str(error))

    def no_page(self, request: Request, error: Exception) -> Response:
        """A path that is none of ours."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        return PlainTextResponse("there is no such page\n", status)

    def broken(self, request: Request, error: Exception) -> Response:
        """A fault of ours, in a line; its traceback is printed where the command was given."""
        line = f"this page cannot be made: {type(error).__name__}: {error}"
        return self._page("error.html", 500, title="harness view", line=line)

    def _page(self, template: str, status: int = 200, **values: Any) -> Response:
        return _html(self._environment.get_template(template).render(values), status)


def chosen(names: Sequence[str]) -> str:
    """The names of runs as one word of a path."""
    return base64.urlsafe_b64encode(json.dumps(list(names)).encode()).decode().rstrip("=")


def names_of(choice: str) -> Sequence[str]:
    """The names in such a word. Raises `NotThere` where it is none."""
    try:
        names = json.loads(base64.urlsafe_b64decode(choice + "=" * (-len(choice) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise NotThere("there is no such choice of runs")
    return names


def _number(request: Request, name: str, default: int = -1) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else default


def _count(number: float | None) -> str:
    return "–" if number is None else f"{number:,.0f}"


def _html(text: str, status: int = 200, policy: str | None = None) -> Response:
    # Half a surrogate pair, which JSON may hold, has no UTF-8.
    headers = {"Content-Security-Policy": policy} if policy else None
    return Response(
        text.encode("utf-8", "replace"), status, headers, media_type="text/html; charset=utf-8"
    )


def _json(content: Any) -> Response:
    return Response(json.dumps(content), media_type="application/json")


def _static(path: str, kind: str) -> Callable[[Request], Response]:
    def serve(request: Request) -> Response:
        return FileResponse(HERE / path[1:], media_type=kind)

    return serve
