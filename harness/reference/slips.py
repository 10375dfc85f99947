"""Rationales with one slip in them, for the documents that teach to find mistakes."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from harness import Problem

STEP = re.compile(r"(\d+) ([-+*/]) (\d+) = (?:[^=]* = )*(\d+)(?=\D*$)")
"""The operation of a sentence and, past what stands between, its result."""
OFF = (-10, -2, -1, 1, 2, 10)
"""By how much a slip misses a result."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Slip:
    """A rationale that goes wrong in one sentence, the answer that it comes to, and that sentence put right."""

    rationale: str
    answer: str
    right: str


def slipped(problem: Problem, rationale: str, rng: random.Random) -> Slip | None:
    """The rationale of a problem with a slip, and what follows from it; None where no wrong answer came of it."""
    sentences = rationale.rstrip(".").split(". ")
    ways = {"number": _reckoned, "letters": _spelled, "yes_no": _turned}
    slip = ways[problem.kind](problem, sentences, rng)
    return slip if slip and slip.answer != problem.answer else None


def _reckoned(problem: Problem, sentences: list[str], rng: random.Random) -> Slip | None:
    """A wrong result, with which the later sentences go on."""
    at, changed, value = rng.randrange(len(sentences)), dict[str, str](), 0
    wrong = []
    for place, sentence in enumerate(sentences):
        step = STEP.search(sentence)
        if not step:
            return None
        left, sign, right = (changed.get(part, part) for part in step.groups()[:3])
        value = int(step[4])
        if place == at or (left, right) != (step[1], step[3]):
            if sign == "/" and (right == "0" or int(left) % int(right)):
                return None
            value = _result(int(left), sign, int(right)) + (rng.choice(OFF) if place == at else 0)
            if value <= 0:
                return None
            changed[step[4]] = str(value)
            equation = f"{left} {sign} {right} = {value}"
            sentence = sentence[: step.start()] + equation + sentence[step.end() :]
        wrong.append(sentence)
    return Slip(". ".join(wrong) + ".", str(value), sentences[at] + ".")


def _result(left: int, sign: str, right: int) -> int:
    return {"+": left + right, "-": left - right, "*": left * right}.get(
        sign, left // max(right, 1)
    )


def _spelled(problem: Problem, sentences: list[str], rng: random.Random) -> Slip:
    """A wrong last letter of one word."""
    at = rng.randrange(len(problem.answer))
    letter = rng.choice(LETTERS.replace(problem.answer[at], ""))
    answer = problem.answer[:at] + letter + problem.answer[at + 1 :]
    wrong = [*sentences]
    wrong[at] = f'{sentences[at][:-2]}{letter}"'
    wrong[-1] = sentences[-1].replace(f'"{problem.answer}"', f'"{answer}"')
    return Slip(". ".join(wrong) + ".", answer, sentences[at] + ".")


def _turned(problem: Problem, sentences: list[str], rng: random.Random) -> Slip:
    """A coin that lies the other way from one turn on."""
    at = rng.randrange(1, len(sentences))
    other = {"heads": "tails", "tails": "heads"}
    turned = [re.sub("heads|tails", lambda side: other[side[0]], one) for one in sentences[at:]]
    # who flips a coin turns it, so only what is said of the first turn is wrong in itself
    answer = "no" if problem.answer == "yes" else "yes"
    return Slip(". ".join([*sentences[:at], *turned]) + ".", answer, sentences[at] + ".")
