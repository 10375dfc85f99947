"""PIQA (Bisk et al., 2019, arXiv:1911.11641): which of two ways reaches a goal in the world of things.

Source: on the hub baber/piqa (validation, 1838 rows), AFL-3.0: {goal, sol1, sol2, label: 0}. The released pair of files
is read too: dev.jsonl, and beside it dev-labels.lst with a label for each of its lines. Labels count from 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from harness import Problem, UserError, task

from .options import posed
from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="piqa",
    file="the Parquet file of https://huggingface.co/datasets/baber/piqa",
    columns="{goal, sol1, sol2, label: 0}, or dev.jsonl beside dev-labels.lst,",
    hub="baber/piqa",
    splits={"dev": "validation", "train": "train"},
)


@task(
    exemplars="piqa",
    area="commonsense",
    kind="choice",
    rows="1,838",
    licence="AFL-3.0",
)
def piqa(
    *, path: str | None = None, split: str = "dev", revision: str | None = None
) -> Iterator[Problem]:
    """PIQA: which of two ways reaches a goal in the world of things."""
    rows = _labelled(released(RELEASE, path, split, revision), path)
    return catalogued(_problem(row, f"piqa/{split}/{row.index:05d}") for row in rows)


def _labelled(rows: Iterator[Row], path: str | None) -> Iterator[Row]:
    """The rows, with the labels of the file beside theirs where they have none."""
    labels: list[str] = []
    for row in rows:
        if "label" not in row:
            labels = labels or _labels(Path(str(path)))
            if row.index >= len(labels):
                raise row.wrong("the file of labels has no line for this row")
            row = replace(row, values={**row.values, "label": int(labels[row.index])})
        yield row


def _labels(path: Path) -> list[str]:
    file = path.with_name(f"{path.stem}-labels.lst")
    if not file.is_file():
        raise UserError(f"piqa: {path} has no labels, and there is no file {file} of them")
    labels = file.read_text(encoding="utf-8").split()
    if wrong := [label for label in labels if label not in ("0", "1")]:
        raise UserError(f"piqa: {file} has the label {wrong[0]!r}, which is neither 0 nor 1")
    return labels


def _problem(row: Row, name: str) -> Problem:
    choices = (row.text("sol1"), row.text("sol2"))
    return posed(row, name, row.text("goal"), choices, row.whole("label"))
