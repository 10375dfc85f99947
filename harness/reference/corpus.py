"""What the reference model learns from: our generators' training streams, in the formats of our strategies.

A document is a list of (text, learn) segments: loss is taken on what a model should say, not on questions. Few-shot
documents hold as many worked examples as fit, one task and one format each, so that every number of exemplars is
trained; zero-shot documents hold one problem with the lead-in of its strategy.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from harness import KINDS, Problem
from harness.prompt import answered, asked
from harness.tasks import arithmetic, coin_flip, last_letter
from harness.tasks.names import FAMILY, GIVEN
from harness.tasks.reckoning import given, shared, tell, times, total
from harness.tasks.streams import share

END = "<end>"
SPELLED_NAMES = frozenset(GIVEN + FAMILY)
"""Names that the tokenizer must spell letter by letter: their last letter has to be found, not known."""

TASKS = {"arithmetic": 0.76, "last_letter": 0.12, "coin_flip": 0.12}
"""The share of each task in the documents: the symbolic ones are learned long before the arithmetic."""

STEPS = {1: 8, 2: 17, 3: 25, 4: 23, 5: 17, 6: 6, 7: 3, 8: 1}
WORDS = {1: 10, 2: 70, 3: 15, 4: 5}
PEOPLE = {1: 8, 2: 42, 3: 20, 4: 15, 5: 10, 6: 5}
"""How often each number of steps, words and people is drawn. Two words and two people are what the
exemplars show; more are rare, and more than four words or six people are never seen."""

DIRECT = {"arithmetic": 0.1, "last_letter": 0.05, "coin_flip": 0.15}
"""The share of each task's documents that answer without reasoning. Nobody writes put-together letters
down without spelling them; a small model that is shown many learns them by heart."""

DRILLS = 0.5
"""The share of short documents that are bare sums, as they stand in rationales."""

DRAWS = {
    "arithmetic": (STEPS, arithmetic.draw),
    "last_letter": (WORDS, last_letter.draw),
    "coin_flip": (PEOPLE, coin_flip.draw),
}

Segments = list[tuple[str, bool]]


def sequence(rng: random.Random, shape: str) -> Segments:
    """One document: `"short"` is one zero-shot problem or a drill, `"long"` a few-shot prompt.

    A long one has about 900 tokens, more than any prompt of ours.
    """
    task = rng.choices(list(TASKS), list(TASKS.values()))[0]
    direct = rng.random() < DIRECT[task]
    if shape == "long":
        return _few_shot(rng, task, direct)
    if rng.random() < DRILLS:
        return _drill(rng)
    return _zero_shot(rng, problem(rng, task), direct)


def sample_texts(rng: random.Random, count: int) -> Iterator[str]:
    """Documents of all tasks as plain text, from which the vocabulary is counted.

    Names of one word only: put-together letters such as "nk" must not become tokens.
    """
    for index in range(count):
        task = list(TASKS)[index % len(TASKS)]
        drawn = last_letter.draw(rng, 1, 1) if task == "last_letter" else problem(rng, task)
        direct = rng.random() < DIRECT[task]
        yield "".join(text for text, _ in _zero_shot(rng, drawn, direct))


def problem(rng: random.Random, task: str) -> Problem:
    """One problem of the training stream of a task."""
    weights, draw = DRAWS[task]
    size = rng.choices(list(weights), list(weights.values()))[0]
    while True:
        drawn: Problem = draw(rng, size, size)
        if share(drawn.question) == "train":
            return drawn


def _zero_shot(rng: random.Random, drawn: Problem, direct: bool) -> Segments:
    kind = KINDS[drawn.kind]
    trigger = kind.trigger(drawn.choices)
    opening = f"Q: {asked(drawn)}\nA:"
    final = _bare(drawn)
    if direct:
        return [(f"{opening} {trigger[0].upper()}{trigger[1:]}", False), (f" {final}{END}", True)]
    rationale = f" {rng.choice(drawn.rationales)}"
    way = rng.random()
    if way < 0.35:
        return [(f"{opening} Let's think step by step.", False), (rationale + END, True)]
    if way < 0.7:
        first = [(f"{opening} Let's think step by step.", False), (rationale, True)]
        return [*first, (f"\nTherefore, {trigger}", False), (f" {final}{END}", True)]
    return [(opening, False), (f" {_worked(drawn, rng)}{END}", True)]


def _few_shot(rng: random.Random, task: str, direct: bool) -> Segments:
    segments: Segments = []
    length = 0
    while length < LONG_CHARACTERS:
        drawn = problem(rng, task)
        question = f"Q: {asked(drawn)}\nA:" if not segments else f" {asked(drawn)}\nA:"
        answer = f" {answered(drawn) if direct else _worked(drawn, rng)}\n\nQ:"
        segments += [(question, False), (answer, True)]
        length += len(question) + len(answer)
    return segments


def _drill(rng: random.Random) -> Segments:
    """A row of bare sums of the size that rationales have; what stands after the first "=" is learned."""
    segments: Segments = [("A:", False)]
    for _ in range(DRILLED):
        left, right = (
            rng.randint(2, rng.choice((30, 100, 200))),
            rng.randint(2, rng.choice((20, 50, 120))),
        )
        way = rng.random()
        if way < 0.4:
            quantity = total([(1, given(left)), (1, given(right))])
        elif way < 0.7:
            quantity = total([(1, given(max(left, right) + 1)), (-1, given(min(left, right)))])
        elif way < 0.92:
            quantity = times(given(rng.randint(2, 9)), given(rng.randint(2, rng.choice((12, 22)))))
        else:
            by = rng.randint(2, 12)
            quantity = shared(given(by * rng.randint(2, 30)), by)
        asked_for, equals, found = tell(quantity, rng).partition(" =")
        segments += [(f" {asked_for}{equals}", False), (found, True)]
    return segments


DRILLED = 14
"""Sums in one drill."""

LONG_CHARACTERS = 2700
"""About what a long row of the trainer holds; what is longer is cut."""


def _worked(drawn: Problem, rng: random.Random) -> str:
    return answered(drawn, rationale=rng.choice(drawn.rationales))


def _bare(drawn: Problem) -> str:
    """The answer alone, as it stands after the trigger of the second stage."""
    return {"yes_no": drawn.answer.capitalize()}.get(drawn.kind, drawn.answer) + "."
