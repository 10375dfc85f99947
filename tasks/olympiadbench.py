"""OlympiadBench (He et al., 2024, arXiv:2402.14008), mathematics in English without pictures.

Source: on the hub Hothan/OlympiadBench (OE_TO_maths_en_COMP, split called train), Apache-2.0; the file of
github.com/QwenLM/Qwen2.5-Math has 675 rows {id, subfield, question, solution, final_answer: ["2"],
answer_type, is_multiple_answer, unit}. Numbers alone are asked for, as most reports do; `answers=all` adds
expressions, tuples, intervals and lists, of which a reader cannot compare all: `harness check` names those.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from harness import Problem, task

from .files import shown
from .math import formula
from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="olympiadbench",
    file="https://raw.githubusercontent.com/QwenLM/Qwen2.5-Math/{revision}"
    "/evaluation/data/olympiadbench/test.jsonl",
    columns='{id, subfield, question, final_answer: ["2"], answer_type, is_multiple_answer}',
    hub="Hothan/OlympiadBench",
    config="OE_TO_maths_en_COMP",
    splits={"test": "train"},
)


@task(
    exemplars="math",
    area="mathematics",
    kind="math",
    rows="675, of which numbers are asked",
    licence="Apache-2.0",
)
def olympiadbench(
    *,
    path: str | None = None,
    answers: Literal["numbers", "all"] = "numbers",
    revision: str | None = None,
) -> Iterator[Problem]:
    """OlympiadBench: mathematics of olympiads; answers=all asks for more than numbers."""
    rows = released(RELEASE, path, "test", revision)
    return catalogued(_problem(row) for row in rows if answers == "all" or _is_number(row))


def _is_number(row: Row) -> bool:
    return row["answer_type"] == "Numerical" and not row["is_multiple_answer"]


def _problem(row: Row) -> Problem:
    golds, context = row["final_answer"], str(row.values.get("context") or "").strip()
    if not isinstance(golds, list) or len(golds) != 1 or not isinstance(golds[0], str):
        raise row.wrong(f"final_answer is {shown(golds)}, not a list of one text")
    unit = str(row.values.get("unit") or "").strip("$ ")
    said = f"\nGive the answer in the unit {unit}." if unit.isalpha() else ""
    return Problem(
        id=f"olympiadbench/{row.whole('id')}",
        question=f"{context}\n{row.text('question')}{said}".strip(),
        answer=formula(golds[0]),
        kind="math",
        tags={"subject": row.text("subfield"), "type": row.text("answer_type")},
    )
