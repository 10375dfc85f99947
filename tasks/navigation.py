"""Whether a walk ends where it began (this project), generated.

In the manner of BIG-bench's navigate (Srivastava et al., 2022, arXiv:2206.04615). A level is one stretch
more: level 1 has three; from level 3 on the walker turns as well. As many return as do not, and a walk that
does not differs from one that does in a single stretch.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from harness import Problem, task

from .names import GIVEN
from .streams import fresh, lengths

FURTHEST = 20
"""Steps of one stretch, at most."""

PLACES = (
    "bench", "church", "fountain", "gate", "inn", "kiosk", "lamp post", "mill", "oak", "pond", "school", "shed",
    "station", "statue", "tower", "well",
)  # fmt: skip
COMPASS = ("north", "east", "south", "west")
SIDES = ("forward", "to the right", "backward", "to the left")
TURNS = {1: "turns right", 2: "turns around", 3: "turns left"}
Stretch = tuple[int, int]
"""Where to, as a place in COMPASS, and how many steps."""


@task(
    exemplars="navigation",
    unlimited=True,
    area="endless",
    kind="yes_no",
    rows="endless",
    licence="Apache-2.0",
)
def navigation(*, level: str = "2", seed: int = 0, split: str = "test") -> Iterator[Problem]:
    """Whether a walk ends where it began."""
    low, high = lengths("navigation", "level", level, 1, 12)
    return fresh("navigation", lambda rng: draw(rng, low, high), name=split, seed=seed)


def draw(rng: random.Random, low: int, high: int) -> Problem:
    """A walk of two stretches more than a level of `low` to `high`."""
    level = rng.randint(low, high)
    walk, returns = _walk(rng, level + 2), rng.random() < 0.5
    if not returns:
        walk = _astray(rng, walk)
    name, place = rng.choice(GIVEN), rng.choice(PLACES)
    turns = rng.sample(range(1, len(walk)), max(0, level - 2))
    facing, x, y = 0, 0, 0
    sentences, steps, parts = [], [], []
    for number, (heading, length) in enumerate(walk):
        turn = ""
        if number in turns:
            turned = rng.choice(tuple(TURNS))
            facing = (facing + turned) % 4
            turn = f"{name} {TURNS[turned]}. "
            steps.append(f"{name} now faces {COMPASS[facing]}.")
        unit = "step" if length == 1 else "steps"
        sentences.append(f"{turn}{name} goes {length} {unit} {SIDES[(heading - facing) % 4]}.")
        x += length * (0, 1, 0, -1)[heading]
        y += length * (1, 0, -1, 0)[heading]
        steps.append(f"{length} {COMPASS[heading]}: ({x}, {y}).")
        parts.append((f"Where is {name} after stretch {number + 1}?", f"At ({x}, {y})."))
    facing_said = ", facing" if turns else " and always faces"
    asked = f"Is {name} at the {place} again?"
    end = f"The walk ends at ({x}, {y}), {'where' if returns else 'not where'} it began."
    return Problem(
        id="",
        question=f"{name} stands at the {place}{facing_said} {COMPASS[0]}. {' '.join(sentences)} {asked}",
        answer="yes" if returns else "no",
        kind="yes_no",
        rationales=(" ".join(["The walk begins at (0, 0).", *steps, end]),),
        program=_program(walk),
        parts=(*parts, (asked, end)),
        tags={"level": level, "turns": len(turns)},
    )


def _walk(rng: random.Random, count: int) -> list[Stretch]:
    """`count` stretches, in any order, that end where they begin."""
    while True:
        axes = (0, 1) if count > 3 and rng.random() < 0.8 else (rng.choice((0, 1)),)
        walk = [_stretch(rng, rng.choice(axes)) for _ in range(count - len(axes))]
        for axis in axes:
            surplus = sum(
                n if heading == axis else -n for heading, n in walk if heading % 2 == axis
            )
            walk.append((axis + 2 if surplus > 0 else axis, abs(surplus)))
        if all(0 < length <= FURTHEST for _, length in walk):
            rng.shuffle(walk)
            return walk


def _stretch(rng: random.Random, axis: int) -> Stretch:
    return axis + rng.choice((0, 2)), rng.randint(1, FURTHEST)


def _astray(rng: random.Random, walk: list[Stretch]) -> list[Stretch]:
    """The walk with one stretch longer, shorter or the other way."""
    place = rng.randrange(len(walk))
    heading, length = walk[place]
    if rng.random() < 0.3:
        changed = ((heading + 2) % 4, length)
    else:
        others = [n for n in range(length - 3, length + 4) if 0 < n <= FURTHEST and n != length]
        changed = (heading, rng.choice(others))
    return [*walk[:place], changed, *walk[place + 1 :]]


def _program(walk: list[Stretch]) -> str:
    """How far north and east the walk leads, and whether both are nothing."""
    lines = []
    for axis, name in ((0, "north"), (1, "east")):
        terms = [f"{'+' if h == axis else '-'} {n}" for h, n in walk if h % 2 == axis]
        lines.append(f"{name} = {' '.join(['0', *terms])}")
    return "\n".join([*lines, "answer = north == 0 and east == 0"])
