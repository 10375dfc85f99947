"""ANLI (Nie et al., 2020, arXiv:1910.14599): inference against which models were set, in three rounds.

Source: on the hub facebook/anli, CC BY-NC 4.0: {uid, premise, hypothesis, label: 0, reason}; 1000, 1000 and 1200
test rows in the rounds, which are the splits r1, r2 and r3.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .entailment import Wording, inferred
from .released import Release, catalogued, released

RELEASE = Release(
    task="anli",
    file="the Parquet file of https://huggingface.co/datasets/facebook/anli",
    columns="{uid, premise, hypothesis, label: 0, reason}",
    hub="facebook/anli",
    splits={"r1": "test_r1", "r2": "test_r2", "r3": "test_r3"},
)


@task(
    exemplars="nli_{wording}",
    area="inference and language",
    kind="label",
    rows="1,000 (r2 1,000, r3 1,200)",
    licence="CC BY-NC 4.0",
)
def anli(
    *,
    path: str | None = None,
    split: str = "r1",
    wording: Wording = "1",
    revision: str | None = None,
) -> Iterator[Problem]:
    """ANLI: inference made hard for models; split=r1, r2 or r3 is the round."""
    return catalogued(
        inferred(
            row,
            f"anli/{split}/{row.text('uid')}",
            wording,
            row["label"],
            str(row.values.get("reason") or "").strip(),
        )
        for row in released(RELEASE, path, split, revision)
    )
