"""Says how sure a number is, and whether two numbers differ. Every accuracy here has its n.

`summary` says all there is to say of one column of stored chains, `compare` of two columns.
"""

from harness.statistics.accuracy import Accuracy, majority_vote, single_path, vote_variances
from harness.statistics.calibrating import (
    Bin,
    Calibration,
    accuracy_at_coverage,
    auroc,
    calibration,
)
from harness.statistics.comparing import Comparison, compare, paired_interval
from harness.statistics.counts import Counts
from harness.statistics.front import pareto_front
from harness.statistics.intervals import (
    Estimate,
    accuracy_interval,
    clustered,
    estimate,
    estimates,
    standard_errors,
    wilson,
)
from harness.statistics.power import detectable_difference, paths_deviation, problems_needed
from harness.statistics.significance import holm, mcnemar, permutation
from harness.statistics.subsets import maj_at_k, pass_at_k
from harness.statistics.summarising import Summary, summary

__all__ = [
    "Accuracy",
    "Bin",
    "Calibration",
    "Comparison",
    "Counts",
    "Estimate",
    "Summary",
    "accuracy_at_coverage",
    "accuracy_interval",
    "auroc",
    "calibration",
    "clustered",
    "compare",
    "detectable_difference",
    "estimate",
    "estimates",
    "holm",
    "maj_at_k",
    "majority_vote",
    "mcnemar",
    "paired_interval",
    "pareto_front",
    "pass_at_k",
    "paths_deviation",
    "permutation",
    "problems_needed",
    "single_path",
    "standard_errors",
    "summary",
    "vote_variances",
    "wilson",
]
