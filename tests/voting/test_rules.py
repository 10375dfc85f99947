"""Every rule of voting on pools worked by hand, and what holds for all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import Chain, UserError
from harness.voting.rules import RULES, rule
from harness.voting.votes import Ballot, ballot, majority


def number(one: str, other: str) -> bool:
    try:
        return Fraction(one) == Fraction(other)
    except ValueError:
        return one == other


def cast(answer: str | None, mean: float, tokens: int, steps: int) -> Ballot:
    """The ballot of a chain whose tokens all have the probability `mean`."""
    return Ballot(answer, tokens * math.log(mean), tokens, steps)


POOL = [  # exp(logprob): .25, .25, .512, .9, .16, .1, .3487
    cast("18", 0.5, 2, steps=2),
    cast("18", 0.25, 1, steps=5),
    cast("20", 0.8, 3, steps=4),
    cast(None, 0.9, 1, steps=9),
    cast("18.0", 0.4, 2, steps=1),
    cast("20", 0.1, 1, steps=3),
    cast("9", 0.9, 10, steps=1),
]

# Worked by hand; weights that are probabilities are divided by the highest among the chains.
BY_HAND: dict[str, dict[str, float]] = {
    "majority": {"18": 3, "20": 2, "9": 1},
    "first": {"18": 3, "20": 2, "9": 1},
    "first:k=1": {"18": 1},
    "first:k=4": {"18": 2, "20": 1},  # the fourth abstained
    "complexity": {"18": 3, "20": 2, "9": 1},
    "complexity:k=1": {"18": 1},
    "complexity:k=3": {"20": 2, "18": 1},
    "complexity:k=5": {"18": 2.5, "20": 2, "9": 0.5},  # two share the fifth seat
    "weighted_sum": {"18": 1.15 / 0.9, "20": 1, "9": 1},
    "weighted_sum:normalised=no": {"18": 0.66 / 0.512, "20": 0.612 / 0.512, "9": 0.9**10 / 0.512},
    "weighted_average": {"9": 1, "20": 0.5, "18": 1.15 / 2.7},
    "weighted_average:normalised=no": {
        "9": 0.9**10 / 0.512,
        "20": 0.306 / 0.512,
        "18": 0.22 / 0.512,
    },
    "sample_and_rank": {"20": 1, "9": 0.9**10 / 0.512, "18": 0.25 / 0.512},
    "sample_and_rank:normalised=yes": {"9": 1, "20": 8 / 9, "18": 5 / 9},
    # exp(-.4) + exp(-.65) + exp(-.5), exp(-.1) + exp(-.8)
    "confidence": {"18": 1.798896, "20": 1.354166, "9": 1},
    # exp(-4) + exp(-6.5) + exp(-5), exp(-1) + exp(-8)
    "confidence:temperature=0.1": {"9": 1, "20": 0.3682149, "18": 0.0265570},
    # from the most confident: 9, 20, 18, 18, 18, 20
    "borda": {"18": (2 + 3**0.5 + 2**0.5) / 6**0.5, "20": (5**0.5 + 1) / 6**0.5, "9": 1},
    "borda:p=2": {"9": 1, "18": (16 + 9 + 4) / 36, "20": (25 + 1) / 36},
    "borda:p=0": {"18": 3, "20": 2, "9": 1},
    "filtered": {"18": 0.5 + 0.25 + 0.4, "20": 0.8 + 0.1, "9": 0.9},
    "filtered:keep=0.5": {"9": 0.9, "20": 0.8, "18": 0.5},  # three of the six that voted
    "recorded": {"18": 3, "20": 2, "9": 1},
}


@pytest.mark.parametrize("spec", BY_HAND)
def test_a_rule_counts_as_worked_out_by_hand(spec: str) -> None:
    vote = rule(spec)(POOL, number)
    expected = BY_HAND[spec]
    assert vote.votes == pytest.approx(expected, rel=1e-5)
    assert vote.winners == (vote.answer,) == (max(expected, key=lambda a: expected[a]),)
    assert list(vote.votes.values()) == sorted(vote.votes.values(), reverse=True)


def test_every_rule_is_worked_out_by_hand() -> None:
    assert {spec.partition(":")[0] for spec in BY_HAND} == set(RULES)


def test_ranks_of_equally_confident_chains_share_their_weights() -> None:
    pool = [cast("1", 0.9, 1, 1), cast("2", 0.5, 1, 1), cast("1", 0.5, 2, 1), cast("3", 0.1, 1, 1)]
    shared = (3 / 4 + 2 / 4) / 2
    vote = rule("borda:p=1")(pool, number)
    assert vote.votes == pytest.approx({"1": 1 + shared, "2": shared, "3": 1 / 4})


def test_a_tie_is_one_up_to_the_rounding_of_sums() -> None:
    # in floating point 0.1 + 0.2 + 0.3 > 0.3 + 0.2 + 0.1
    weights = {"7": (0.1, 0.2, 0.3), "8": (0.3, 0.2, 0.1)}
    pool = [cast(answer, mean, 1, 1) for answer, means in weights.items() for mean in means]
    vote = rule("weighted_sum")(pool, number)
    assert vote.winners == ("7", "8")
    assert vote.share("8", number) == 1 / 2
    assert rule("weighted_sum")([*pool, cast("8", 1e-9, 1, 1)], number).winners == ("8",)


def test_probabilities_too_small_for_a_number_still_decide() -> None:
    pool = [Ballot("1", -2000.0, 900), Ballot("2", -2000.5, 900), Ballot("2", -2000.5, 900)]
    assert all(math.exp(one.logprob) == 0 for one in pool)
    vote = rule("weighted_sum:normalised=no")(pool, number)
    assert vote.votes == pytest.approx({"2": 2 * math.exp(-0.5), "1": 1})
    assert rule("weighted_average:normalised=no")(pool, number).answer == "1"
    assert rule("sample_and_rank")(pool, number).answer == "1"
    hopeless = rule("weighted_sum:normalised=no")([*pool, Ballot("3", -9000.0, 900)], number)
    assert hopeless.votes["3"] == 0


@pytest.mark.parametrize("spec", ["confidence:temperature=1e-310", "borda:p=1e300"])
def test_at_the_limits_the_most_confident_chain_decides(spec: str) -> None:
    assert rule(spec)(POOL, number).votes == {"9": 1, "20": 0, "18": 0}


@pytest.mark.parametrize("spec", BY_HAND)
def test_where_nobody_answers_nobody_wins(spec: str) -> None:
    for pool in ([], [Ballot(None)] * 3):
        vote = rule(spec)(pool, number)
        assert (vote.winners, vote.votes, vote.answer) == ((), {}, None)


WEIGHING = sorted(set(RULES) - {"majority", "first", "complexity", "recorded"})


@pytest.mark.parametrize("name", WEIGHING)
def test_a_chain_of_unknown_probability_is_not_passed_over_in_silence(name: str) -> None:
    pool = [*POOL, Ballot("18", math.nan, 5)]
    with pytest.raises(UserError, match=rf"{name} .* 1 of 7 lack them: vote by majority"):
        rule(name)(pool, number)
    silent = [*POOL, Ballot(None, math.nan, 5)]
    assert rule(name)(silent, number) == rule(name)(POOL, number)


@pytest.mark.parametrize("name", sorted(set(WEIGHING) - {"sample_and_rank"}))
def test_a_chain_without_tokens_has_no_mean(name: str) -> None:
    with pytest.raises(UserError, match="1 of 1 lack them"):
        rule(name)([Ballot("18", -1.0, 0)], number)


@pytest.mark.parametrize("name", sorted(set(RULES) - set(WEIGHING)))
def test_the_other_rules_need_no_probabilities(name: str) -> None:
    assert rule(name)([Ballot("18"), Ballot("18.0"), Ballot("9")], number).answer == "18"


def test_a_chain_is_a_ballot_however_it_is_kept() -> None:
    text = "2 + 3 = 5.\nThe answer is 5."
    chain = Chain(text, "5", "answer_phrase", "end", 9, -1.5)
    stored = {"text": text, "answer": "5", "logprob": -1.5, "tokens": 9, "finish": "end"}
    assert ballot(chain) == ballot(stored) == Ballot("5", -1.5, 9, 2)
    unknown = ballot({**stored, "logprob": None, "tokens": None})
    assert math.isnan(unknown.logprob)
    assert unknown.tokens == 0


@pytest.mark.parametrize(
    ("spec", "label"),
    [
        ("majority", "majority"),
        ("weighted_sum:normalised=yes", "weighted_sum"),
        ("weighted_sum:normalised=no", "weighted_sum:normalised=False"),
        ("complexity:k=10", "complexity:k=10"),
    ],
)
def test_a_rule_has_the_label_of_its_changed_options(spec: str, label: str) -> None:
    assert rule(spec).label == label
    assert rule(label).options == rule(spec).options


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (
            "majorty",
            r"no voting rule 'majorty' \(did you mean 'majority'\?\): give one of majority",
        ),
        ("", "no voting rule ''"),
        ("majority:k=3", "majority has no option 'k': it takes none"),
        ("weighted_sum:normalized=no", r"did you mean 'normalised'\?"),
        ("weighted_sum:normalised=maybe", "takes true or false, not 'maybe'"),
        ("first:k=few", "'k' of first takes a whole number"),
        ("first:k=0", "k=0 of the rule first"),
        ("filtered:keep=0", r"keep=0\.0: .* over 0, and 1 at most"),
        ("complexity:k=-1", "k=-1 of the rule complexity"),
        ("confidence:temperature=0", r"temperature=0\.0 of a softmax .*: it must be over 0"),
        ("borda:p=-1", r"p=-1\.0 of weights by rank"),
    ],
)
def test_a_rule_that_is_none_is_told_with_the_nearest(spec: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        rule(spec)


ballots = st.builds(
    Ballot,
    answer=st.sampled_from([None, "1", "2", "3", "18", "18.0"]),
    logprob=st.integers(-60, 0).map(lambda halves: halves / 2),
    tokens=st.integers(1, 5),
    steps=st.integers(0, 4),
)
pools = st.lists(ballots, max_size=12)
any_order = st.sampled_from([spec for spec in BY_HAND if not spec.startswith("first")])


@given(pools, any_order, st.randoms())
def test_the_order_of_the_chains_does_not_matter(
    pool: list[Ballot], spec: str, random: Random
) -> None:
    other = pool[:]
    random.shuffle(other)
    one, two = rule(spec)(pool, number), rule(spec)(other, number)
    for gold in ("1", "2", "3", "18"):
        assert one.share(gold, number) == two.share(gold, number)
    assert sorted(one.votes.values()) == pytest.approx(sorted(two.votes.values()))


@given(pools, any_order)
def test_chains_that_abstain_change_nothing(pool: list[Ballot], spec: str) -> None:
    answered = [one for one in pool if one.answer is not None]
    assert rule(spec)(pool, number) == rule(spec)(answered, number)


@given(pools, st.sampled_from(sorted(set(RULES) - {"first"})))
def test_a_pool_of_equal_chains_given_twice_has_the_same_winners(
    pool: list[Ballot], name: str
) -> None:
    equal = [Ballot(one.answer, -3.0, 4, 2) for one in pool]
    assert rule(name)(equal * 2, number).winners == rule(name)(equal, number).winners


@pytest.mark.parametrize("name", ["weighted_sum", "confidence", "borda:p=0", "complexity"])
@given(pool=pools)
def test_chains_of_equal_weight_make_a_majority(name: str, pool: list[Ballot]) -> None:
    equal = [Ballot(one.answer, -3.0, 4, 2) for one in pool]
    assert rule(name)(equal, number) == majority([one.answer for one in pool], number)


def naive(pool: Sequence[Ballot], normalised: bool) -> dict[str, list[float]]:
    """The probabilities of each answer's chains as they stand in the paper's formulas."""
    weights: dict[str, list[float]] = {}
    for one in pool:
        if one.answer is not None:
            name = "18" if one.answer == "18.0" else one.answer
            log = one.logprob / one.tokens if normalised else one.logprob
            weights.setdefault(name, []).append(math.exp(log))
    return weights


@pytest.mark.parametrize("normalised", [True, False])
@given(pool=pools)
def test_votes_are_those_of_the_formulas_where_these_do_not_underflow(
    pool: list[Ballot], normalised: bool
) -> None:
    weights = naive(pool, normalised)
    heaviest = max((max(each) for each in weights.values()), default=1)
    expected = {
        "weighted_sum": {a: sum(each) / heaviest for a, each in weights.items()},
        "weighted_average": {a: sum(each) / len(each) / heaviest for a, each in weights.items()},
        "sample_and_rank": {a: max(each) / heaviest for a, each in weights.items()},
    }
    for name, votes in expected.items():
        found = rule(f"{name}:normalised={normalised}")(pool, number).votes
        assert {"18" if a == "18.0" else a: v for a, v in found.items()} == pytest.approx(votes)
