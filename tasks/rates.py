"""Speeds and rates of work (this project), generated.

Level 1 asks for a way, a time or a speed, level 2 for the average of two stretches, level 3 for when two who
come from two towns meet or one catches up, level 4 for how long two people need together. Golds are whole.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import gcd

from harness import Problem, task

from .names import GIVEN
from .streams import fresh, lengths

RIDES = "bicycle boat bus car ferry motorcycle train tractor truck van".split()
JOBS = (
    ("paints", "paint", "wall"), ("mows", "mow", "lawn"), ("digs", "dig", "hole"), ("cleans", "clean", "hall"),
    ("plants", "plant", "bed"), ("packs", "pack", "crate"), ("weaves", "weave", "rug"), ("builds", "build", "shed"),
)  # fmt: skip

LONGEST = 120
"""Hours of shared work, at most."""


@dataclass(frozen=True)
class Told:
    """A question with its gold, how it is reckoned step by step, and the same in Python.

    `parts` are the questions that the steps answer, the last of them the question's own.
    """

    story: str
    gold: int
    parts: tuple[tuple[str, str], ...]
    program: tuple[str, ...]


@task(
    exemplars="rates",
    unlimited=True,
    area="endless",
    kind="number",
    rows="endless",
    licence="Apache-2.0",
)
def rates(*, level: str = "2", seed: int = 0, split: str = "test") -> Iterator[Problem]:
    """Speeds, averages, meetings and shared work."""
    low, high = lengths("rates", "level", level, 1, 4)
    return fresh("rates", lambda rng: draw(rng, low, high), name=split, seed=seed)


def draw(rng: random.Random, low: int, high: int) -> Problem:
    """A problem of a level of `low` to `high`."""
    level = rng.randint(low, high)
    told = rng.choice(LEVELS[level - 1])(rng)
    return Problem(
        id="",
        question=f"{told.story} {told.parts[-1][0]}",
        answer=str(told.gold),
        kind="number",
        rationales=(" ".join(step for _, step in told.parts),),
        program="\n".join(told.program),
        parts=told.parts,
        tags={"level": level},
    )


def _two(rng: random.Random) -> list[str]:
    return rng.sample(GIVEN, 2)


def _one_way(rng: random.Random) -> Told:
    name, ride = rng.choice(GIVEN), rng.choice(RIDES)
    speed, hours = rng.randint(5, 120), rng.randint(2, 30)
    way = speed * hours
    forms = (
        (f"goes {speed} miles an hour for {hours} hours.", "How many miles is that?", speed, "*", hours),
        (f"has {way} miles to go and makes {speed} miles an hour.", "How many hours does it need?",
         way, "/", speed),
        (f"goes {way} miles in {hours} hours.", "How many miles an hour is that?", way, "/", hours),
    )  # fmt: skip
    says, asked, left, sign, right = rng.choice(forms)
    gold = left * right if sign == "*" else left // right
    step = f"{left} {sign} {right} = {gold}."
    return Told(
        f"{name}'s {ride} {says}", gold, ((asked, step),), (f"answer = {left} {sign} {right}",)
    )


def _average(rng: random.Random) -> Told:
    name, ride = rng.choice(GIVEN), rng.choice(RIDES)
    while True:
        first, second = rng.sample(range(5, 100), 2)
        hours, more = rng.randint(2, 9), rng.randint(2, 9)
        one, other = first * hours, second * more
        way, time = one + other, hours + more
        if way % time == 0:
            break
    return Told(
        f"{name}'s {ride} goes {first} miles an hour for {hours} hours and then {second} miles an hour "
        f"for {more} hours.",
        way // time,
        (
            ("How many miles are the first stretch?", f"{first} * {hours} = {one} miles."),
            ("How many miles are the second stretch?", f"{second} * {more} = {other} miles."),
            ("How many miles are both?", f"{one} + {other} = {way} miles."),
            ("How many hours do both take?", f"{hours} + {more} = {time} hours."),
            ("What is the average speed in miles an hour?", f"{way} / {time} = {way // time}."),
        ),
        (f"way = {first} * {hours} + {second} * {more}", f"answer = way / ({hours} + {more})"),
    )


def _meeting(rng: random.Random) -> Told:
    one, other = _two(rng)
    first, second, hours = rng.randint(3, 60), rng.randint(3, 60), rng.randint(2, 12)
    both = first + second
    way = both * hours
    return Told(
        f"{one} and {other} live {way} miles apart and set out at the same time to meet. {one} makes "
        f"{first} miles an hour and {other} {second}.",
        hours,
        (
            ("By how many miles an hour do they near each other?", f"{first} + {second} = {both}."),
            ("After how many hours do they meet?", f"{way} / {both} = {hours} hours."),
        ),
        (f"both = {first} + {second}", f"answer = {way} / both"),
    )


def _catching_up(rng: random.Random) -> Told:
    one, other = _two(rng)
    while True:
        slow, fast = sorted(rng.sample(range(3, 80), 2))
        start = rng.randint(1, 9)
        ahead, gain = slow * start, fast - slow
        if ahead % gain == 0 and ahead // gain <= 24:
            break
    hours = ahead // gain
    lead = f"{start} hour" if start == 1 else f"{start} hours"
    return Told(
        f"{one} sets out at {slow} miles an hour. {lead} later {other} follows on the same road at {fast} miles "
        f"an hour.",
        hours,
        (
            (f"How many miles is {one} ahead then?", f"{slow} * {start} = {ahead} miles."),
            (f"How many miles does {other} gain in an hour?", f"{fast} - {slow} = {gain} miles."),
            (
                f"How many hours does {other} need to catch up?",
                f"{ahead} / {gain} = {hours} hours.",
            ),
        ),
        (f"ahead = {slow} * {start}", f"gain = {fast} - {slow}", "answer = ahead / gain"),
    )


def _together(rng: random.Random) -> Told:
    one, other = _two(rng)
    does, do, thing = rng.choice(JOBS)
    while True:
        first, second = rng.sample(range(2, 41), 2)
        whole, both = first * second, first + second
        # in first * second hours both make first + second: the least whole numbers, some times over
        shared, times = gcd(whole, both), rng.randint(1, 6)
        number, hours = both // shared * times, whole // shared * times
        if number > 1 and hours <= LONGEST:
            break
    return Told(
        f"{one} {does} a {thing} in {first} hours, and {other} {does} one in {second} hours.",
        hours,
        (
            (
                f"How many such {thing}s does {one} {do} in {whole} hours?",
                f"{whole} / {first} = {second}.",
            ),
            (f"How many does {other} {do} in that time?", f"{whole} / {second} = {first}."),
            ("How many do both make in that time?", f"{first} + {second} = {both}."),
            (
                f"How many hours do they need together for {number} such {thing}s?",
                f"{whole} * {number} / {both} = {hours} hours.",
            ),
        ),
        (f"whole = {first} * {second}", f"answer = whole * {number} / ({first} + {second})"),
    )


LEVELS: tuple[tuple[Callable[[random.Random], Told], ...], ...] = (
    (_one_way,),
    (_average,),
    (_meeting, _catching_up),
    (_together,),
)
"""What a level asks."""
