"""ARC, the AI2 Reasoning Challenge (Clark et al., 2018, arXiv:1803.05457): science questions of schools.

Source: on the hub allenai/ai2_arc (configs ARC-Challenge, 1172 test rows, and ARC-Easy, 2376), CC BY-SA
4.0: {id, question, choices: {text, label}, answerKey}; some rows number their options. The form of
github.com/AGI-Edgerunners/LLM-Adapters ({instruction, answer: "answer3"}, options in the instruction)
is read too; it has no ids. Most rows have four options, a few three or five.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from harness import Problem, UserError, task

from .options import keyed, labelled, posed
from .released import Release, Row, catalogued, released

CONFIGS = {"challenge": "ARC-Challenge", "easy": "ARC-Easy"}
RELEASE = Release(
    task="arc",
    file="https://raw.githubusercontent.com/AGI-Edgerunners/LLM-Adapters/{revision}/dataset/",
    columns='{id, question, choices: {text, label}, answerKey}, or {instruction, answer: "answer3"},',
    hub="allenai/ai2_arc",
    splits={"test": "test", "dev": "validation", "train": "train"},
)
INSTRUCTION = re.compile(
    r"Please choose the correct answer to the question: (?P<question>.*)\n\n(?P<options>Answer1: .*)"
    r"\n\nAnswer format: .*",
    re.DOTALL,
)


@task(
    exemplars="arc",
    area="science and knowledge",
    kind="choice",
    rows="1,172 (easy 2,376)",
    licence="CC BY-SA 4.0",
)
def arc(
    *,
    path: str | None = None,
    level: str = "challenge",
    split: str = "test",
    revision: str | None = None,
) -> Iterator[Problem]:
    """ARC: science questions of schools, three to five options; level=easy has the easy ones."""
    if level not in CONFIGS:
        raise UserError(f"arc: there is no level {level!r}; level= can be challenge or easy")
    config = CONFIGS[level]
    release = replace(RELEASE, config=config, file=f"{RELEASE.file}{config}/{{split}}.json")
    rows = released(release, path, split, revision)
    return catalogued(_problem(row, f"arc/{level}/{split}") for row in rows)


def _problem(row: Row, name: str) -> Problem:
    if "instruction" not in row:
        choices, labels = labelled(row, row["choices"])
        gold = keyed(row, labels, row["answerKey"])
        return posed(row, f"{name}/{row.text('id')}", row.text("question"), choices, gold)
    match = INSTRUCTION.fullmatch(row.text("instruction"))
    if match is None:
        raise row.wrong("the instruction has no question with options Answer1: ... Answer2: ...")
    # an option may hold a full stop or a colon: only the next of these marks ends it
    _, *pieces = re.split(r"(?:\A|\s)(Answer\d): ", match["options"])
    labels = [label.lower() for label in pieces[::2]]
    gold = keyed(row, labels, row.text("answer"))
    choices = [text.strip() for text in pieces[1::2]]
    return posed(row, f"{name}/{row.index:04d}", match["question"].strip(), choices, gold)
