"""Writes the page: the report and its data into one template, with nothing to be fetched."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.report import table as cells
from harness.report.page.blocks import packed
from harness.report.page.chains import EMBEDDED
from harness.report.page.payload import Payload, payload
from harness.report.reading import Score

if TYPE_CHECKING:
    from harness.report.report import Report

SCRIPTS = ("text.js", "store.js", "problems.js", "one.js", "pictures.js", "page.js")
"""The page's own programs, in the order in which they stand in it."""

DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the direction of the text around them, and so could make a figure read otherwise."""


def page(
    report: Report, scores: Sequence[Score], *, source: str | None = None, budget: int = EMBEDDED
) -> str:
    """A report as one HTML page: its sentences, table and pictures, every problem, and how far to trust it.

    `scores` are those that the report was made of, as `harness.report.reading` reads them; problems
    and chains come from the samples of their runs. Without a `source` the page needs nothing but
    itself, and holds at most `budget` bytes of chains (see `harness.report.page.blocks`).

    With `source`, a path on the server that the page comes from ("/chains"), it holds no chains. When
    a problem is opened, the page asks once for each of its columns for

        {source}?column=3&problem=gsm8k%2Ftest%2F0042

    where `column` is the place in `scores` (from 0) and `problem` the sample's `problem`. The answer is
    JSON, `harness.report.page.chains(sample)` of that sample, or status 404 where there is none. Scores
    that decide the chains of another anew (`--vote`, `--stop`) are never asked for.
    """
    data = payload(scores, 0 if source else budget)
    style, programs = _file("page.css"), "\n".join(map(_file, SCRIPTS))
    text = (
        _environment()
        .get_template("page.html")
        .render(
            report=report,
            cells=cells,
            models=report.table.models,
            style=Markup(style),
            programs=Markup(programs),
            policy=_policy([programs], style, source),
            index=packed(_index(data)),
            pieces=data.pieces,
            facts={"source": source, "limit": data.limit, "every": data.every},
        )
    )
    # Half a surrogate pair, which JSON may hold and a file may not.
    return text.encode("utf-8", "replace").decode("utf-8")


def _index(data: Payload) -> dict[str, Any]:
    return {"problems": data.problems, "columns": [asdict(column) for column in data.columns]}


@lru_cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("harness.report.page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )


def _visible(value: Any) -> Any:
    """What a template writes: signs that turn the direction of a text by their names instead."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return DIRECTIONS.sub(lambda sign: f"[U+{ord(sign[0]):04X}]", value)
    return value


def _file(name: str) -> str:
    return resources.files("harness.report.page").joinpath(name).read_text(encoding="utf-8")


def _policy(programs: Sequence[str], style: str, source: str | None) -> str:
    """The content security policy: these programs and this style, and no network."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(map(_digest, programs))}",
            f"style-src {_digest(style)}",
            *(["connect-src 'self'"] if source else []),
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
