"""Rows in the form of the MAWPS repository (Koncel-Kedziorski et al., 2016, NAACL): what AddSub,
SingleEq and MultiArith share."""

from __future__ import annotations

import re

from harness import Problem

from .files import shown
from .released import Row


def indexed(row: Row, task: str) -> Problem:
    """A problem from {iIndex, sQuestion, lEquations, lSolutions}.

    It is named by its own index, for some questions occur twice.
    """
    return Problem(
        id=f"{task}/{row.whole('iIndex'):04d}",
        question=row.text("sQuestion"),
        answer=row.gold(_only(row, "lSolutions")),
        kind="number",
        equation=re.sub(r"(\d)\.0\b", r"\1", str(_only(row, "lEquations"))),
    )


def _only(row: Row, column: str) -> object:
    values = row[column]
    if not isinstance(values, list) or len(values) != 1:
        raise row.wrong(f"{column} is {shown(values)}, not a list of one")
    return values[0]
