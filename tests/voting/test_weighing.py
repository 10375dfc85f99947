"""The formulas that make weights of confidences, worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from harness import Chain, UserError, by_rank, softmax, surest, weighed


def chain(answer: str | None) -> Chain:
    return Chain("", answer, None, "end", 1, 0.0)


def test_a_softmax_does_not_change_with_a_constant_and_does_with_the_temperature() -> None:
    # exp(0), exp(-.1 / .5), exp(-.3 / .5)
    assert softmax([0.9, 0.8, 0.6], 0.5) == pytest.approx([1, 0.818731, 0.548812], rel=1e-5)
    assert softmax([5.9, 5.8, 5.6], 0.5) == pytest.approx(softmax([0.9, 0.8, 0.6], 0.5))
    assert softmax([0.9, 0.8], 1e6) == pytest.approx([1, 1], abs=1e-6)
    assert softmax([]) == []


def test_a_rank_weighs_a_power_and_equals_share() -> None:
    # of four the ranks weigh 1, (3/4) ** 2, (2/4) ** 2, (1/4) ** 2; two share the middle ones
    shared = (9 / 16 + 4 / 16) / 2
    assert by_rank([0.5, 0.9, 0.5, 0.1], 2) == pytest.approx([shared, 1, shared, 1 / 16])
    assert by_rank([0.5, 0.9, 0.1], 0) == [1, 1, 1]
    assert by_rank([3.5, 3.9, 3.1], 0.7) == by_rank([0.5, 0.9, 0.1], 0.7)


def test_the_surest_part_is_kept_with_its_confidences() -> None:
    assert surest([3, 1, 2, 5], 0.5) == [3, 0, 0, 5]
    assert surest([3, 1, 2, 5], 0.51) == [3, 0, 2, 5]  # of a part of a chain, the whole chain
    assert surest([3, 1, 3, 5], 0.5) == [3, 0, 3, 5]  # what ties with the last is kept
    assert surest([3, 1], 0.01) == [3, 0]
    assert surest([0.1] * 30, 0.1) == [0.1] * 30
    assert surest([], 0.5) == []


def test_chains_that_abstain_or_are_unknown_weigh_nothing_and_take_no_rank() -> None:
    chains = [chain("1"), chain(None), chain("2"), chain("3")]
    made = weighed(chains, [0.2, 0.9, None, 0.4], lambda sure: by_rank(sure, 1))
    assert [one.weight for one in made] == [1 / 2, 0, 0, 1]
    assert [one.confidence for one in made] == [0.2, 0.9, None, 0.4]


def test_what_makes_no_weights_is_refused() -> None:
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: softmax([], 0), "temperature=0"),
        (lambda: by_rank([], -1), "p=-1"),
        (lambda: surest([], 1.5), r"keep=1\.5"),
        (lambda: by_rank([], math.nan), "p=nan"),
    ]
    for weigh, told in refused:
        with pytest.raises(UserError, match=told):
            weigh()
