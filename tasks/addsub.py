"""AddSub (Hosseini et al., 2014, "Learning to Solve Arithmetic Word Problems with Verb
Categorization", EMNLP).

Source: the file that Kojima et al. (2022, arXiv:2205.11916) released,
github.com/kojima-takeshi188/zero_shot_cot: 395 rows {iIndex, sQuestion, lEquations, lSolutions:
["43"]}; the file itself is downloaded, for no data set of the hub holds it unchanged. 126 golds are
no whole numbers, and one is 0.6666666666666666, a rounded 2/3. Blanks before full stops are the
release's own and stay.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .released import Release, catalogued, released
from .repository import indexed

RELEASE = Release(
    task="addsub",
    file="https://raw.githubusercontent.com/kojima-takeshi188/zero_shot_cot/{revision}/dataset/AddSub/AddSub.json",
    columns='{iIndex, sQuestion, lEquations, lSolutions: ["43"]}',
)


@task(
    exemplars="arithmetic",
    area="arithmetic",
    kind="number",
    rows="395",
    licence="none stated",
)
def addsub(
    *, path: str | None = None, split: str = "test", revision: str | None = None
) -> Iterator[Problem]:
    """AddSub: word problems of adding and subtracting, many with decimals."""
    return catalogued(indexed(row, "addsub") for row in released(RELEASE, path, split, revision))
