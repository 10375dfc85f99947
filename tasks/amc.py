"""AMC 12 of 2023, the American Mathematics Competitions: the 40 problems whose answers are numbers.

Source: github.com/QwenLM/Qwen2.5-Math ({id, problem, answer: 27.0}), on the hub math-ai/amc23 ({id, question,
answer}). The five options are gone: the gold is the value.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .released import Release, catalogued, released

RELEASE = Release(
    task="amc",
    file="https://raw.githubusercontent.com/QwenLM/Qwen2.5-Math/{revision}/evaluation/data/amc23/test.jsonl",
    columns="{id, problem, answer: 27.0}",
    hub="math-ai/amc23",
)


@task(
    exemplars="competition",
    area="mathematics",
    kind="number",
    rows="40",
    licence="none stated",
)
def amc(*, path: str | None = None, revision: str | None = None) -> Iterator[Problem]:
    """AMC 12 of 2023: 40 problems of a competition, without their options."""
    return catalogued(
        Problem(
            id=f"amc/2023/{row.first('id')}",
            question=row.text("problem", "question"),
            answer=row.gold(row["answer"]),
            kind="number",
        )
        for row in released(RELEASE, path, "test", revision)
    )
