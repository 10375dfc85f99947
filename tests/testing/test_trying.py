"""A strategy is tried on every kind of answer without a model, and what it does wrong is told."""

from collections.abc import Sequence

import pytest

from harness import KINDS, Chain, Model, Problem, UserError, chain, direct, strategy
from harness.catalogue.finding import names
from harness.problems.checking import fault
from harness.testing import PROBLEMS, tried


@strategy(kinds=("number", "date"))
async def sound(problem: Problem, model: Model, *, paths: int = 3) -> list[Chain]:
    """Several paths of the bare question."""
    replies = await model.sample(direct(problem), n=paths, temperature=0.5)
    return [chain(problem, reply) for reply in replies]


@strategy
async def talkative(problem: Problem, model: Model) -> list[Chain]:
    """Takes for granted that something was said."""
    [reply] = await model.sample(direct(problem))
    reply.text.split()[0]
    return [chain(problem, reply)]


@strategy
async def idle(problem: Problem, model: Model) -> list[Chain]:
    """Asks nothing."""
    return []


@strategy
async def careless(problem: Problem, model: Model) -> Sequence[object]:
    """Returns replies where chains are due."""
    return await model.sample(direct(problem))


def test_there_is_a_tiny_problem_of_every_kind_with_two_examples() -> None:
    assert PROBLEMS.keys() == KINDS.keys()
    for kind, problem in PROBLEMS.items():
        assert problem.kind == kind
        assert len(problem.exemplars) == 2
        for each in (problem, *problem.exemplars):
            assert fault(each) is None
            assert each.rationales


def test_prompts_replies_tokens_and_answers_are_counted() -> None:
    by_kind = {trial.kind: trial for trial in tried(sound)}
    number = by_kind["number"]
    assert (number.prompts, number.replies, number.answers) == (1, 3, ("8", "24", "8"))
    assert number.tokens == 3 * len("5 + 3 = 8 plums. The answer is 8.".split())
    assert number.failure is None
    assert by_kind["yes_no"].refused
    assert by_kind["yes_no"].failure is None


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (talkative, "of empty replies it makes IndexError"),
        (idle, "it asks the model nothing"),
        (careless, "TypeError: careless returned"),
    ],
)
def test_what_a_strategy_does_wrong_is_told(broken: object, told: str) -> None:
    for trial in tried(broken):
        assert (trial.failure or "").startswith(told)


def test_a_strategy_that_is_none_is_refused() -> None:
    with pytest.raises(UserError, match="self_consistency"):
        tried("self_consistancy")


@pytest.mark.parametrize("name", names("strategy"))
def test_every_strategy_that_comes_with_the_harness_passes(name: str) -> None:
    trials = tried(name)
    assert not [trial for trial in trials if trial.failure]
    served = [trial for trial in trials if not trial.refused]
    assert served or name == "substitution"  # its problems are those of one task
