"""SNLI (Bowman et al., 2015, arXiv:1508.05326): inference from captions of pictures.

Source: on the hub stanfordnlp/snli, CC BY-SA 4.0: {premise, hypothesis, label: 0}, 9824 test rows with a gold and
176 without one (-1), which are left out. A table with these columns is read too.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .entailment import Wording, inferred
from .released import Release, catalogued, released

RELEASE = Release(
    task="snli",
    file="the Parquet file of https://huggingface.co/datasets/stanfordnlp/snli",
    columns="{premise, hypothesis, label: 0}",
    hub="stanfordnlp/snli",
    splits={"test": "test", "dev": "validation", "train": "train"},
)


@task(
    exemplars="nli_{wording}",
    area="inference and language",
    kind="label",
    rows="9,824",
    licence="CC BY-SA 4.0",
)
def snli(
    *,
    path: str | None = None,
    split: str = "test",
    wording: Wording = "1",
    revision: str | None = None,
) -> Iterator[Problem]:
    """SNLI: inference from captions of pictures."""
    return catalogued(
        inferred(row, f"snli/{split}/{row.index:05d}", wording, row["label"])
        for row in released(RELEASE, path, split, revision)
        if str(row["label"]) != "-1"
    )
