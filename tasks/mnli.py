"""MNLI (Williams et al., 2018, arXiv:1704.05426): inference from texts of many sorts.

Source: on the hub nyu-mll/glue (mnli): {premise, hypothesis, label: 0, idx}; golds of the test set are not public, so
the papers report the development sets, matched (9815 rows) and mismatched (9832). The ensembles' paper
takes the first 1000: `first=1000`.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .entailment import Wording, inferred
from .released import Release, catalogued, released

RELEASE = Release(
    task="mnli",
    file="the Parquet file of https://huggingface.co/datasets/nyu-mll/glue",
    columns="{premise, hypothesis, label: 0, idx}",
    hub="nyu-mll/glue",
    config="mnli",
    splits={"matched": "validation_matched", "mismatched": "validation_mismatched"},
)


@task(
    exemplars="nli_{wording}",
    area="inference and language",
    kind="label",
    rows="9,815 (mismatched 9,832)",
    licence="OANC, CC BY-SA 3.0",
)
def mnli(
    *,
    path: str | None = None,
    split: str = "matched",
    wording: Wording = "1",
    first: int | None = None,
    revision: str | None = None,
) -> Iterator[Problem]:
    """MNLI: inference from texts of many sorts; split=mismatched has other sorts."""
    problems = (
        inferred(row, f"mnli/{split}/{row.index:05d}", wording, row["label"])
        for row in released(RELEASE, path, split, revision)
    )
    return catalogued(problems, first)
