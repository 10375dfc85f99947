"""e-SNLI (Camburu et al., 2018, arXiv:1812.01193): SNLI with explanations by people.

Source: github.com/OanaMariaCamburu/e-SNLI, MIT, dataset/esnli_test.csv, 9824 rows {pairID, gold_label,
Sentence1, Sentence2, Explanation_1}. `path=` may be a folder as well, with the tokenised files s1.test, s2.test,
labels.test and preproc1_expl_1.test of the same place, row by row alike. The ensembles' paper takes the
first 1000: `first=1000`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness import Problem, UserError, task

from .entailment import Wording, inferred
from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="esnli",
    file="https://raw.githubusercontent.com/OanaMariaCamburu/e-SNLI/{revision}/dataset/esnli_{split}.csv",
    branch="master",
    columns="{gold_label, Sentence1, Sentence2, Explanation_1}",
    splits={"test": "test", "dev": "dev"},
)
FILES = {
    "Sentence1": "s1.{split}",
    "Sentence2": "s2.{split}",
    "gold_label": "labels.{split}",
    "Explanation_1": "preproc1_expl_1.{split}",
}


@task(
    exemplars="nli_{wording}",
    area="inference and language",
    kind="label",
    rows="9,824",
    licence="MIT",
)
def esnli(
    *,
    path: str | None = None,
    split: str = "test",
    wording: Wording = "1",
    first: int | None = None,
    revision: str | None = None,
) -> Iterator[Problem]:
    """e-SNLI: inference from captions of pictures, with explanations."""
    if path is not None and Path(path).is_dir():
        rows = _folder(Path(path), split)
    else:
        rows = released(RELEASE, path, split, revision)
    problems = (
        inferred(
            row,
            f"esnli/{split}/{row.index:04d}",
            wording,
            row["gold_label"],
            row.text("Explanation_1"),
        )
        for row in rows
    )
    return catalogued(problems, first)


def _folder(folder: Path, split: str) -> Iterator[Row]:
    """The rows of four files of which line i belongs to row i."""
    columns: dict[str, list[str]] = {}
    for column, pattern in FILES.items():
        file = folder / pattern.format(split=split)
        if not file.is_file():
            raise UserError(f"esnli: there is no file {file}. {RELEASE.expected(split)}")
        columns[column] = file.read_text(encoding="utf-8").rstrip("\n").split("\n")
    lengths = {column: len(lines) for column, lines in columns.items()}
    if len(set(lengths.values())) > 1:
        raise UserError(f"esnli: the files of {folder} differ in length: {lengths}")
    for index, cells in enumerate(zip(*columns.values(), strict=True)):
        yield Row(
            index, f"esnli: {folder}, row {index + 1}", dict(zip(columns, cells, strict=True))
        )
