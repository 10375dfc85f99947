"""MATH (Hendrycks et al., 2021, arXiv:2103.03874): problems of competitions, with answers in LaTeX.

Source: on the hub DigitalLearningGmbH/MATH-lighteval, MIT (5000 test and 7500 training rows {problem, level,
type, solution}), whose golds are the last boxes of the solutions; MATH-500 (Lightman et al., 2023,
arXiv:2305.20050), `split=500`, is HuggingFaceH4/MATH-500 ({problem, answer, subject, level, unique_id}). A
gold that the reader does not take stays as it was released, and `harness check` names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from harness import KINDS, Problem, task

from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="math",
    file="the Parquet file of https://huggingface.co/datasets/DigitalLearningGmbH/MATH-lighteval",
    columns="{problem, level, type, solution}, or {problem, answer, subject, level, unique_id},",
    hub="DigitalLearningGmbH/MATH-lighteval",
    splits={"test": "test", "train": "train", "500": "test"},
)
BOX = re.compile(r"\\(?:boxed|fbox)\s*\{|\\boxed\s+(?P<bare>[^\s{$]+)")


@task(
    exemplars="math",
    area="mathematics",
    kind="math",
    rows="5,000 (MATH-500 500, train 7,500)",
    licence="MIT",
)
def math(
    *, path: str | None = None, split: str = "test", revision: str | None = None
) -> Iterator[Problem]:
    """MATH: problems of competitions, answers in LaTeX; split=500 is MATH-500."""
    release = replace(RELEASE, hub="HuggingFaceH4/MATH-500") if split == "500" else RELEASE
    rows = released(release, path, split, revision)
    return catalogued(_problem(row, split) for row in rows)


def _problem(row: Row, split: str) -> Problem:
    solution = row.text("solution")
    gold = row.text("answer") if "answer" in row else boxed(row, solution)
    name = f"{split}/{row.index:04d}"
    if "unique_id" in row:
        name = row.text("unique_id").removesuffix(".json")
    level = re.sub(r"\D", "", str(row["level"]))
    return Problem(
        id=f"math/{name}",
        question=row.text("problem"),
        answer=formula(gold),
        kind="math",
        rationales=(solution,),
        tags={"subject": row.text("subject", "type"), "level": int(level or 0)},
    )


def formula(gold: str) -> str:
    """A released gold in normal form, whether it stands between dollars or not; else as it is.

    Golds that stand between dollars one by one (`$69$,$84$`) are one list.
    """
    bare = re.sub(r"\$\s*,\s*\$", ",", gold.strip()).strip("$ ")
    forms = (gold, f"${bare}$")
    return next((n for form in forms if (n := KINDS["math"].normal(form)) is not None), gold)


def boxed(row: Row, solution: str) -> str:
    """What the last box of a solution holds, its braces matched."""
    boxes = list(BOX.finditer(solution))
    if not boxes:
        raise row.wrong("the solution has no \\boxed{...}, which would be the gold")
    last = boxes[-1]
    if last["bare"]:
        return last["bare"].rstrip(".")
    depth = 1
    for place in range(last.end(), len(solution)):
        depth += {"{": 1, "}": -1}.get(solution[place], 0)
        if not depth:
            return solution[last.end() : place].strip()
    raise row.wrong("the last \\boxed{...} of the solution is not closed")
