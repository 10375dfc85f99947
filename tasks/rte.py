"""RTE (Dagan et al., 2005; in SuperGLUE, Wang et al., 2019, arXiv:1905.00537): does it follow, yes or no?

Source: on the hub aps/super_glue (rte, validation, 277 rows): {premise, hypothesis, label: 0, idx}, 0 for entailment;
the file of SuperGLUE says `entailment` or `not_entailment`.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .entailment import Wording, asked
from .files import shown
from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="rte",
    file="the Parquet file of https://huggingface.co/datasets/aps/super_glue",
    columns='{premise, hypothesis, label: "entailment", idx}',
    hub="aps/super_glue",
    config="rte",
    splits={"dev": "validation", "train": "train"},
)
MEANINGS = {"entailment": "yes", "0": "yes", "not_entailment": "no", "1": "no"}


@task(
    exemplars="rte_{wording}",
    area="inference and language",
    kind="yes_no",
    rows="277",
    licence="for research",
)
def rte(
    *,
    path: str | None = None,
    split: str = "dev",
    wording: Wording = "1",
    revision: str | None = None,
) -> Iterator[Problem]:
    """RTE: whether a sentence follows from a text, yes or no."""
    rows = released(RELEASE, path, split, revision)
    return catalogued(_problem(row, f"rte/{split}/{row.index:04d}", wording) for row in rows)


def _problem(row: Row, name: str, wording: str) -> Problem:
    gold = str(row["label"])
    if gold not in MEANINGS:
        raise row.wrong(f"the gold {shown(gold)} is none of {', '.join(MEANINGS)}")
    question = asked(row.text("premise"), row.text("hypothesis"), wording)
    return Problem(name, question, MEANINGS[gold], "yes_no", tags={"wording": wording})
