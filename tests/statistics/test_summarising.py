"""The summary of a column holds what its parts say, as plain data."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from harness.errors import UserError
from harness.statistics import (
    Counts,
    calibration,
    estimates,
    majority_vote,
    pass_at_k,
    single_path,
    summary,
)

QUESTIONS = [
    Counts(4, (1,)),
    Counts(2, (2, 1)),
    Counts(0, (3, 2)),
    Counts(5),
    Counts(1, (), 4),
    Counts(3, (1, 1, 1), 1),
]


def test_a_summary_counts_what_can_be_counted_by_hand() -> None:
    """Three questions of two chains: both right, one right and one wrong, and both wrong."""
    result = summary([Counts(2), Counts(1, (1,)), Counts(0, (1, 1))])
    assert (result.questions, result.paths, result.clusters) == (3, (2, 2), None)
    # one vote of three is sure, one is a tie that gives half
    assert result.majority.mean == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert result.single.mean == pytest.approx((2 + 1 + 0) / 6)
    assert [one.mean for one in result.maj_at_k] == pytest.approx([1 / 2, 1 / 2])
    assert [one.mean for one in result.pass_at_k] == pytest.approx([1 / 2, 2 / 3])
    assert result.calibration is not None


def test_curves_go_as_far_as_the_shortest_question_and_begin_at_one_chain() -> None:
    found = summary(QUESTIONS)
    assert found.questions == 6
    assert found.paths == (5, 7)
    assert found.clusters is None
    assert len(found.maj_at_k) == len(found.pass_at_k) == 5
    assert found.calibration == calibration([0.8, 0.4, 0.6, 1, 0.2, 3 / 7], [1, 0.5, 0, 1, 1, 1])
    for curve in (found.maj_at_k, found.pass_at_k):
        assert curve[0].mean == pytest.approx(found.single.mean)


def test_clusters_reach_every_error() -> None:
    alone, clustered = summary(QUESTIONS), summary(QUESTIONS, "aabbcc")
    assert clustered.clusters == 3
    assert clustered.majority == majority_vote(QUESTIONS, "aabbcc")
    assert clustered.single == single_path(QUESTIONS, "aabbcc")
    for one, other in zip(alone.maj_at_k, clustered.maj_at_k, strict=True):
        assert one.mean == other.mean
        assert one.error != other.error
    assert clustered.pass_at_k == estimates(pass_at_k(QUESTIONS), "aabbcc")
    with pytest.raises(UserError, match="in one cluster"):
        summary(QUESTIONS, "aaaaaa")


def test_a_summary_is_plain_data() -> None:
    for questions in (QUESTIONS, [Counts(1)], [Counts(0), Counts(2)], [Counts(3, (2,))]):
        assert json.loads(json.dumps(asdict(summary(questions)), allow_nan=False))


def test_one_chain_each_has_no_calibration() -> None:
    found = summary([Counts(1), Counts(0, (1,)), Counts(0, (), 1)])
    assert found.calibration is None
    assert found.paths == (1, 1)
    assert found.majority.mean == found.single.mean == pytest.approx(1 / 3)
    assert [one.mean for one in found.maj_at_k] == [pytest.approx(1 / 3)]


def test_curves_end_where_they_are_asked_to() -> None:
    assert len(summary(QUESTIONS, largest=2).maj_at_k) == 2
    many = summary([Counts(600, (400,)), Counts(300, (400,))])
    assert len(many.maj_at_k) == len(many.pass_at_k) == 128
    with pytest.raises(ValueError, match="no questions"):
        summary([])
