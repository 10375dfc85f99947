"""Rows of BIG-Bench Hard (Suzgun et al., 2022, arXiv:2210.09261): `{input, target}`, options in the input.

What `bbh` and the tasks of the chain-of-thought paper share.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .released import Release, Row

LETTERED = re.compile(r"\(([A-Z])\) ?(.*)")
DASHED = re.compile(r"- (.*)")


class Divided(NamedTuple):
    """An input without its options, and these: lettered ones, or those that a dash opens."""

    question: str
    lettered: tuple[str, ...]
    dashed: tuple[str, ...]


def release(name: str, task: str) -> Release:
    """Where one of the 27 tasks is found."""
    return Release(
        task=task,
        file=f"https://raw.githubusercontent.com/suzgunmirac/BIG-Bench-Hard/{{revision}}/bbh/{name}.json",
        columns='{input: "...\\nOptions:\\n(A) ...", target: "(A)"}',
    )


def divided(row: Row) -> Divided:
    """The input of a row, whose options, if any, are the lines behind a line `Options:`."""
    question, _, below = row.text("input").partition("\nOptions:\n")
    lines = below.splitlines()
    lettered = [LETTERED.fullmatch(line) for line in lines]
    dashed = [DASHED.fullmatch(line) for line in lines]
    if lines and not all(lettered) and not all(dashed):
        raise row.wrong("a line of the options begins with no letter and no dash")
    letters = [match[1] for match in lettered if match]
    if letters != [chr(ord("A") + place) for place in range(len(letters))]:
        raise row.wrong(f"the options are lettered {', '.join(letters)}")
    return Divided(
        question.strip(),
        tuple(match[2].strip() for match in lettered if match),
        tuple(match[1].strip() for match in dashed if match),
    )
