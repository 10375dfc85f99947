"""All that the statistics say of one column of stored chains."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from harness.statistics.accuracy import Accuracy, majority_vote, single_path
from harness.statistics.calibrating import Calibration, calibration
from harness.statistics.counts import Counts
from harness.statistics.intervals import Estimate, estimates
from harness.statistics.subsets import maj_at_k, pass_at_k

LARGEST = 128
"""The largest k of a summary's curves; selection by voting gains little beyond it."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One column: its accuracy by one chain and by the vote, and both against the number of chains.

    `paths` are the fewest and the most chains of a question. `majority` is the vote of all chains
    of each, `single` one chain. `maj_at_k[k - 1]` and `pass_at_k[k - 1]` are over subsets of k
    chains, for every k up to the fewest (and `LARGEST`), with the interval over questions.
    `calibration` is None where no question has two chains: a share says nothing there. `clusters`
    is their number, None where every question stands for itself.
    """

    questions: int
    paths: tuple[int, int]
    clusters: int | None
    majority: Accuracy
    single: Accuracy
    maj_at_k: tuple[Estimate, ...]
    pass_at_k: tuple[Estimate, ...]
    calibration: Calibration | None


def summary(
    questions: Sequence[Counts],
    clusters: Sequence[Hashable] | None = None,
    *,
    largest: int | None = LARGEST,
) -> Summary:
    """Summarise the counts of a column's questions; `clusters` has a label for each of them.

    Nothing is drawn at random. Raises `ValueError` for no questions or not one label each, and
    `UserError` where all have the same label.
    """
    chains = [question.paths for question in questions]
    if not chains:
        raise ValueError("no questions: there is nothing to summarise")
    return Summary(
        questions=len(questions),
        paths=(min(chains), max(chains)),
        clusters=None if clusters is None else len(set(clusters)),
        majority=majority_vote(questions, clusters),
        single=single_path(questions, clusters),
        maj_at_k=estimates(maj_at_k(questions, largest=largest), clusters),
        pass_at_k=estimates(pass_at_k(questions, largest=largest), clusters),
        calibration=calibration([one.share for one in questions], [one.credit for one in questions])
        if max(chains) > 1
        else None,
    )
