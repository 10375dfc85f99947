"""WSC as SuperGLUE has it (Wang et al., 2019, arXiv:1905.00537): does a pronoun stand for a phrase, yes or no?

Source: on the hub aps/super_glue (wsc.fixed, validation, 104 rows), CC BY 4.0: {text, span1_text, span2_text, label};
the file of SuperGLUE has the spans in `target`, and its labels are `true` and `false`. Its 104 rows have only
41 texts: the tag `template` counts these, for errors to be clustered by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness import Problem, task

from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="wsc",
    file="the Parquet file of https://huggingface.co/datasets/aps/super_glue",
    columns='{text, target: {span1_text, span2_text}, label: "true"}',
    hub="aps/super_glue",
    config="wsc.fixed",
    splits={"dev": "validation", "train": "train"},
)
TRUTH = {"1": "yes", "0": "no"}


@task(
    exemplars="wsc",
    area="pronouns",
    kind="yes_no",
    rows="104",
    licence="CC BY 4.0",
)
def wsc(
    *, path: str | None = None, split: str = "dev", revision: str | None = None
) -> Iterator[Problem]:
    """WSC of SuperGLUE: whether a pronoun stands for a phrase."""
    return catalogued(_problems(released(RELEASE, path, split, revision), split))


def _problems(rows: Iterator[Row], split: str) -> Iterator[Problem]:
    texts: dict[str, int] = {}
    for row in rows:
        target = row.values.get("target")
        spans = Row(row.index, row.place, target if isinstance(target, Mapping) else row.values)
        phrase, pronoun = spans.text("span1_text"), spans.text("span2_text")
        text, gold = " ".join(row.text("text").split()), str(row["label"])
        yield Problem(
            id=f"wsc/{split}/{row.index:04d}",
            question=f'{text}\nDoes "{pronoun}" stand for "{phrase}" in this sentence?',
            answer=row.gold(TRUTH.get(gold, gold), "yes_no"),
            kind="yes_no",
            tags={"template": texts.setdefault(text, len(texts))},
        )
