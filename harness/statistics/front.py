"""Which of several ways nobody has to regret: none is as good for less, or better for as much."""

from __future__ import annotations

from collections.abc import Sequence


def pareto_front(costs: Sequence[float], accuracies: Sequence[float]) -> list[bool]:
    """For each way, whether no other is at least as good on both counts and better on one.

    Of two that are equal on both, both are on the front. Raises `ValueError` for unequal numbers.
    """
    ways = list(zip(costs, accuracies, strict=True))
    return [
        not any(
            other <= cost and reached >= accuracy and (other, reached) != (cost, accuracy)
            for other, reached in ways
        )
        for cost, accuracy in ways
    ]
