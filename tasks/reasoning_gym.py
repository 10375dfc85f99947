"""Reasoning Gym (Stojanovski et al., 2025, arXiv:2505.24760): a hundred generators with checkers, by their names.

Source: the package reasoning-gym, Apache-2.0 (`pip install 'reasoning-harness[reasoning-gym]'`); `name=` is one of its
data sets and `level=` a level of its curriculum, 0 for the package's own settings. Each question says how its
answer is to look. Answers are numbers, yes or no where all golds of a set are, else taken as they were written
(`verbatim`); what is not the gold is right where the set's own checker gives it full marks.

Nine checkers evaluate the answer, as Python or by SymPy's parser, which does the same. What a model wrote is
never evaluated here (`harness.programs` has a sandbox for that), so these see an answer only where it is a board or
a row of letters and digits, or a formula that can reach no name of Python and no number that fills the memory.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import pairwise
from typing import Any

from harness import KINDS, Problem, UserError, task

from .released import catalogued

BY_PYTHON = frozenset("binary_matrix n_queens spiral_matrix string_insertion".split())
BY_SYMPY = frozenset(
    "countdown intermediate_integration polynomial_multiplication puzzle24 simple_integration".split()
)
"""Sets whose checkers evaluate the answer, as of version 0.1.25."""

_BOARD = re.compile(r"[A-Z0-9_ \n-]*")
_FORMULA = re.compile(r"[A-Za-z0-9+*/() .-]{1,400}")
_SIGNS = re.compile(r"\*\*|[A-Za-z]+|[0-9]+|\S")
_FUNCTIONS = frozenset("sin cos tan exp log sqrt".split())
_ROOT = re.compile(r"\*\*\s*\(\s*-?\s*[0-9]{1,2}\s*(?:/\s*[0-9]{1,2}\s*)?\)")
_LONGEST_NUMBER = 12
_POWERS_OF_BRACKETS = 2
_EXAMPLES = ("example_answer", "possible_answer", "example_correct_answer")
_TRIED = 5
"""Problems that tell the kind of a set's answers."""


@task(area="endless", kind="of each task", rows="count=500", licence="Apache-2.0")
def reasoning_gym(
    *, name: str | None = None, level: int = 0, count: int = 500, seed: int = 0
) -> Iterator[Problem]:
    """Reasoning Gym: one of its generators by name, with its own checker."""
    gym = _gym()
    names = sorted(set(gym.factory.DATASETS) - {"composite"})
    if name is None:
        raise UserError(f"reasoning_gym: say name=, one of {', '.join(names)}")
    if name not in names:
        raise UserError(f"reasoning_gym: there is no set {name!r}: one of {', '.join(names)}")
    if count < 1:
        raise UserError(f"reasoning_gym: count={count} is no number of problems from 1 on")
    # of another seed, so that the kind is that of the set and not of one problem
    first = _set(gym, name, level, 1, _TRIED)
    kind = _kind([_gold(first, first[index], name) for index in range(_TRIED)])
    problems = _set(gym, name, level, seed, count)
    made = (_problem(problems, index, name, level, seed, kind) for index in range(count))
    return catalogued(problem for problem in made if problem)


def _gym() -> Any:
    try:
        with warnings.catch_warnings():  # a package that it needs leaves a file open
            warnings.simplefilter("ignore")
            import reasoning_gym as gym
    except ImportError:
        raise UserError(
            "reasoning_gym: the package reasoning-gym is not installed: pip install 'reasoning-harness[reasoning-gym]'"
        ) from None
    return gym


def _set(gym: Any, name: str, level: int, seed: int, size: int) -> Any:
    """A set of the package; at a level from 1 on, each attribute of its curriculum is at that level or its last."""
    if level == 0:
        return gym.create_dataset(name, seed=seed, size=size)
    if level < 0 or not gym.factory.has_curriculum(name):
        raise UserError(
            f"reasoning_gym: {name} has no level {level}: level= is 0"
            + (" or more" if level < 0 else ", for the package has no curriculum of it")
        )
    curriculum = gym.factory.create_curriculum(name)
    for attribute in curriculum.attributes.values():
        curriculum.set_attr_level(attribute.name, min(level, len(attribute.levels)) - 1)
    made, _ = gym.factory.DATASETS[name]
    try:
        return made(curriculum.generate_configuration({"seed": seed, "size": size}))
    except (AssertionError, TypeError, ValueError) as error:
        raise UserError(
            f"reasoning_gym: the package has no {name} of level {level}: {error}"
        ) from error


def _gold(problems: Any, entry: Mapping[str, Any], name: str) -> str:
    """The answer of an entry, or an example of one where there are many and the checker takes it."""
    metadata = entry["metadata"]
    golds = (entry["answer"], *(metadata.get(example) for example in _EXAMPLES))
    gold = next((gold for gold in golds if gold is not None), "")
    gold = gold if isinstance(gold, str) else json.dumps(gold)
    if not gold or problems.score_answer(gold, entry) < 1:
        raise UserError(
            f"reasoning_gym: {name} tells no answer that its checker takes, and golds are to be checked: "
            "take another set"
        )
    return gold


def _kind(golds: list[str]) -> str:
    for kind in ("number", "yes_no"):
        if all(KINDS[kind].normal(gold) == gold.lower() for gold in golds):
            return kind
    return "verbatim"


def _problem(
    problems: Any, index: int, name: str, level: int, seed: int, kind: str
) -> Problem | None:
    """The problem of an entry; None where its answer is a text of several sentences, as few are."""
    entry = problems[index]
    gold = _gold(problems, entry, name)
    if KINDS[kind].normal(gold) != gold.lower():
        kind = "verbatim"
    answer = KINDS[kind].normal(gold)
    if answer is None:
        return None
    return Problem(
        id=f"reasoning_gym/{name}/{level}/{seed}/{index:04d}",
        question=entry["question"].strip(),
        answer=answer,
        kind=kind,
        tags={"set": name},
        accepts=partial(_accepts, problems, entry, name),
    )


def _accepts(problems: Any, entry: Mapping[str, Any], name: str, answer: str) -> bool:
    """Whether the set's own checker gives an answer full marks, with or without a stop behind it."""
    if name in BY_PYTHON and not _BOARD.fullmatch(answer):
        return False
    if name in BY_SYMPY and not harmless(answer):
        return False
    try:
        return any(problems.score_answer(one, entry) >= 1 for one in (answer, f"{answer}."))
    except Exception:  # whatever a checker raises on what it did not expect: it does not take it
        return False


def harmless(formula: str) -> bool:
    """Whether a formula is short, of numbers, single letters and a few functions, and no tower of powers.

    `__import__("os")`, `x.__class__`, `S("...")` and `9**9**9` are not.
    """
    if not _FORMULA.fullmatch(formula):
        return False
    signs = ["", *_SIGNS.findall(_ROOT.sub("**2", formula)), "", ""]
    powers = sum(pair == (")", "**") for pair in pairwise(signs))
    return powers <= _POWERS_OF_BRACKETS and all(
        _is_tame(*signs[place : place + 4]) for place in range(len(signs) - 3)
    )


def _is_tame(before: str, sign: str, after: str, last: str) -> bool:
    """Whether a sign between its neighbours is one of those that a harmless formula has."""
    if sign.isalpha():
        return sign in _FUNCTIONS or (len(sign) == 1 and after != "(")
    if sign == ".":
        return before.isdigit() and after.isdigit()
    if sign == "**":
        return len(after) <= 2 and after.isdigit() and last != "**"
    return len(sign) <= _LONGEST_NUMBER
