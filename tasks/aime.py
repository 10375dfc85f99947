"""AIME, the American Invitational Mathematics Examination: 30 problems a year, golds from 0 to 999.

Source: for 2024 HuggingFaceH4/aime_2024 on the hub (split called train), for 2025 math-ai/aime25; the files of
github.com/QwenLM/Qwen2.5-Math ({id, problem, solution, answer: "025"}) are read too. Leading zeros do not count.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, UserError, task

from .released import Release, Row, catalogued, released

YEARS = {
    "2024": ("HuggingFaceH4/aime_2024", "train"),
    "2025": ("math-ai/aime25", "test"),
}


@task(
    exemplars="competition",
    area="mathematics",
    kind="number",
    rows="30 a year",
    licence="none stated",
)
def aime(
    *, path: str | None = None, year: str = "2024", revision: str | None = None
) -> Iterator[Problem]:
    """AIME: 30 problems of a competition, whole numbers; year=2025 has the next ones."""
    if year not in YEARS:
        raise UserError(f"aime: there is no year {year!r}; year= can be {' or '.join(YEARS)}")
    hub, split = YEARS[year]
    release = Release(
        task="aime",
        file=f"the file of https://huggingface.co/datasets/{hub}",
        columns='{problem, answer: "25"}',
        hub=hub,
        splits={"test": split},
    )
    rows = released(release, path, "test", revision)
    return catalogued(_problem(row, f"aime/{year}") for row in rows)


def _problem(row: Row, name: str) -> Problem:
    # the rows of one release have numbers of their own, those of the other stand in order
    number = row.values.get("id", row.index)
    solution = str(row.values.get("solution") or "").strip()
    return Problem(
        id=f"{name}/{number}",
        question=row.text("problem"),
        answer=row.gold(row["answer"]),
        kind="number",
        rationales=(solution,) if solution else (),
    )
