"""SST-2, the Stanford Sentiment Treebank (Socher et al., 2013): is a piece of a review positive?

Source: on the hub nyu-mll/glue (sst2, validation, 872 rows): {sentence, label: 1, idx}, 1 for positive; a table with
these columns is read too. Sentences are lower case and tokenised, and stay so.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .files import shown
from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="sst2",
    file="the Parquet file of https://huggingface.co/datasets/nyu-mll/glue",
    columns="{sentence, label: 1}",
    hub="nyu-mll/glue",
    config="sst2",
    splits={"dev": "validation", "train": "train"},
)
LABELS = ("positive", "negative")


@task(
    exemplars="sst2",
    area="inference and language",
    kind="label",
    rows="872",
    licence="none stated",
)
def sst2(
    *, path: str | None = None, split: str = "dev", revision: str | None = None
) -> Iterator[Problem]:
    """SST-2: whether a piece of a film review is positive or negative."""
    rows = released(RELEASE, path, split, revision)
    return catalogued(_problem(row, f"sst2/{split}/{row.index:04d}") for row in rows)


def _problem(row: Row, name: str) -> Problem:
    gold = str(row["label"])
    if gold not in ("0", "1"):
        raise row.wrong(f"the gold {shown(gold)} is neither 0 nor 1")
    question = f'Is this piece of a review positive or negative? "{row.text("sentence")}"'
    return Problem(name, question, LABELS[gold == "0"], "label", LABELS)
