"""Weighs chains by how confident each is: the measures come from strategies, the formulas stand here.

A formula makes weights of the confidences of one problem's chains. The heaviest weight is 1, except
where the confidences themselves are the weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.errors import UserError
from harness.problem import Chain

TOLERANCE = 1e-12
"""Relative: numbers that differ by less are equal."""


def weighed(
    chains: Sequence[Chain],
    confidences: Sequence[float | None],
    weigh: Callable[[Sequence[float]], Sequence[float]],
) -> list[Chain]:
    """The chains with their confidences, and the weights that `weigh` makes of them.

    A chain that abstained, or of which no confidence is known (None), weighs 0: `weigh` does not see it.
    """
    paired = list(zip(chains, confidences, strict=True))
    known = [sure for one, sure in paired if one.answer is not None and sure is not None]
    weights = iter(weigh(known))
    return [
        replace(
            one,
            confidence=sure,
            weight=0.0 if one.answer is None or sure is None else next(weights),
        )
        for one, sure in paired
    ]


def softmax(confidences: Sequence[float], temperature: float = 1.0) -> list[float]:
    """exp(confidence / temperature) of each in relation to the heaviest, which is 1.

    A chain of 300 tokens has a probability around exp(-100), and exp(-2000) is no floating-point
    number but 0. What vanishes here is less than 10**-300 of the heaviest and cannot win.
    """
    if not temperature > 0:
        raise UserError(f"temperature={temperature} of a softmax of confidences: it must be over 0")
    heaviest = max(confidences, default=0.0)
    return [math.exp((one - heaviest) / temperature) for one in confidences]


def by_rank(confidences: Sequence[float], p: float = 0.5) -> list[float]:
    """((N - r + 1) / N) ** p for the r-th most confident of N (Kang et al., 2025, arXiv:2502.18581).

    Their weights are not divided by N ** p, which decides nothing. Equally confident chains share the mean of
    the weights of their ranks.
    """
    if not p >= 0:
        raise UserError(f"p={p} of weights by rank: it must be 0 (the majority) or more")
    weights = [0.0] * len(confidences)
    place = count = len(confidences)
    for group in descending(confidences):
        places = range(place, place - len(group), -1)
        shared = math.fsum((each / count) ** p for each in places) / len(group)
        for index in group:
            weights[index] = shared
        place -= len(group)
    return weights


def surest(confidences: Sequence[float], keep: float = 1.0) -> list[float]:
    """The confidences of the most confident part `keep` of the chains, and 0 for the others.

    At least one is kept; what ties with the last that is kept is kept too, so that no order decides.
    """
    if not 0 < keep <= 1:
        raise UserError(f"keep={keep}: the part of the chains to keep is over 0, and 1 at most")
    kept = max(1, math.ceil(keep * len(confidences) - TOLERANCE))
    weights = [0.0] * len(confidences)
    for group in descending(confidences):
        for index in group:
            weights[index] = confidences[index]
        kept -= len(group)
        if kept <= 0:
            break
    return weights


def descending(values: Sequence[float]) -> list[list[int]]:
    """The places of the values, the highest first, those of equal values in one group."""
    groups: list[list[int]] = []
    for place in sorted(range(len(values)), key=lambda place: -values[place]):
        if groups and math.isclose(values[groups[-1][0]], values[place], rel_tol=TOLERANCE):
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups
