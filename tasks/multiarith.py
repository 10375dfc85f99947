"""MultiArith (Roy and Roth, 2015, "Solving General Arithmetic Word Problems", EMNLP;
arXiv:1608.01413).

Source: the file that Kojima et al. (2022) released, github.com/kojima-takeshi188/zero_shot_cot: 600
rows {iIndex, sQuestion, lEquations, lSolutions: [39.0]}, 20 of them repeats of an earlier question.
The hub's ChilleD/MultiArith splits the 600 into 420 and 180 {question, final_ans} without iIndex;
published figures are over all, so split=all is the default and joins them.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .released import Release, Row, catalogued, released
from .repository import indexed

RELEASE = Release(
    task="multiarith",
    file="https://raw.githubusercontent.com/kojima-takeshi188/zero_shot_cot/{revision}"
    "/dataset/MultiArith/MultiArith.json",
    columns="{iIndex, sQuestion, lEquations, lSolutions: [39.0]}",
    hub="ChilleD/MultiArith",
    splits={"all": "train+test", "train": "train", "test": "test"},
)


@task(
    exemplars="arithmetic",
    area="arithmetic",
    kind="number",
    rows="600",
    licence="none stated",
)
def multiarith(
    *, path: str | None = None, split: str = "all", revision: str | None = None
) -> Iterator[Problem]:
    """MultiArith: two-step word problems."""
    return catalogued(_problem(row, split) for row in released(RELEASE, path, split, revision))


def _problem(row: Row, split: str) -> Problem:
    if "final_ans" not in row:
        return indexed(row, "multiarith")
    # Without iIndex a row's place in the split is all there is: such ids pair with each other only.
    name = f"multiarith/{split}/{row.index:04d}"
    return Problem(name, row.text("question"), row.gold(row["final_ans"]), "number")
