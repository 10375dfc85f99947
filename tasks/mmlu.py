"""MMLU (Hendrycks et al., 2021, arXiv:2009.03300): 57 subjects of school and study, four options.

Source: on the hub cais/mmlu, MIT (14042 test rows {question, subject, choices, answer: 0}); the files of the release,
SUBJECT_test.csv without a header (question, A, B, C, D, letter), are read too, one or a folder of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from harness import Problem, UserError, task

from .files import Table
from .options import posed
from .released import Release, Row, catalogued, released

LETTERS = ("A", "B", "C", "D")
RELEASE = Release(
    task="mmlu",
    file="the Parquet file of https://huggingface.co/datasets/cais/mmlu",
    columns="{question, subject, choices, answer: 0}, or SUBJECT_test.csv,",
    hub="cais/mmlu",
    splits={"test": "test", "dev": "dev"},
    table=Table(("question", *LETTERS, "answer")),
)
ENDING = "_test"


@task(
    exemplars="mmlu",
    area="science and knowledge",
    kind="choice",
    rows="14,042",
    licence="MIT",
)
def mmlu(
    *,
    path: str | None = None,
    subject: str = "all",
    split: str = "test",
    revision: str | None = None,
) -> Iterator[Problem]:
    """MMLU: 57 subjects of school and study, four options; subject=NAME takes one."""
    return catalogued(_problems(path, subject, split, revision))


def _problems(
    path: str | None, subject: str, split: str, revision: str | None
) -> Iterator[Problem]:
    release = replace(RELEASE, config=subject)
    for file in _files(path) if path else (None,):
        name = Path(file).stem.removesuffix(ENDING) if file else subject
        for row in released(release, file, split, revision):
            own = str(row.values.get("subject") or name)
            yield _problem(row, own, f"mmlu/{own}/{row.index:05d}")


def _files(path: str) -> list[str]:
    """The file itself, or those of a folder in the order of their names."""
    if not Path(path).is_dir():
        return [path]
    files = sorted(str(file) for file in Path(path).glob(f"*{ENDING}.csv"))
    if not files:
        raise UserError(f"mmlu: the folder {path} has no file SUBJECT{ENDING}.csv")
    return files


def _problem(row: Row, subject: str, name: str) -> Problem:
    choices = row["choices"] if "choices" in row else [row[letter] for letter in LETTERS]
    if not isinstance(choices, list) or len(choices) != len(LETTERS):
        raise row.wrong("the options are no list of four texts")
    texts = [str(choice).strip() for choice in choices]
    return posed(row, name, row.text("question"), texts, row["answer"], {"subject": subject})
