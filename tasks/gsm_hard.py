"""GSM-Hard (Gao et al., 2022, "PAL: Program-aided Language Models", arXiv:2211.10435): GSM8K's test
set with large numbers.

Source: on the hub reasoning-machines/gsm-hard, MIT, 1319 rows {input, code, target: -9867630.0}, in
a split that is called train but is for testing. Numbers were put in by machine: many golds are
negative or no whole numbers, and some problems make no sense. Golds keep their full precision; the
comparison of numbers allows for rounding.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .released import Release, catalogued, released

RELEASE = Release(
    task="gsm_hard",
    file="https://huggingface.co/datasets/reasoning-machines/gsm-hard/resolve/main/gsmhardv2.jsonl",
    columns="{input, target: 64.0}",
    hub="reasoning-machines/gsm-hard",
    splits={"test": "train"},
)


@task(
    exemplars="arithmetic",
    area="arithmetic",
    kind="number",
    rows="1,319",
    licence="MIT",
)
def gsm_hard(
    *, path: str | None = None, split: str = "test", revision: str | None = None
) -> Iterator[Problem]:
    """GSM-Hard: GSM8K's test set with small numbers replaced by large ones."""
    return catalogued(
        Problem(
            id=f"gsm_hard/{split}/{row.index:04d}",
            question=row.text("input"),
            answer=row.gold(row["target"]),
            kind="number",
        )
        for row in released(RELEASE, path, split, revision)
    )
