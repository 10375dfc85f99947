"""Generated multi-step word problems about everyday amounts, with worked rationales (this project).

In the manner of GSM8K (Cobbe et al., 2021, arXiv:2110.14168): plain English, whole numbers, one to eight steps. The
problems are endless and new, so no model has seen them, and steps and setting are known exactly.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from harness import Problem, task

from .reckoning import equation, operations, program, tell
from .stories import story
from .streams import lengths, stream

WAYS = 3
"""How many ways of reckoning each problem carries as rationales."""


@task(
    exemplars="arithmetic",
    unlimited=True,
    area="endless",
    kind="number",
    rows="endless",
    licence="Apache-2.0",
)
def arithmetic(*, steps: str = "3-5", seed: int = 0, split: str = "test") -> Iterator[Problem]:
    """Everyday word problems of 1 to 8 steps, generated."""
    low, high = lengths("arithmetic", "steps", steps, 1, 8)
    return stream("arithmetic", lambda rng: draw(rng, low, high), name=split, seed=seed)


def draw(rng: random.Random, low: int, high: int) -> Problem:
    """One problem with a number of steps drawn evenly from `low` to `high`."""
    story_drawn = story(rng, rng.randint(low, high))
    return Problem(
        id="",
        question=story_drawn.question,
        answer=str(story_drawn.quantity.value),
        kind="number",
        rationales=tuple(tell(story_drawn.quantity, rng) for _ in range(WAYS)),
        equation=f"{equation(story_drawn.quantity)} = {story_drawn.quantity.value}",
        program=program(story_drawn.quantity),
        tags={"steps": operations(story_drawn.quantity), "setting": story_drawn.setting},
    )
