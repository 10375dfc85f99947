"""CommonsenseQA (Talmor et al., 2019, arXiv:1811.00937): questions of everyday sense with five options.

Source: the development set that Kojima et al. (2022, arXiv:2205.11916) released,
github.com/kojima-takeshi188/zero_shot_cot, 1221 rows {id, question: {stem, choices: [{label, text}]},
answerKey}; on the hub tau/commonsense_qa (validation), MIT. Golds of the test set are not public, so
the papers report the development set. In 24 rows two options have the same text: where one is the gold,
the tag `same_text` names its twin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness import Problem, task

from .options import keyed, labelled, posed
from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="commonsenseqa",
    file="https://raw.githubusercontent.com/kojima-takeshi188/zero_shot_cot/{revision}"
    "/dataset/CommonsenseQA/dev_rand_split.jsonl",
    columns='{id, question: {stem, choices: [{label, text}]}, answerKey: "A"}',
    hub="tau/commonsense_qa",
    splits={"dev": "validation", "train": "train"},
)


@task(
    exemplars="commonsenseqa",
    area="commonsense",
    kind="choice",
    rows="1,221",
    licence="MIT",
)
def commonsenseqa(
    *, path: str | None = None, split: str = "dev", revision: str | None = None
) -> Iterator[Problem]:
    """CommonsenseQA: everyday sense, five options."""
    return catalogued(_problem(row) for row in released(RELEASE, path, split, revision))


def _problem(row: Row) -> Problem:
    asked = row["question"]
    # the hub has the parts of a question as columns of their own
    parts = Row(row.index, row.place, asked if isinstance(asked, Mapping) else row.values)
    choices, labels = labelled(row, parts["choices"])
    gold = keyed(row, labels, row["answerKey"])
    name = f"commonsenseqa/{row.text('id')}"
    return posed(row, name, parts.text("stem", "question"), choices, gold)
