"""GSM8K-Platinum (Vendrow et al., 2025, "Do Large Language Model Benchmarks Test Reliability?",
arXiv:2502.03461).

The test set of GSM8K with wrong golds revised and ambiguous questions removed, 1209 problems.
Source: on the hub madrylab/gsm8k-platinum (config main, test), released there only, as Parquet:
{question, answer, cleaning_status}. Where a gold was revised, only the line "####" is sure to be
right: the steps may be those that led to the old gold.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness import Problem, task

from .gsm8k import worked
from .released import Release, catalogued, released

RELEASE = Release(
    task="gsm8k_platinum",
    file="the Parquet file of https://huggingface.co/datasets/madrylab/gsm8k-platinum",
    columns='{question, answer: "... #### 18", cleaning_status}',
    hub="madrylab/gsm8k-platinum",
    config="main",
)


@task(
    exemplars="arithmetic",
    area="arithmetic",
    kind="number",
    rows="1,209",
    licence="MIT",
)
def gsm8k_platinum(
    *, path: str | None = None, split: str = "test", revision: str | None = None
) -> Iterator[Problem]:
    """GSM8K-Platinum: the test set of GSM8K with its wrong golds put right."""
    rows = released(RELEASE, path, split, revision)
    return catalogued(
        worked(row, f"gsm8k_platinum/{split}/{row.index:04d}", cleaning=row.text("cleaning_status"))
        for row in rows
    )
