"""GSM8K (Cobbe et al., 2021, "Training Verifiers to Solve Math Word Problems", arXiv:2110.14168).

Source: github.com/openai/grade-school-math, MIT; on the hub openai/gsm8k (config main). 1319 test
and 7473 training problems. Rows are {question, answer}: worked steps with calculator notes such as
<<16-3-4=9>>, then a last line "#### 18".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness import Problem, task

from .released import Release, Row, catalogued, named_in, released

RELEASE = Release(
    task="gsm8k",
    file="https://raw.githubusercontent.com/openai/grade-school-math/{revision}"
    "/grade_school_math/data/{split}.jsonl",
    branch="master",
    columns='{question, answer: "... #### 18"}',
    hub="openai/gsm8k",
    config="main",
    splits={"test": "test", "train": "train"},
)
NOTE = re.compile(r"<<([^<>]*)>>")


@task(
    exemplars="arithmetic",
    area="arithmetic",
    kind="number",
    rows="1,319 (train 7,473)",
    licence="MIT",
)
def gsm8k(
    *, path: str | None = None, split: str = "test", revision: str | None = None
) -> Iterator[Problem]:
    """GSM8K: grade-school word problems of two to eight steps, written by people."""
    part = named_in(path, RELEASE.splits, split)
    rows = released(RELEASE, path, split, revision)
    return catalogued(worked(row, f"gsm8k/{part}/{row.index:04d}") for row in rows)


def worked(row: Row, name: str, **tags: str | int) -> Problem:
    """A problem from a row in GSM8K's form: steps are lines, and golds may have commas."""
    solution, mark, last = row.text("answer").rpartition("####")
    if not mark:
        raise row.wrong('the answer has no line "#### GOLD"')
    gold = row.gold(last)
    rationale = NOTE.sub("", solution).strip()
    steps = sum(1 for line in solution.splitlines() if line.strip())
    return Problem(
        id=name,
        question=row.text("question"),
        answer=gold,
        kind="number",
        rationales=(rationale,) if rationale else (),
        equation=equation(NOTE.findall(solution), gold),
        tags={"steps": steps, **tags},
    )


def equation(notes: list[str], gold: str) -> str | None:
    """The calculator notes in a row, where they end in the gold: else they are not all of it."""
    ends = notes[-1].rpartition("=")[2] if notes else ""
    return ", ".join(notes) if ends and ends.removesuffix(".0") == gold else None
