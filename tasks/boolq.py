"""BoolQ (Clark et al., 2019, arXiv:1905.10044): yes-or-no questions that people asked a search engine.

Source: on the hub google/boolq (validation, 3270 rows), CC BY-SA 3.0: {question, passage, answer: true}. The
form of SuperGLUE ({question, passage, label: "true"}) is read too. Self-consistency was measured without
the passage, the ensembles with and without it: `passage=yes` shows it.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="boolq",
    file="the file of https://huggingface.co/datasets/google/boolq",
    columns="{question, passage, answer: true}",
    hub="google/boolq",
    splits={"dev": "validation", "train": "train"},
)


@task(
    exemplars="boolq_{form}",
    area="science and knowledge",
    kind="yes_no",
    rows="3,270",
    licence="CC BY-SA 3.0",
)
def boolq(
    *,
    path: str | None = None,
    passage: bool = False,
    split: str = "dev",
    revision: str | None = None,
) -> Iterator[Problem]:
    """BoolQ: yes or no, from the question alone or with a passage (passage=yes)."""
    rows = released(RELEASE, path, split, revision)
    return catalogued(_problem(row, split, passage) for row in rows)


def _problem(row: Row, split: str, passage: bool) -> Problem:
    question = row.text("question").rstrip("?") + "?"
    if passage:
        question = f"{row.text('passage')}\nAccording to this passage, {question}"
    return Problem(
        id=f"boolq/{split}/{row.index:04d}",
        question=question,
        answer=row.gold(row.first("answer", "label"), "yes_no"),
        kind="yes_no",
        tags={"form": "passage" if passage else "question"},
    )
