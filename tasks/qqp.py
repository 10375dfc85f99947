"""QQP, Quora Question Pairs (2017; in GLUE, Wang et al., 2018, arXiv:1804.07461): do two questions ask the same?

Source: on the hub nyu-mll/glue (qqp, validation, 40430 rows): {question1, question2, label: 0}, 1 for the same. The
ensembles' paper takes the first 1000: `first=1000`.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .files import shown
from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="qqp",
    file="the Parquet file of https://huggingface.co/datasets/nyu-mll/glue",
    columns="{question1, question2, label: 0}",
    hub="nyu-mll/glue",
    config="qqp",
    splits={"dev": "validation", "train": "train"},
)
SAME = {"1": "yes", "0": "no"}


@task(
    exemplars="qqp",
    area="inference and language",
    kind="yes_no",
    rows="40,430",
    licence="for research",
)
def qqp(
    *,
    path: str | None = None,
    split: str = "dev",
    first: int | None = None,
    revision: str | None = None,
) -> Iterator[Problem]:
    """QQP: whether two questions ask the same."""
    rows = released(RELEASE, path, split, revision)
    problems = (_problem(row, f"qqp/{split}/{row.index:05d}") for row in rows)
    return catalogued(problems, first)


def _problem(row: Row, name: str) -> Problem:
    gold = str(row["label"])
    if gold not in SAME:
        raise row.wrong(f"the gold {shown(gold)} is neither 0 nor 1")
    first, second = row.text("question1"), row.text("question2")
    question = f'First: "{first}"\nSecond: "{second}"\nDo the two ask the same?'
    return Problem(name, question, SAME[gold], "yes_no")
