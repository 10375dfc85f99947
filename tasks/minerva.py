"""Minerva's problems of open courses (Lewkowycz et al., 2022, arXiv:2206.14858): 272 of the sciences.

Source: the paper's supplement; on the hub math-ai/minervamath ({question, answer}), and as a file of
github.com/QwenLM/Qwen2.5-Math ({problem, solution, type, idx}), whose golds are the last boxes of the solutions.
No terms are stated; the courses are CC BY-NC-SA. Golds of numbers are
rounded to two to five digits, and compared to five here: an answer with more digits than its gold may count as wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .math import boxed, formula
from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="minerva",
    file="https://raw.githubusercontent.com/QwenLM/Qwen2.5-Math/{revision}"
    "/evaluation/data/minerva_math/test.jsonl",
    columns="{question, answer}, or {problem, solution, type, idx},",
    hub="math-ai/minervamath",
)


@task(exemplars="math", area="mathematics", kind="math", rows="272", licence="none stated")
def minerva(*, path: str | None = None, revision: str | None = None) -> Iterator[Problem]:
    """Minerva's problems of open courses: physics, chemistry and mathematics."""
    return catalogued(_problem(row) for row in released(RELEASE, path, "test", revision))


def _problem(row: Row) -> Problem:
    solution = row.text("solution") if "solution" in row else ""
    gold = row.text("answer") if "answer" in row else boxed(row, solution)
    return Problem(
        id=f"minerva/{row.index:04d}",
        question=row.text("question", "problem"),
        answer=formula(gold),
        kind="math",
        rationales=(solution,) if solution else (),
        tags={"course": row.text("type")} if "type" in row else {},
    )
