"""Sports understanding (BIG-bench, Srivastava et al., 2022, arXiv:2206.04615): is a sentence plausible?

Source: the 250 rows of BIG-Bench Hard, github.com/suzgunmirac/BIG-Bench-Hard, MIT: {input, target: "yes"}. One
of the sets of the chain-of-thought paper (Wei et al., 2022, arXiv:2201.11903), with eight examples.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .bigbench import release
from .released import catalogued, released

RELEASE = release("sports_understanding", "sports_understanding")


@task(
    exemplars="sports_understanding",
    area="commonsense",
    kind="yes_no",
    rows="250",
    licence="MIT",
)
def sports_understanding(
    *, path: str | None = None, revision: str | None = None
) -> Iterator[Problem]:
    """Sports understanding: whether a sentence about an athlete is plausible."""
    return catalogued(
        Problem(
            id=f"sports_understanding/{row.index:04d}",
            question=row.text("input"),
            answer=row.gold(row["target"], "yes_no"),
            kind="yes_no",
        )
        for row in released(RELEASE, path, "test", revision)
    )
