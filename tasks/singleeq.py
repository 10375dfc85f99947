"""SingleEq (Koncel-Kedziorski et al., 2015, "Parsing Algebraic Word Problems into Equations", TACL
3).

Source: the file that Kojima et al. (2022, arXiv:2205.11916) released,
github.com/kojima-takeshi188/zero_shot_cot: 508 rows {iIndex, sQuestion, lEquations, lSolutions:
[43.0]}; the file itself is downloaded, for no data set of the hub holds it unchanged. 134 golds are
no whole numbers (11.5, 0.3333333333333333).
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .released import Release, catalogued, released
from .repository import indexed

RELEASE = Release(
    task="singleeq",
    file="https://raw.githubusercontent.com/kojima-takeshi188/zero_shot_cot/{revision}/dataset/SingleEq/questions.json",
    columns="{iIndex, sQuestion, lEquations, lSolutions: [43.0]}",
)


@task(
    exemplars="arithmetic",
    area="arithmetic",
    kind="number",
    rows="508",
    licence="none stated",
)
def singleeq(
    *, path: str | None = None, split: str = "test", revision: str | None = None
) -> Iterator[Problem]:
    """SingleEq: word problems that one equation solves."""
    return catalogued(indexed(row, "singleeq") for row in released(RELEASE, path, split, revision))
