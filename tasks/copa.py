"""COPA, the Choice of Plausible Alternatives (Roemmele et al., 2011): the likelier cause or effect.

Source: on the hub aps/super_glue (copa, validation, 100 rows), BSD-2: {premise, choice1, choice2, question: "effect",
label: 0, idx}. Labels count from 0 while the choices count from 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .options import posed
from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="copa",
    file="the Parquet file of https://huggingface.co/datasets/aps/super_glue",
    columns='{premise, choice1, choice2, question: "effect", label: 0}',
    hub="aps/super_glue",
    config="copa",
    splits={"dev": "validation", "train": "train"},
)


@task(
    exemplars="copa",
    area="commonsense",
    kind="choice",
    rows="100",
    licence="BSD-2-Clause",
)
def copa(
    *, path: str | None = None, split: str = "dev", revision: str | None = None
) -> Iterator[Problem]:
    """COPA: the likelier cause or effect of what happens."""
    rows = released(RELEASE, path, split, revision)
    return catalogued(_problem(row, f"copa/{split}/{row.index:04d}") for row in rows)


def _problem(row: Row, name: str) -> Problem:
    asked = row.text("question")
    if asked not in ("cause", "effect"):
        raise row.wrong(f"question is {asked!r}, neither cause nor effect")
    question = f"{row.text('premise')}\nWhat is the more likely {asked} of this?"
    choices = (row.text("choice1"), row.text("choice2"))
    return posed(row, name, question, choices, row.whole("label"), {"asks": asked})
