"""SVAMP (Patel, Bhattamishra and Goyal, 2021, "Are NLP Models really able to Solve Simple Math Word
Problems?", arXiv:2103.07191).

Source: github.com/arkilpatel/SVAMP, MIT, one list of 1000 rows {ID, Body, Question, Equation,
Answer: 51.0, Type}. The hub's ChilleD/SVAMP splits them 700 to 300 with the same columns (Answer as
text); published figures are over all 1000, so split=all is the default and joins them. One row's
Equation (chal-680) contradicts its Answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness import Problem, task

from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="svamp",
    file="https://raw.githubusercontent.com/arkilpatel/SVAMP/{revision}/SVAMP.json",
    columns="{ID, Body, Question, Equation, Answer: 51.0, Type}",
    hub="ChilleD/SVAMP",
    splits={"all": "train+test", "train": "train", "test": "test"},
)
MISSPELT = {"Common-Divison": "Common-Division"}


@task(
    exemplars="arithmetic",
    area="arithmetic",
    kind="number",
    rows="1,000",
    licence="MIT",
)
def svamp(
    *, path: str | None = None, split: str = "all", revision: str | None = None
) -> Iterator[Problem]:
    """SVAMP: one-step word problems, varied to catch models that do not read the question."""
    return catalogued(_problem(row) for row in released(RELEASE, path, split, revision))


def _problem(row: Row) -> Problem:
    body = row.text("Body")
    # 358 bodies stop without a full stop; Body and Question then run together into one sentence.
    joint = " " if body.endswith((".", "?", "!")) else ". "
    kind = row.text("Type")
    return Problem(
        id=f"svamp/{row.text('ID')}",
        question=body + joint + row.text("Question"),
        answer=row.gold(row["Answer"]),
        kind="number",
        equation=re.sub(r"(\d)\.0\b", r"\1", row.text("Equation")),
        tags={"type": MISSPELT.get(kind, kind)},
    )
