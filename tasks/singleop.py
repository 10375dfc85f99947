"""SingleOp (Roy, Vieira and Roth, 2015, "Reasoning about Quantities in Natural Language", TACL 3),
as part of MAWPS.

Source: the file that PAL's authors (Gao et al., 2022, arXiv:2211.10435) released,
github.com/reasoning-machines/pal, Apache-2.0: 562 rows {input, target: 14.0}; the file itself is
downloaded, for no data set of the hub holds it unchanged. 31 rows repeat an earlier question; 15
golds are no whole numbers, some of them rounded (3.33333).
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .released import Release, catalogued, released

RELEASE = Release(
    task="singleop",
    file="https://raw.githubusercontent.com/reasoning-machines/pal/{revision}/datasets/mawpssingleop.jsonl",
    columns="{input, target: 14.0}",
)


@task(
    exemplars="arithmetic",
    area="arithmetic",
    kind="number",
    rows="562",
    licence="Apache-2.0",
)
def singleop(
    *, path: str | None = None, split: str = "test", revision: str | None = None
) -> Iterator[Problem]:
    """SingleOp: word problems of one operation."""
    return catalogued(
        Problem(
            id=f"singleop/{row.index:04d}",
            question=row.text("input"),
            answer=row.gold(row["target"]),
            kind="number",
        )
        for row in released(RELEASE, path, split, revision)
    )
