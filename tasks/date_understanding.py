"""Date understanding (BIG-bench, Srivastava et al., 2022, arXiv:2206.04615): a date that a story implies.

The chain-of-thought paper (Wei et al., 2022, arXiv:2201.11903) asks for the date itself, without options, and
so does this task: its golds are the texts of the right options. Source: the 250 rows of BIG-Bench Hard,
github.com/suzgunmirac/BIG-Bench-Hard, MIT; the 369 rows of BIG-bench's task.json ({input, target_scores}) are
read too. With options it is `bbh:name=date_understanding`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness import Problem, task

from .bigbench import divided, release
from .released import Row, catalogued, released

RELEASE = release("date_understanding", "date_understanding")


@task(
    exemplars="date_understanding",
    area="commonsense",
    kind="date",
    rows="250 (in BIG-bench 369)",
    licence="MIT",
)
def date_understanding(
    *, path: str | None = None, revision: str | None = None
) -> Iterator[Problem]:
    """Date understanding: a date that a short story implies, in MM/DD/YYYY."""
    return catalogued(_problem(row) for row in released(RELEASE, path, "test", revision))


def _problem(row: Row) -> Problem:
    if "target_scores" in row:
        question, options = row.text("input"), row["target_scores"]
        if not isinstance(options, Mapping) or not options:
            raise row.wrong("target_scores are no options with their scores")
        gold = max(options, key=lambda option: options[option])
        return _dated(row, f"date_understanding/bigbench/{row.index:04d}", question, gold)
    parts = divided(row)
    letter = row.gold(row["target"], "choice", parts.lettered)
    gold = parts.lettered[ord(letter) - ord("A")]
    return _dated(row, f"date_understanding/{row.index:04d}", parts.question, gold)


def _dated(row: Row, name: str, question: str, gold: str) -> Problem:
    return Problem(name, question, row.gold(gold, "date"), "date")
