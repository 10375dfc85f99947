"""Answers in free words: exact match, which is their accuracy, beside the F1 of their words."""

from __future__ import annotations

from collections.abc import Sequence

from harness.records.loading import Score
from harness.report.section import Section, percent


def words(scores: Sequence[Score], names: Sequence[str]) -> Section | None:
    """None where no column has answers in free words."""
    rows = tuple(
        (one["task"], name, f"{one['free']['problems']:,}", *_figures(one))
        for one, name in zip(scores, names, strict=True)
        if one.get("free")
    )
    if not rows:
        return None
    return Section(
        title="Answers in free words",
        columns=("task", "strategy", "n", "exact match", "F1"),
        rows=rows,
        caption=(
            "In %. Exact match: the answer is the gold but for case, articles and punctuation. F1: the "
            "harmonic mean of the shares of words that answer and gold have in common, the best of several "
            "golds (SQuAD: Rajpurkar et al., 2016, arXiv:1606.05250); 0 for what was not read."
        ),
        names=2,
    )


def _figures(score: Score) -> tuple[str, str]:
    return percent(score["free"]["exact_match"]), percent(score["free"]["f1"])
