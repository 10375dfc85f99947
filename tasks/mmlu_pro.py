"""MMLU-Pro (Wang et al., 2024, arXiv:2406.01574): questions of study that ask for reasoning, up to ten options.

Source: on the hub TIGER-Lab/MMLU-Pro, MIT (12032 test rows {question_id, question, options, answer: "A", category}). A
form with the options in the question, behind a line `Options are:` as `A. ...`, is read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness import Problem, task

from .files import shown
from .options import posed
from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="mmlu_pro",
    file="the Parquet file of https://huggingface.co/datasets/TIGER-Lab/MMLU-Pro",
    columns='{question, options, answer: "A", category}',
    hub="TIGER-Lab/MMLU-Pro",
    splits={"test": "test", "dev": "validation"},
)
LETTERS = "ABCDEFGHIJ"


@task(
    exemplars="mmlu_pro",
    area="science and knowledge",
    kind="choice",
    rows="12,032",
    licence="MIT",
)
def mmlu_pro(
    *, path: str | None = None, split: str = "test", revision: str | None = None
) -> Iterator[Problem]:
    """MMLU-Pro: questions of study with up to ten options."""
    rows = released(RELEASE, path, split, revision)
    return catalogued(_problem(row, split) for row in rows)


def _problem(row: Row, split: str) -> Problem:
    question, options = row.text("question"), row.values.get("options")
    if options is None:
        question, mark, below = question.rpartition("\n Options are:\n")
        if not mark:
            raise row.wrong("there is neither a column options nor a line Options are:")
        options = _listed(row, below)
    if not isinstance(options, list) or not all(isinstance(text, str) for text in options):
        raise row.wrong(f"options is {shown(options)}, not a list of texts")
    tags = {"subject": str(row["category"])} if "category" in row else {}
    name = f"mmlu_pro/{row.values.get('question_id', f'{split}/{row.index:05d}')}"
    return posed(
        row, name, question.strip(), [text.strip() for text in options], row["answer"], tags
    )


def _listed(row: Row, below: str) -> list[str]:
    """The options, each from its own letter to the next one's: they may have line breaks."""
    _, *pieces = re.split(r"(?:\A|\n)([A-J])\. ", below)
    if "".join(pieces[::2]) != LETTERS[: len(pieces[::2])]:
        raise row.wrong(f"the options are lettered {', '.join(pieces[::2])}")
    return pieces[1::2]
