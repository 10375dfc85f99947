"""WiC, Words in Context (Pilehvar and Camacho-Collados, 2019, arXiv:1808.09121): one meaning, or two?

Source: on the hub aps/super_glue (wic, validation, 638 rows), CC BY-NC 4.0: {word, sentence1, sentence2, idx, label};
labels are 0 and 1 there, `true` and `false` in the file of SuperGLUE. The two sentences stand before the
question, as in the ensembles' paper (Wang et al., 2022, arXiv:2207.00747), which replaced all rationales here:
`input_rationale_ensemble:replace=all`.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="wic",
    file="the Parquet file of https://huggingface.co/datasets/aps/super_glue",
    columns='{word, sentence1, sentence2, label: "true"}',
    hub="aps/super_glue",
    config="wic",
    splits={"dev": "validation", "train": "train"},
)
TRUTH = {"1": "yes", "0": "no"}


@task(
    exemplars="wic",
    area="inference and language",
    kind="yes_no",
    rows="638",
    licence="CC BY-NC 4.0",
)
def wic(
    *, path: str | None = None, split: str = "dev", revision: str | None = None
) -> Iterator[Problem]:
    """WiC: whether a word means the same in two sentences."""
    rows = released(RELEASE, path, split, revision)
    return catalogued(_problem(row, f"wic/{split}/{row.index:04d}") for row in rows)


def _problem(row: Row, name: str) -> Problem:
    gold = str(row["label"])
    return Problem(
        id=name,
        question=f"{row.text('sentence1')}\n{row.text('sentence2')}\n"
        f'Does "{row.text("word")}" mean the same in both sentences?',
        answer=row.gold(TRUTH.get(gold, gold), "yes_no"),
        kind="yes_no",
    )
