"""Writes the page: the report and its data into one template, with nothing to be fetched."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from importlib import resources
from importlib.metadata import version
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from harness.records.loading import Score
from harness.report import table as cells
from harness.report.page.blocks import packed
from harness.report.page.chains import EMBEDDED
from harness.report.page.payload import Payload, payload
from harness.report.page.trust import trust
from harness.report.pictures import bundle, pictures
from harness.report.report import Report

SCRIPTS = ("text.js", "store.js", "pictures.js", "problems.js", "problem.js", "page.js")
"""The page's own programs, in the order in which they stand in it: one module."""

DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the direction of the text around them, and so could make a figure read otherwise."""


def page(
    report: Report,
    scores: Sequence[Score],
    *,
    baseline: str | None = None,
    source: str | None = None,
    budget: int = EMBEDDED,
) -> str:
    """A report as one HTML page: its sentences, table and pictures, every problem, and how far to trust it.

    `scores` and `baseline` are those that the report was made of (`harness.report.report`); problems
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
    drawn = pictures(scores, baseline=baseline)
    own, drawing = "\n".join(map(_file, SCRIPTS)), _inside(bundle()) if drawn else ""
    style = _file("page.css")
    template = _environment().get_template("page.html")
    text = template.render(
        report=report,
        cells=cells,
        models=report.table.models,
        trust=trust(scores, baseline),
        pictures=drawn,
        specs=_visible([picture.spec for picture in drawn]),
        problems=data.problems,
        left_out=_left_out(data),
        index=packed(_index(data)),
        pieces=data.pieces,
        facts={"source": source},
        version=version("reasoning-harness"),
        style=Markup(style),
        programs=Markup(own),
        drawing=Markup(drawing),
        policy=_policy([own, drawing], style, source),
    )
    # Half a surrogate pair, which JSON may hold and a file may not.
    return text.encode("utf-8", "replace").decode("utf-8")


def _index(data: Payload) -> dict[str, Any]:
    return {"problems": data.problems, "columns": [asdict(column) for column in data.columns]}


def _left_out(data: Payload) -> str:
    """A sentence on the chains that did not fit into the page; nothing where all did."""
    if data.every > 1:
        return (
            f"The chains of one problem in {data.every} are in this page, one for each strategy; "
            "harness view shows all of them."
        )
    if data.limit is None:
        return ""
    most = max(column.most for column in data.columns)
    return (
        f"Of up to {most:,} chains of a problem under one strategy {data.limit:,} are in this page, "
        "one of each answer first; harness view shows all of them."
    )


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("harness.report.page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters["named"] = _named
    return environment


def _named(name: str) -> Markup:
    """A name that may be broken behind its signs, and nowhere else."""
    parts = re.split(r"(?<=[/_:,])", str(_visible(name)))
    return Markup("<wbr>").join(map(escape, parts))


def _visible(value: Any) -> Any:
    """What a template writes: signs that turn the direction of a text by their names instead."""
    if isinstance(value, Mapping):
        return {key: _visible(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_visible(one) for one in value]
    if isinstance(value, str) and not isinstance(value, Markup):
        return DIRECTIONS.sub(lambda sign: f"[U+{ord(sign[0]):04X}]", value)
    return value


def _file(name: str) -> str:
    return resources.files("harness.report.page").joinpath(name).read_text(encoding="utf-8")


def _inside(program: str) -> str:
    """A program that stands inside a page: nothing in it ends or reopens its element."""
    return program.replace("</script", "<\\/script").replace("<!--", "<\\!--")


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
