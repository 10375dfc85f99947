"""GSM-Symbolic (Mirzadeh et al., 2024, arXiv:2410.05229): GSM8K problems with names and numbers
drawn anew.

Source: github.com/apple/ml-gsm-symbolic, on the hub apple/GSM-Symbolic (configs main, p1, p2;
test). 100 templates with 50 instances each (p1 adds a clause, p2 two and has 50 templates): {id,
instance, question, answer, original_id, ...}. Instances of a template are no independent problems:
group by the tag `template`, as the paper does, before believing an interval.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness import Problem, UserError, task

from .gsm8k import worked
from .released import Release, Row, catalogued, named_in, released

FILES = {"main": "GSM_symbolic", "p1": "GSM_p1", "p2": "GSM_p2"}
"""The released file of each variant."""

RELEASE = Release(
    task="gsm_symbolic",
    file="https://raw.githubusercontent.com/apple/ml-gsm-symbolic/{revision}/generated_data/",
    columns='{id, instance, question, answer: "... #### 18"}',
    hub="apple/GSM-Symbolic",
)


@task(
    exemplars="arithmetic",
    area="arithmetic",
    kind="number",
    rows="5,000 (p1 5,000, p2 2,500)",
    licence="CC BY-NC-ND 4.0",
)
def gsm_symbolic(
    *,
    path: str | None = None,
    split: str = "test",
    variant: str = "main",
    revision: str | None = None,
) -> Iterator[Problem]:
    """GSM-Symbolic: 100 problems of GSM8K, 50 times each with other names and numbers."""
    if variant not in FILES:
        raise UserError(
            f"gsm_symbolic: there is no variant {variant!r}; variant= can be main, p1 or p2"
        )
    variant = named_in(path, ("p1", "p2"), variant)
    release = replace(RELEASE, config=variant, file=f"{RELEASE.file}{FILES[variant]}.jsonl")
    return catalogued(_problem(row, variant) for row in released(release, path, split, revision))


def _problem(row: Row, variant: str) -> Problem:
    template, instance = row.whole("id"), row.whole("instance")
    name = f"gsm_symbolic/{variant}/{template:04d}/{instance:02d}"
    return worked(row, name, template=template, instance=instance)
