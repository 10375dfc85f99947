"""GSM-Plus (Li et al., 2024, arXiv:2402.19255): problems of GSM8K, each changed in eight ways.

Source: github.com/qtli/GSM-Plus, on the hub qintongli/GSM-Plus, CC BY-SA 4.0 (10552 test rows, 2400 in testmini):
{question, solution, answer, perturbation_type, seed_question}. One way in eight ("critical thinking") takes
something away, so that the problem cannot be solved and its gold is `None`: those rows have no number to be
compared and are left out. Changes of one problem are not independent: the tag `template` counts the seeds.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .released import Release, Row, catalogued, named_in, released

RELEASE = Release(
    task="gsm_plus",
    file="https://raw.githubusercontent.com/qtli/GSM-Plus/{revision}/dataset/gsmplus_{split}.jsonl",
    columns='{question, solution, answer: "4.33", perturbation_type, seed_question}',
    hub="qintongli/GSM-Plus",
    splits={"testmini": "testmini", "test": "test"},
)
UNSOLVABLE = "None"


@task(
    exemplars="arithmetic",
    area="arithmetic",
    kind="number",
    rows="2,400 (test 10,552), an eighth left out",
    licence="CC BY-SA 4.0",
)
def gsm_plus(
    *, path: str | None = None, split: str = "testmini", revision: str | None = None
) -> Iterator[Problem]:
    """GSM-Plus: problems of GSM8K, changed in seven ways that leave them solvable."""
    part = named_in(path, RELEASE.splits, split)
    return catalogued(_problems(released(RELEASE, path, split, revision), part))


def _problems(rows: Iterator[Row], part: str) -> Iterator[Problem]:
    seeds: dict[str, int] = {}
    for row in rows:
        template = seeds.setdefault(row.text("seed_question"), len(seeds))
        if row["answer"] == UNSOLVABLE:
            continue
        solution = row.text("solution").rpartition("####")[0].strip()
        yield Problem(
            id=f"gsm_plus/{part}/{row.index:04d}",
            question=row.text("question"),
            answer=row.gold(row["answer"]),
            kind="number",
            rationales=(solution,) if solution else (),
            tags={"change": row.text("perturbation_type"), "template": template},
        )
