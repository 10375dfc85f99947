"""Whether a nested expression of "and", "or" and "not" is true (this project), generated.

In the manner of BIG-bench's boolean expressions (Srivastava et al., 2022, arXiv:2206.04615), with letters
for the values, so that there is no end of them. A level is one more "and" or "or": level 1 has two. As many
are true as false.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness import Problem, task

from .streams import fresh, lengths

LETTERS = "bcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True)
class Node:
    """A letter, or two nodes joined by "and" or "or"; either may be denied."""

    letter: str = ""
    joined: str = ""
    left: Node | None = None
    right: Node | None = None
    denied: bool = False

    def __str__(self) -> str:
        inner = self.letter or f"({self.left} {self.joined} {self.right})"
        return f"not {inner}" if self.denied else inner


@task(
    exemplars="boolean",
    unlimited=True,
    area="endless",
    kind="yes_no",
    rows="endless",
    licence="Apache-2.0",
)
def boolean(*, level: str = "2", seed: int = 0, split: str = "test") -> Iterator[Problem]:
    """Whether a nested expression of and, or and not is true."""
    low, high = lengths("boolean", "level", level, 1, 12)
    return fresh("boolean", lambda rng: draw(rng, low, high), name=split, seed=seed)


def draw(rng: random.Random, low: int, high: int) -> Problem:
    """An expression with one "and" or "or" more than a level of `low` to `high`, each letter in it once."""
    level = rng.randint(low, high)
    letters = rng.sample(LETTERS, level + 2)
    tree, wanted = _tree(rng, letters), rng.random() < 0.5
    while True:
        values = {letter: rng.random() < 0.5 for letter in letters}
        steps: list[tuple[str, str]] = []
        if _value(tree, values, steps) == wanted:
            break
    given = ", ".join(f"{letter} is {_word(values[letter])}" for letter in sorted(letters))
    expression = str(tree).removeprefix("(").removesuffix(")") if not tree.denied else str(tree)
    asked = f"Is {expression} true?"
    program = [f"{letter} = {values[letter]}" for letter in sorted(letters)]
    return Problem(
        id="",
        question=f"{given}. {asked}",
        answer="yes" if wanted else "no",
        kind="yes_no",
        rationales=(" ".join(step for _, step in steps),),
        program="\n".join([*program, f"answer = {expression}"]),
        parts=(*((f"Is {part} true?", step) for part, step in steps[:-1]), (asked, steps[-1][1])),
        tags={"level": level},
    )


def _tree(rng: random.Random, letters: list[str]) -> Node:
    """A tree over the letters, in their order."""
    denied = rng.random() < 0.3
    if len(letters) == 1:
        return Node(letters[0], denied=denied)
    middle = rng.randint(1, len(letters) - 1)
    left, right = _tree(rng, letters[:middle]), _tree(rng, letters[middle:])
    return Node("", rng.choice(("and", "or")), left, right, denied)


def _value(node: Node, values: Mapping[str, bool], steps: list[tuple[str, str]]) -> bool:
    """The value of a node; `steps` collects how each pair is reckoned, the innermost first."""
    if node.left is None or node.right is None:
        return values[node.letter] != node.denied
    left, right = (_value(part, values, steps) for part in (node.left, node.right))
    value = (left and right) if node.joined == "and" else (left or right)
    pair = f"{node.left} {node.joined} {node.right}"
    step = f"{pair} is {_word(left)} {node.joined} {_word(right)}, which is {_word(value)}."
    if node.denied:
        step += f" Denied it is {_word(not value)}."
    steps.append((pair if not node.denied else str(node), step))
    return value != node.denied


def _word(value: bool) -> str:
    return "true" if value else "false"
