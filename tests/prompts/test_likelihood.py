"""Answers compared by likelihood: every normalisation by hand, and the pronoun's two scores."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from harness.prompts.likelihood import likelihood
from harness.prompts.substitution import fitted, substitution
from harness.tasks.pronouns import posed

import harness.models
from harness import Chain, Model, Problem, Scripted, UserError
from harness.catalogue.finding import find
from harness.running.rehearsing import rehearse
from harness.voting.votes import decide

ANIMALS = Problem("p", "Which flies?", "B", "choice", ("cow", "small brown bird"))


class Scores:
    """A likelihood of a script: by a continuation, or by what stands before it and that."""

    def __init__(self, table: dict[Any, float], default: float | None = None) -> None:
        self.table = table
        self.default = default
        self.asked: list[tuple[str, str]] = []

    def __call__(self, before: str, text: str) -> float:
        self.asked.append((before, text))
        for known in ((before, text), text):
            if known in self.table:
                return self.table[known]
        assert self.default is not None, (before, text)
        return self.default


def ran(strategy: Any, scores: Scores, problem: Problem, **options: Any) -> list[Chain]:
    model = Scripted(lambda text: "", likelihood=scores)
    chains: list[Chain] = asyncio.run(strategy(problem, model, **options))
    return chains


def test_the_likeliest_letter_answers_and_all_scores_are_noted() -> None:
    scores = Scores({" (a).": -1.0, " (b).": -0.5})
    [chain] = ran(likelihood, scores, ANIMALS)
    assert (chain.answer, chain.rule, chain.text) == ("B", "likelihood", "The answer is (b).")
    assert (dict(chain.scores), chain.logprob, chain.tokens) == ({"A": -1, "B": -0.5}, -0.5, 1)
    opening = "Q: Which flies?\nAnswer Choices:\n(a) cow\n(b) small brown bird\nA: The answer is"
    assert scores.asked == [(opening, " (a)."), (opening, " (b).")]


OPENING = "Q: Which flies?\nA: The answer is"
NEUTRAL = "Q: \nA: The answer is"
TEXTS = {
    (OPENING, " cow."): -2.0,
    (OPENING, " small brown bird."): -4.5,
    (NEUTRAL, " cow."): -1.5,
    (NEUTRAL, " small brown bird."): -7.0,
}


@pytest.mark.parametrize(
    ("normalise", "answer", "cow", "bird"),
    [
        ("sum", "A", -2.0, -4.5),
        ("token", "B", -2.0 / 1, -4.5 / 3),
        ("character", "B", -2.0 / 4, -4.5 / 17),
        ("unconditional", "B", -2.0 + 1.5, -4.5 + 7.0),
    ],
)
def test_the_length_of_an_answer_is_made_up_for(
    normalise: str, answer: str, cow: float, bird: float
) -> None:
    scores = Scores(dict(TEXTS))
    [chain] = ran(likelihood, scores, ANIMALS, of="text", normalise=normalise)
    assert chain.answer == answer
    assert chain.scores == pytest.approx({"A": cow, "B": bird})
    assert len(scores.asked) == (4 if normalise == "unconditional" else 2)


@pytest.mark.parametrize("normalise", ["sum", "unconditional"])
def test_a_constant_added_to_all_changes_no_answer(normalise: str) -> None:
    moved = Scores({key: value - 11.0 for key, value in TEXTS.items()})
    [plain] = ran(likelihood, Scores(dict(TEXTS)), ANIMALS, of="text", normalise=normalise)
    [chain] = ran(likelihood, moved, ANIMALS, of="text", normalise=normalise)
    assert chain.answer == plain.answer
    gaps = [one.scores["A"] - one.scores["B"] for one in (chain, plain)]
    assert gaps[0] == pytest.approx(gaps[1])


def test_yes_and_no_and_labels_are_compared_as_their_sentences() -> None:
    scores = Scores({" yes.": -2.0, " no.": -1.0})
    [chain] = ran(likelihood, scores, Problem("p", "Is it?", "no", "yes_no"))
    assert (chain.answer, chain.text) == ("no", "So the answer is no.")
    assert scores.asked[0] == ("Q: Is it?\nA: So the answer is", " yes.")
    label = Problem("p", "Which?", "very good", "label", ("bad", "Very good"))
    [chain] = ran(likelihood, Scores({" bad.": -2.0, " Very good.": -1.0}), label)
    assert (chain.answer, list(chain.scores)) == ("very good", ["bad", "very good"])


def test_worked_examples_show_what_is_compared() -> None:
    example = replace(ANIMALS, question="Which moos?", answer="A")
    problem = replace(ANIMALS, exemplars=(example,))
    scores = Scores({}, -1.0)
    ran(likelihood, scores, problem, of="text", shots=1)
    assert scores.asked[0][0] == f"Q: Which moos?\nA: The answer is cow.\n\n{OPENING}"


def test_equally_likely_answers_share_the_vote() -> None:
    chains = ran(likelihood, Scores({}, -1.0), ANIMALS)
    assert decide(chains, str.__eq__).winners == ("A", "B")


TROPHY = posed(
    "w",
    "The trophy does not fit in the case because ",
    "it",
    " is big.",
    ("The trophy", "the case"),
    0,
)


def test_partial_scores_what_follows_the_candidate_and_full_the_whole() -> None:
    before = "The trophy does not fit in the case because "
    table = {
        (f"{before}the trophy", " is big."): -3.0,
        (f"{before}the case", " is big."): -3.5,
        (before, "the trophy is big."): -3.0 - 6.0,  # a rare candidate
        (before, "the case is big."): -3.5 - 1.0,
    }
    scores = Scores(table)
    [partial] = ran(substitution, scores, TROPHY)
    assert (partial.answer, dict(partial.scores)) == ("A", {"A": -3.0, "B": -3.5})
    assert scores.asked == [*table][:2]
    [full] = ran(substitution, scores, TROPHY, scoring="full")
    assert (full.answer, dict(full.scores)) == ("B", {"A": -9.0, "B": -4.5})
    assert scores.asked[2:] == [*table][2:]


def test_a_sentence_that_begins_with_the_pronoun_follows_a_line_break() -> None:
    first = posed("w", "", "It", " is big.", ("the trophy", "the case"), 0)
    scores = Scores({"The trophy is big.": -1.0, "The case is big.": -2.0})
    assert ran(substitution, scores, first, scoring="full")[0].answer == "A"
    assert {before for before, _ in scores.asked} == {"\n"}


@pytest.mark.parametrize(
    ("before", "pronoun", "after", "candidate", "expected"),
    [
        ("so ", "it", " is big.", "The trophy", "the trophy"),
        ("Done. ", "It", " is big.", "the trophy", "The trophy"),
        ("so ", "he", " left.", "Adam", "Adam"),
        ("and took ", "his", " hat.", "Adam", "Adam's"),
        ("and took ", "her", " hat.", "The girl", "the girl's"),
        ("and asked ", "her", " to leave.", "Ann", "Ann"),
        ("and thanked ", "her", ".", "Ann", "Ann"),
    ],
)
def test_a_candidate_fits_into_the_pronouns_place(
    before: str, pronoun: str, after: str, candidate: str, expected: str
) -> None:
    problem = posed("w", before, pronoun, after, (candidate, "Bob"), 0)
    assert fitted(problem, candidate) == expected


def test_full_and_partial_scores_are_those_of_the_forward_pass(
    model_folder: Path, make_network: Callable[..., Any]
) -> None:
    import torch

    backend = harness.models.load(str(model_folder), device="cpu")
    network, before = make_network(), TROPHY.question.partition("it is big")[0]

    def logprobs(text: str) -> list[float]:
        tokens = list(backend.prompt(text)[1])
        with torch.inference_mode():
            logits = network(input_ids=torch.tensor([tokens])).logits[0].log_softmax(-1)
        return [float(logits[at - 1, tokens[at]]) for at in range(1, len(tokens))]

    model = Model(backend)
    for scoring in ("full", "partial"):
        chain = asyncio.run(substitution(TROPHY, model, scoring=scoring))[0]
        for letter, candidate in zip("AB", ("the trophy", "the case"), strict=True):
            known = len(before) - 1 if scoring == "full" else len(before + candidate) - 1
            whole = logprobs(f"{before}{candidate} is big.")  # the tokens are bytes
            assert chain.scores[letter] == pytest.approx(sum(whole[known:]), abs=2e-3)


@pytest.mark.parametrize(
    ("spec", "problem", "told"),
    [
        ("likelihood", Problem("p", "?", "1", "number"), "choice or yes_no or label"),
        ("likelihood", Problem("p", "?", "a", "label"), "lists no labels"),
        ("likelihood:normalise=word", ANIMALS, "take one of sum, token"),
        ("likelihood:of=word", ANIMALS, "neither 'letter' nor 'text'"),
        ("substitution", ANIMALS, "marks no pronoun"),
        ("substitution:scoring=half", TROPHY, "neither 'full' nor 'partial'"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_a_model_is_asked(
    spec: str, problem: Problem, told: str
) -> None:
    with pytest.raises(UserError, match=told):
        asyncio.run(rehearse(find(spec, "strategy"), problem))
