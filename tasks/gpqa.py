"""GPQA (Rein et al., 2023, arXiv:2311.12022): questions of science that a search engine does not answer.

Source: the hub alone, Idavidrein/gpqa (gpqa_diamond 198 rows, gpqa_main 448, gpqa_extended 546), CC BY 4.0, behind a
form. Its authors ask that no row be shown in the open, and none is in this project. Columns are {Question,
Correct Answer, Incorrect Answer 1 to 3, Record ID}; the options stand in an order drawn from the row's own name.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from harness import Problem, UserError, task

from .options import posed
from .released import Release, Row, catalogued, released

VARIANTS = ("diamond", "main", "extended")
RELEASE = Release(
    task="gpqa",
    file="the file of https://huggingface.co/datasets/Idavidrein/gpqa",
    columns="{Question, Correct Answer, Incorrect Answer 1, ..., Record ID}",
    hub="Idavidrein/gpqa",
    splits={"test": "train"},
)
WRONG = tuple(f"Incorrect Answer {number}" for number in (1, 2, 3))


@task(
    exemplars="gpqa",
    area="science and knowledge",
    kind="choice",
    rows="198 (main 448, extended 546)",
    licence="CC BY 4.0",
)
def gpqa(
    *, path: str | None = None, variant: str = "diamond", revision: str | None = None
) -> Iterator[Problem]:
    """GPQA: science that is hard to look up, four options; variant=diamond, main or extended."""
    if variant not in VARIANTS:
        raise UserError(
            f"gpqa: there is no variant {variant!r}; variant= can be {', '.join(VARIANTS)}"
        )
    release = replace(RELEASE, config=f"gpqa_{variant}")
    return catalogued(_problem(row) for row in released(release, path, "test", revision))


def _problem(row: Row) -> Problem:
    name, right = row.text("Record ID"), row.text("Correct Answer")
    choices = [right, *(row.text(column) for column in WRONG)]
    order = random.Random(f"gpqa/{name}").sample(range(len(choices)), len(choices))
    texts = [choices[place] for place in order]
    subject = str(row.values.get("Subdomain") or "").strip()
    tags = {"subject": subject} if subject else {}
    return posed(row, f"gpqa/{name}", row.text("Question"), texts, order.index(0), tags)
