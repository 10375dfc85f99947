"""A tiny problem of every kind of answer, each with two worked examples: the rows of `problems.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

from harness.problem import Problem
from harness.problems.choosing import unlabelled
from harness.problems.exemplars import exemplars


def _problems() -> Iterator[tuple[str, Problem]]:
    """By the name of each kind its first row, with the others as worked examples; all are the pool."""
    rows = exemplars(Path(__file__).with_name("problems.json"))
    for kind, group in groupby(rows, key=lambda row: row.kind):
        problem, *shown = (replace(p, id=f"{kind}/{n}") for n, p in enumerate(group))
        pool = tuple(map(unlabelled, (problem, *shown)))
        yield kind, replace(problem, exemplars=tuple(shown), pool=pool)


PROBLEMS: Mapping[str, Problem] = MappingProxyType(dict(_problems()))
"""A tiny problem by the name of its kind, for every kind in `harness.KINDS`."""
