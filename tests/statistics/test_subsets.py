"""Exact maj@k and pass@k against all subsets, and against identities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from math import comb
from random import Random

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.statistics import Counts, maj_at_k, pass_at_k

counts = st.builds(
    Counts,
    st.integers(0, 5),
    st.lists(st.integers(0, 3), max_size=4).map(tuple),
    st.integers(0, 3),
)
small = counts.filter(lambda one: 1 <= one.paths <= 10)


def chains(question: Counts) -> list[str | None]:
    wrong = [f"wrong {n}" for n, votes in enumerate(question.others) for _ in range(votes)]
    return ["gold"] * question.gold + wrong + [None] * question.silent


def subsets(question: Counts, k: int) -> Iterator[Counter[str]]:
    for chosen in combinations(chains(question), k):
        yield Counter(answer for answer in chosen if answer is not None)


def credit(votes: Counter[str]) -> Fraction:
    winners = [answer for answer in votes if votes[answer] == max(votes.values())]
    return Fraction("gold" in winners, max(1, len(winners)))


def written_out(question: Counts, k: int) -> Fraction:
    """maj@k in whole numbers: t gold chains, r and J by adding one other answer after another."""
    total = Fraction(0)
    for t in range(1, min(question.gold, k) + 1):
        ways = {(0, 0): 1}
        for votes in question.others:
            more: Counter[tuple[int, int]] = Counter()
            for (r, tied), number in ways.items():
                for taken in range(min(votes, t, k - t - r) + 1):
                    more[r + taken, tied + (taken == t)] += number * comb(votes, taken)
            ways = dict(more)
        for (r, tied), number in ways.items():
            silent = comb(question.silent, k - t - r)
            total += Fraction(comb(question.gold, t) * number * silent, 1 + tied)
    return total / comb(question.paths, k)


@given(small)
@settings(max_examples=100, deadline=None)
def test_maj_at_k_is_the_mean_over_all_subsets(question: Counts) -> None:
    found = maj_at_k([question])[0]
    assert len(found) == question.paths
    for k, value in enumerate(found, start=1):
        every = [credit(votes) for votes in subsets(question, k)]
        assert value == pytest.approx(float(sum(every) / len(every)), abs=1e-12)


@given(small)
@settings(max_examples=50, deadline=None)
def test_pass_at_k_is_the_share_of_subsets_with_a_right_chain(question: Counts) -> None:
    for k, value in enumerate(pass_at_k([question])[0], start=1):
        every = [votes["gold"] > 0 for votes in subsets(question, k)]
        assert value == pytest.approx(sum(every) / len(every), abs=1e-12)


@pytest.mark.parametrize("paths", [40, 61])
def test_maj_at_k_of_many_chains_is_that_of_whole_numbers(paths: int) -> None:
    random = Random(paths)
    for answers in (2, 4, 9, 25):
        names = random.choices(range(answers), [1 / (n + 1) for n in range(answers)], k=paths)
        votes = Counter(names)
        question = Counts(votes[0], tuple(votes[n] for n in range(2, answers)), votes[1])
        found = maj_at_k([question])[0]
        for k in (1, 2, 3, 7, 20, paths // 2, paths - 1, paths):
            assert found[k - 1] == pytest.approx(float(written_out(question, k)), abs=1e-12)


def columns(seed: int, questions: int, paths: int, silence: float = 0.1) -> list[Counts]:
    random = numpy.random.default_rng(seed)
    found = []
    for _ in range(questions):
        wrong = int(random.integers(1, 12))
        chances = random.dirichlet([2.0, *[0.6] * wrong])
        drawn = random.multinomial(paths, [*chances * (1 - silence), silence])
        found.append(Counts(int(drawn[0]), tuple(map(int, drawn[1:-1])), int(drawn[-1])))
    return found


def test_identities() -> None:
    questions = columns(0, 300, 40)
    votes, solved = maj_at_k(questions), pass_at_k(questions)
    single = [question.gold / 40 for question in questions]
    assert votes[:, 0] == pytest.approx(single, abs=1e-12)
    assert solved[:, 0] == pytest.approx(single, abs=1e-12)
    assert votes[:, -1] == pytest.approx([question.credit for question in questions], abs=1e-12)
    assert solved[:, -1] == pytest.approx([float(question.gold > 0) for question in questions])
    assert (numpy.diff(solved, axis=1) >= -1e-12).all()
    assert (votes <= solved + 1e-12).all()
    assert (votes >= 0).all()
    assert (votes <= 1).all()


def test_two_chains_vote_no_better_than_one() -> None:
    votes = maj_at_k(columns(1, 300, 40, silence=0))
    assert votes[:, 1] == pytest.approx(votes[:, 0], abs=1e-12)
    # with silence they do: one that speaks beside one that does not
    assert maj_at_k([Counts(1, (), 1)])[0] == pytest.approx([0.5, 1])


@given(st.integers(1, 30), st.integers(0, 30))
def test_a_vote_between_two_answers_gets_surer_with_every_second_chain(a: int, b: int) -> None:
    more, less = max(a, b), min(a, b)
    odd = maj_at_k([Counts(more, (less,))])[0][::2]
    assert (numpy.diff(odd) >= -1e-12).all()
    assert maj_at_k([Counts(less, (more,))])[0][::2] == pytest.approx(1 - odd, abs=1e-12)


def test_unanimous_and_silent_questions() -> None:
    assert (maj_at_k([Counts(7)]) == 1).all()
    assert (maj_at_k([Counts(0, (3, 4))]) == 0).all()
    assert (maj_at_k([Counts(0, (), 7)]) == 0).all()
    # 3 of 5 are silent: a vote fails where all that were drawn are
    assert maj_at_k([Counts(2, (), 3)])[0] == pytest.approx([0.4, 0.7, 0.9, 1, 1])


def test_questions_with_different_numbers_of_chains() -> None:
    one, other = Counts(3, (2, 1), 1), Counts(2, (2,))
    both = maj_at_k([one, other, one])
    assert both.shape == (3, 4)
    assert both[0] == pytest.approx(maj_at_k([one])[0][:4], abs=1e-12)
    assert both[1] == pytest.approx(maj_at_k([other])[0], abs=1e-12)
    assert (both[2] == both[0]).all()
    assert maj_at_k([one, Counts(0)]).shape == pass_at_k([one, Counts(0)]).shape == (2, 0)
    assert maj_at_k([]).shape == pass_at_k([]).shape == (0, 0)


def test_the_largest_k_changes_nothing_below_it() -> None:
    questions = columns(3, 20, 30)
    assert maj_at_k(questions, largest=7) == pytest.approx(maj_at_k(questions)[:, :7], abs=1e-12)
    assert pass_at_k(questions, largest=7) == pytest.approx(pass_at_k(questions)[:, :7], abs=1e-12)


def test_thousands_of_chains() -> None:
    question = Counts(5200, (4800,))
    found = maj_at_k([question], largest=300)[0]
    assert found[99] == pytest.approx(float(written_out(question, 100)), abs=1e-12)
    assert found[298] > found[98] > 0.6
    full = maj_at_k([Counts(520, (480,))])[0]
    assert full[-1] == pytest.approx(1, abs=1e-12)
    assert full[2] == pytest.approx(float(written_out(Counts(520, (480,)), 3)), abs=1e-12)
    with pytest.raises(ValueError, match="a `largest` of at most 1000"):
        maj_at_k([question])
    with pytest.raises(ValueError, match="at least 1"):
        maj_at_k([question], largest=0)


def test_counts_know_their_vote() -> None:
    question = Counts(3, (1, 0, 3), 2)
    assert question == Counts(3, (3, 1), 2)
    assert (question.paths, question.credit) == (9, 0.5)
    assert question.share == pytest.approx(1 / 3)
    assert (Counts(2, (3,)).credit, Counts(2, (3,)).share) == (0, 0.6)
    assert (Counts(0, (), 4).credit, Counts(0, (), 4).share) == (0, 0)
    assert (Counts(0).paths, Counts(0).credit, Counts(0).share) == (0, 0, 0)
