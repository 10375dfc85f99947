"""AQuA-RAT (Ling et al., 2017, "Program Induction by Rationale Generation", arXiv:1705.04146):
algebra with five options.

Source: github.com/google-deepmind/AQuA, Apache-2.0 (test.json there is JSON lines); on the hub
deepmind/aqua_rat (config raw). 254 test, 254 dev (on the hub: validation) and 97467 training rows
{question, options: ["A)21", ...], rationale, correct: "A"}. In seven test rows two options have the
same text, and in four of them one is the gold: the tag `same_text` names its twin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness import Problem, task

from .files import shown
from .released import Release, Row, catalogued, named_in, released

RELEASE = Release(
    task="aqua",
    file="https://raw.githubusercontent.com/google-deepmind/AQuA/{revision}/{split}.json",
    branch="master",
    columns='{question, options: ["A)21", ...], rationale, correct: "A"}',
    hub="deepmind/aqua_rat",
    config="raw",
    splits={"test": "test", "dev": "validation", "train": "train"},
)
CLOSING = re.compile(
    r"\W*(?:(?:answer|ans|option|choice|correct|is|the|hence|so|therefore|thus|[a-e])\b\W*)+",
    re.IGNORECASE,
)


@task(
    exemplars="aqua",
    area="arithmetic",
    kind="choice",
    rows="254 (dev 254, train 97,467)",
    licence="Apache-2.0",
)
def aqua(
    *, path: str | None = None, split: str = "test", revision: str | None = None
) -> Iterator[Problem]:
    """AQuA: algebra word problems with five options."""
    part = named_in(path, RELEASE.splits, split)
    rows = released(RELEASE, path, split, revision)
    return catalogued(_problem(row, f"aqua/{part}/{row.index:04d}") for row in rows)


def _problem(row: Row, name: str) -> Problem:
    options = row["options"]
    if not isinstance(options, list) or not options:
        raise row.wrong(f"options is {shown(options)}, not a list of texts")
    letters = "ABCDEFGHIJ"[: len(options)]
    choices = tuple(_bare(str(o), letter) for o, letter in zip(options, letters, strict=True))
    gold = row.gold(row["correct"], "choice", choices)
    same = [x for x, c in zip(letters, choices, strict=True) if c == choices[letters.index(gold)]]
    same.remove(gold)
    rationale = _without_closing(row.text("rationale"))
    return Problem(
        id=name,
        question=row.text("question"),
        answer=gold,
        kind="choice",
        choices=choices,
        rationales=(rationale,) if rationale else (),
        tags={"same_text": "".join(same)} if same else {},
    )


def _bare(option: str, letter: str) -> str:
    """`"A)21"` without its letter; one released row says it twice (`"A)A)59"`)."""
    return re.sub(rf"^\s*(?:\(?{letter}\s*\)\s*)+", "", option).strip()


def _without_closing(rationale: str) -> str:
    """The rationale without a last line that only names the letter: prompts add their own."""
    rest, _, last = rationale.rpartition("\n")
    return (rest if CLOSING.fullmatch(last) else rationale).strip()
