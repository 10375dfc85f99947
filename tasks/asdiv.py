"""ASDiv (Miao, Liang and Su, 2020, "A Diverse Corpus for Evaluating and Developing English Math
Word Problem Solvers", arXiv:2106.15772).

Three forms are read. The numeric part as PAL's authors released it
(github.com/reasoning-machines/pal, Apache-2.0): 2096 rows {input, target: 9}. The original
ASDiv.xml of github.com/chaochun/nlu-asdiv-dataset and the hub's EleutherAI/asdiv (split
validation): 2305 problems {body, question, answer: "9 (apples)"}, of which only those whose answer
is one number are kept: so their number differs a little from 2096, and so do their ids, for no
numbering is common to the three.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness import Problem, task

from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="asdiv",
    file="https://raw.githubusercontent.com/reasoning-machines/pal/{revision}/datasets/asdiv.jsonl",
    columns="{input, target: 9}, or the original ASDiv.xml,",
    hub="EleutherAI/asdiv",
    config="asdiv",
    splits={"test": "validation"},
)
ONE_NUMBER = re.compile(r"(-?[\d,]*\.?\d+)\s*(?:\([^;]*\))?")
"""`9 (apples)`; not `3:4`, `1/2`, `5; 3`, `yes` or a time of day."""


@task(
    exemplars="arithmetic",
    area="arithmetic",
    kind="number",
    rows="2,096",
    licence="Apache-2.0",
)
def asdiv(
    *, path: str | None = None, split: str = "test", revision: str | None = None
) -> Iterator[Problem]:
    """ASDiv: elementary-school word problems of many types; those whose answer is a number."""
    rows = released(RELEASE, path, split, revision)
    return catalogued(problem for row in rows if (problem := _problem(row)) is not None)


def _problem(row: Row) -> Problem | None:
    if "input" in row:
        name, question, gold = f"asdiv/{row.index:04d}", row.text("input"), row["target"]
        return Problem(name, question, row.gold(gold), "number")
    number = ONE_NUMBER.fullmatch(row.text("answer", "Answer", "input"))
    if number is None:
        return None
    name = row.text("ID") if "ID" in row else f"hub/{row.index:04d}"
    return Problem(
        id=f"asdiv/{name}",
        question=f"{row.text('body', 'Body')} {row.text('question', 'Question')}",
        answer=row.gold(number[1]),
        kind="number",
        equation=str(row.first("formula", "Formula")).strip() or None,
        tags={"type": str(row.first("solution_type", "Solution-Type")).strip()},
    )
