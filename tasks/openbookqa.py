"""OpenBookQA (Mihaylov et al., 2018, arXiv:1809.02789): elementary science, question only, four options.

Source: on the hub allenai/openbookqa (main), Apache-2.0: 500 test rows {id, question_stem, choices: {text,
label}, answerKey}. The table of the original release ({ID, Question Stem, Choices: "(A) ... (B) ...",
Answer Key}) is read too. Many stems are sentences to be ended, and two occur twice with other options.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness import Problem, task

from .options import keyed, labelled, posed
from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="openbookqa",
    file="the file of https://huggingface.co/datasets/allenai/openbookqa",
    columns="{id, question_stem, choices: {text, label}, answerKey}, or the table of the release,",
    hub="allenai/openbookqa",
    config="main",
    splits={"test": "test", "dev": "validation", "train": "train"},
)


@task(
    exemplars="openbookqa",
    area="science and knowledge",
    kind="choice",
    rows="500",
    licence="Apache-2.0",
)
def openbookqa(
    *, path: str | None = None, split: str = "test", revision: str | None = None
) -> Iterator[Problem]:
    """OpenBookQA: elementary science from the question alone, four options."""
    return catalogued(_problem(row) for row in released(RELEASE, path, split, revision))


def _problem(row: Row) -> Problem:
    name = f"openbookqa/{row.text('ID', 'id')}"
    question = row.text("Question Stem", "question_stem")
    if "Choices" not in row:
        choices, labels = labelled(row, row["choices"])
    else:
        _, *pieces = re.split(r"(?:\A|\s)\(([A-D])\) ", row.text("Choices"))
        labels, choices = pieces[::2], [text.strip() for text in pieces[1::2]]
    gold = keyed(row, labels, row.first("Answer Key", "answerKey"))
    return posed(row, name, question, choices, gold)
