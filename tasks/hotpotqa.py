"""HotpotQA (Yang et al., 2018, arXiv:1809.09600), closed book: questions that two facts answer.

Source: the development set without its paragraphs as Yao et al. (2022, arXiv:2210.03629) released it,
github.com/ysymyth/ReAct: 7405 rows {question, answer, type}, CC BY-SA 4.0. Answers are free words: exact match
is by SQuAD's normal form, and `harness.reading.free.overlap` is the F1. The ensembles' paper takes the first
1000: `first=1000`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness import Problem, task

from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="hotpotqa",
    file="https://raw.githubusercontent.com/ysymyth/ReAct/{revision}/data/hotpot_dev_v1_simplified.json",
    branch="master",
    columns="{question, answer, type}",
    splits={"dev": "dev"},
)


@task(
    exemplars="hotpotqa",
    area="science and knowledge",
    kind="free",
    rows="7,405",
    licence="CC BY-SA 4.0",
)
def hotpotqa(
    *,
    path: str | None = None,
    split: str = "dev",
    first: int | None = None,
    revision: str | None = None,
) -> Iterator[Problem]:
    """HotpotQA without its paragraphs: an answer in free words, by two facts."""
    rows = released(RELEASE, path, split, revision)
    problems = (_problem(row, f"hotpotqa/{split}/{row.index:04d}") for row in rows)
    return catalogued(problems, first)


def _problem(row: Row, name: str) -> Problem:
    # punctuation does not count, and a "!" inside a title would end the sentence that answers
    gold = re.sub(r"[!?](?=\s)", "", row.text("answer"))
    return Problem(
        id=name,
        question=row.text("question"),
        answer=row.gold(gold, "free"),
        kind="free",
        tags={"type": row.text("type")},
    )
