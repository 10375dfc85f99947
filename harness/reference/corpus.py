"""What the reference model learns from: our generators' training streams, in the formats of our strategies.

Loss is taken on what a model should say, not on questions. Few-shot documents hold as many worked examples as fit, one
task and one format each, so that every number of exemplars is trained; short documents hold one problem.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from harness import Problem, asked, direct
from harness.prompt import answered
from harness.prompts.least_to_most import least_to_most
from harness.prompts.plan_and_solve import plan_and_solve
from harness.prompts.program_aided import program_aided
from harness.prompts.program_of_thoughts import BEGUN, program_of_thoughts
from harness.prompts.re_reading import re_reading
from harness.prompts.zero_shot import zero_shot
from harness.prompts.zero_shot_chain_of_thought import zero_shot_chain_of_thought
from harness.reference.formats import Segments, blocks, ended, examples, judged, refined, stages
from harness.tasks import arithmetic, coin_flip, last_letter
from harness.tasks.names import FAMILY, GIVEN
from harness.tasks.reckoning import given, shared, tell, times, total
from harness.tasks.streams import share

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

DRILLS = 0.35
"""The share of short documents that are bare sums, as they stand in rationales."""

SHORT = {
    "step_by_step": 26,
    "bare": 12,
    "re_read": 8,
    "plan": 14,
    "refine": 18,
    "judge": 12,
    "program": 10,
}
"""How often the formats of strategies are drawn that show no worked examples, or one."""

LONG = {"worked": 50, "stepwise": 8, "function": 20, "statements": 12, "parts": 20}
"""How often those are drawn that show many. A problem without program or parts is worked instead."""

ALONE = {"re_read": re_reading, "plan": plan_and_solve}
PROGRAMS = {"function": program_aided, "statements": program_of_thoughts}
TRIGGER = "Let's think step by step."

DRAWS = {
    "arithmetic": (STEPS, arithmetic.draw),
    "last_letter": (WORDS, last_letter.draw),
    "coin_flip": (PEOPLE, coin_flip.draw),
}


def sequence(rng: random.Random, shape: str) -> Segments:
    """One document: `"short"` is one problem, or a drill, `"long"` a few-shot prompt of about 1,300 tokens."""
    task = rng.choices(list(TASKS), list(TASKS.values()))[0]

    def draw() -> Problem:
        return problem(rng, task)

    at_once = rng.random() < DIRECT[task]
    if shape == "long":
        return _few_shot(rng, draw, at_once, LONG_CHARACTERS)
    return _drill(rng) if rng.random() < DRILLS else _short(rng, draw, at_once)


def sample_texts(rng: random.Random, count: int) -> Iterator[str]:
    """Documents of all tasks as plain text, from which the vocabulary is counted.

    Names of one word only: put-together letters such as "nk" must not become tokens.
    """
    for index in range(count):
        task = list(TASKS)[index % len(TASKS)]

        def draw(task: str = task) -> Problem:
            return last_letter.draw(rng, 1, 1) if task == "last_letter" else problem(rng, task)

        at_once = rng.random() < DIRECT[task]
        few = rng.random() < 0.1
        document = _few_shot(rng, draw, at_once, 300) if few else _short(rng, draw, at_once)
        yield "".join(text for text, _ in document)


def problem(rng: random.Random, task: str) -> Problem:
    """One problem of the training stream of a task."""
    weights, draw = DRAWS[task]
    size = rng.choices(list(weights), list(weights.values()))[0]
    while True:
        drawn: Problem = draw(rng, size, size)
        if share(drawn.question) == "train":
            return drawn


def _short(rng: random.Random, draw: Callable[[], Problem], at_once: bool) -> Segments:
    """One problem in the format of a strategy that shows no worked examples, or one of them."""
    drawn = draw()
    if at_once:
        return stages(zero_shot, drawn, rng)
    way = rng.choices(list(SHORT), list(SHORT.values()))[0]
    if way == "bare":
        return ended([(direct(drawn).plain(), False), (f" {_worked(drawn, rng)}", True)])
    if way == "refine":
        return refined(drawn, draw(), rng)
    if way == "judge":
        return judged(drawn, [draw()] if rng.random() < 0.5 else [], rng)
    if way == "program" and drawn.program:
        return ended([(direct(drawn, lead_in=BEGUN).plain(), False), (drawn.program, True)])
    options = {"care": rng.random() < 0.7} if way == "plan" else {}
    return stages(ALONE.get(way, zero_shot_chain_of_thought), drawn, rng, **options)


def _few_shot(
    rng: random.Random, draw: Callable[[], Problem], at_once: bool, characters: int
) -> Segments:
    """Worked examples of at least so many characters, in the format of one strategy."""
    drawn, length = [draw()], 0
    while length < characters:
        drawn.append(draw())
        length += len(drawn[-1].question) + (0 if at_once else len(drawn[-1].rationales[0]))
    way = rng.choices(list(LONG), list(LONG.values()))[0]
    if at_once:
        return blocks([(asked(one), answered(one)) for one in drawn])
    if way in PROGRAMS and drawn[0].program:
        return examples(PROGRAMS[way], drawn)
    divided = [one for one in drawn if one.parts and _trainable(one)]
    if way == "parts" and len(divided) > 1:
        # letters are divided without a call; of a coin it is asked first what the parts are
        later = divided[0].kind == "yes_no" and rng.random() < 0.5
        return examples(least_to_most, divided, prompt=1 + later)
    opening = f"{TRIGGER} " if way == "stepwise" else ""
    return blocks([(asked(one), f"{opening}{_worked(one, rng)}") for one in drawn])


def _trainable(drawn: Problem) -> bool:
    """Whether its parts, where they are problems of the task themselves, are of the training stream too."""
    return drawn.kind != "letters" or all(share(part) == "train" for part, _ in drawn.parts)


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
        asked_for, equals, value = tell(quantity, rng).partition(" =")
        segments += [(f" {asked_for}{equals}", False), (value, True)]
    return segments


DRILLED = 14
"""Sums in one drill."""

LONG_CHARACTERS = 4000
"""About what a long row of the trainer holds; what is longer is cut."""


def _worked(drawn: Problem, rng: random.Random) -> str:
    return answered(drawn, rationale=rng.choice(drawn.rationales))
