"""The errors of questions and of generation: against brute force, and against what they foretell."""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import sqrt

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from harness.statistics import (
    Counts,
    majority_vote,
    single_path,
    vote_variances,
    wilson,
)

counts = st.builds(
    Counts, st.integers(0, 3), st.lists(st.integers(0, 2), max_size=2).map(tuple), st.integers(0, 1)
)


@given(counts.filter(lambda one: 2 <= one.paths <= 6))
@settings(max_examples=50, deadline=None)
def test_the_variance_of_a_vote_is_that_of_all_draws_with_replacement(question: Counts) -> None:
    groups = [question.gold, *question.others, question.silent]
    chains = [group for group, number in enumerate(groups) for _ in range(number)]
    credits_drawn = []
    for drawn in product(chains, repeat=len(chains)):
        votes = Counter(drawn)
        others = tuple(votes[group] for group in range(1, len(groups) - 1))
        credits_drawn.append(Counts(votes[0], others, votes[len(groups) - 1]).credit)
    expected = numpy.var(credits_drawn) * len(chains) / (len(chains) - 1)
    assert vote_variances([question]) == pytest.approx([expected], abs=1e-10)


def chances(questions: int, seed: int) -> list[list[float]]:
    """Chances of the right answer, wrong answers and silence; questions from easy to hopeless."""
    random = numpy.random.default_rng(seed)
    return [
        [*random.dirichlet([1.5, *[0.5] * int(random.integers(1, 8))]) * 0.95, 0.05]
        for _ in range(questions)
    ]


def column(asked: list[list[float]], paths: int, random: numpy.random.Generator) -> list[Counts]:
    drawn = [random.multinomial(paths, one).tolist() for one in asked]
    return [Counts(one[0], tuple(one[1:-1]), one[-1]) for one in drawn]


@pytest.mark.parametrize("paths", [3, 5, 10, 40])
def test_the_generation_error_foretells_how_other_chains_would_vote(paths: int) -> None:
    random = numpy.random.default_rng(paths)
    asked = chances(200, seed=paths)
    votes, singles = [], []
    for _ in range(400):
        drawn = column(asked, paths, random)
        votes.append(sum(one.credit for one in drawn) / 200)
        singles.append(sum(one.gold for one in drawn) / 200 / paths)
    again = [column(asked, paths, random) for _ in range(5)]
    foretold = numpy.mean([majority_vote(one).generation_error or 0 for one in again])
    assert foretold == pytest.approx(numpy.std(votes), rel=0.15)
    foretold = numpy.mean([single_path(one).generation_error or 0 for one in again])
    assert foretold == pytest.approx(numpy.std(singles), rel=0.15)


@pytest.mark.parametrize(
    ("paths", "excess"), [(2, 0), (3, 0.12), (4, 0.067), (5, 0.044), (10, 0.01), (40, 0.001)]
)
def test_the_mean_variance_of_votes_is_nearly_unbiased(paths: int, excess: float) -> None:
    # p from 0 to 1, all alike: then every number of right chains is as likely as another
    questions = [Counts(right, (paths - right,)) for right in range(paths + 1)]
    votes = numpy.array([one.credit for one in questions])
    p = numpy.linspace(0, 1, 4001)[:, None]
    expected = (binom.pmf(numpy.arange(paths + 1), paths, p) * votes).sum(axis=1)
    true = (votes**2).mean() - numpy.trapezoid(expected**2, p[:, 0])
    found = numpy.mean(vote_variances(questions))
    assert found / true - 1 == pytest.approx(excess, abs=0.003)


def test_the_question_error_is_what_endless_chains_would_leave() -> None:
    random = numpy.random.default_rng(0)
    # half of the questions are always right, half never: chains add nothing
    sure = single_path([Counts(10)] * 50 + [Counts(0, (10,))] * 50)
    assert sure.generation_error == 0
    assert sure.question_error == sure.error == pytest.approx(sqrt(0.25 / 99))
    # all questions are equally hard: questions add next to nothing
    equal = single_path(column([[0.6, 0.4, 0]] * 400, 10, random))
    assert equal.error is not None
    assert equal.generation_error == pytest.approx(sqrt(0.24 / 10 / 400), rel=0.05)
    assert equal.question_error is not None
    assert equal.question_error < equal.error / 2


def test_the_parts_add_up() -> None:
    random = numpy.random.default_rng(5)
    for found in (one(column(chances(300, 1), 12, random)) for one in (majority_vote, single_path)):
        assert found.generation_error is not None
        assert found.question_error is not None
        assert found.generation_error > 0
        total = sqrt(found.generation_error**2 + found.question_error**2)
        assert found.error == pytest.approx(total)


def test_two_chains_vote_as_surely_as_they_are_right() -> None:
    questions = [Counts(2), Counts(1, (1,)), Counts(0, (1, 1)), Counts(1, (1,)), Counts(0, (2,))]
    vote, single = majority_vote(questions), single_path(questions)
    assert vote.mean == single.mean == 0.4
    assert vote.generation_error == pytest.approx(single.generation_error)


def test_one_chain_does_not_tell_what_another_would_say() -> None:
    questions = [Counts(1), Counts(0, (1,)), Counts(3, (1,))]
    for found in (majority_vote(questions), single_path(questions)):
        assert found.generation_error is found.question_error is None
        assert found.error is not None
    with pytest.raises(ValueError, match="one chain"):
        vote_variances(questions)
    assert majority_vote([Counts(150, (50,))] * 3).generation_error is None  # too many to work out
    assert single_path([Counts(150, (50,))] * 3).generation_error is not None


def test_the_interval_is_wilsons_unless_there_are_clusters() -> None:
    questions = [Counts(3, (1,))] * 30 + [Counts(1, (3,))] * 10
    alone = majority_vote(questions)
    assert alone.interval == wilson(30, 40)
    clustered = majority_vote(questions, [n // 5 for n in range(40)])
    assert clustered.mean == alone.mean == 0.75
    assert clustered.error is not None
    assert alone.error is not None
    assert clustered.error > 1.5 * alone.error
    assert clustered.interval[0] < alone.interval[0]
    assert clustered.generation_error == alone.generation_error


def test_a_question_without_chains_is_not_right() -> None:
    questions = [Counts(0), Counts(2), Counts(2)]
    assert majority_vote(questions).mean == single_path(questions).mean == pytest.approx(2 / 3)
