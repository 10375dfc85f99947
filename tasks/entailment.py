"""What the tasks of natural language inference share: three ways to ask, and what golds are called."""

from __future__ import annotations

from typing import Literal

from harness import Problem

from .files import shown
from .released import Row

Wording = Literal["1", "2", "3"]
"""Which way of asking: the paper on ensembles (Wang et al., 2022, arXiv:2207.00747) compares three."""

WORDINGS = {
    "1": 'Premise: "{premise}"\nHypothesis: "{hypothesis}"\nDoes the premise tell us that the hypothesis is true?',
    "2": '"{premise}"\nDoes this imply that "{hypothesis}"?',
    "3": 'Suppose that this is so: "{premise}"\nCan we infer from it that "{hypothesis}"?',
}
VERDICTS = ("yes", "no", "it is not possible to tell")
"""The labels, as the paper has them: entailment, contradiction, neutral."""

MEANINGS = {
    "entailment": VERDICTS[0], "0": VERDICTS[0],
    "neutral": VERDICTS[2], "1": VERDICTS[2],
    "contradiction": VERDICTS[1], "2": VERDICTS[1],
}  # fmt: skip


def asked(premise: str, hypothesis: str, wording: str) -> str:
    """Whether a hypothesis follows from a premise, in one of three ways."""
    return WORDINGS[wording].format(premise=premise, hypothesis=hypothesis)


def inferred(row: Row, name: str, wording: str, gold: object, rationale: str = "") -> Problem:
    """A problem with three verdicts from a row with a premise and a hypothesis."""
    if str(gold) not in MEANINGS:
        raise row.wrong(f"the gold {shown(gold)} is none of {', '.join(MEANINGS)}")
    premise = row.text("premise", "Sentence1", "sentence1")
    hypothesis = row.text("hypothesis", "Sentence2", "sentence2")
    return Problem(
        id=name,
        question=asked(premise, hypothesis, wording),
        answer=MEANINGS[str(gold)],
        kind="label",
        choices=VERDICTS,
        rationales=(rationale,) if rationale else (),
        tags={"wording": wording},
    )
