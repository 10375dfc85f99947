"""WinoGrande (Sakaguchi et al., 2019, arXiv:1907.10641): which of two fills the blank of a sentence.

Source: on the hub allenai/winogrande (winogrande_xl, validation, 1267 rows): {sentence, option1, option2,
answer: "1"}. The form of github.com/AGI-Edgerunners/LLM-Adapters ({instruction, answer: "option2"}), which calls that
set a test, is read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness import Problem, task

from .options import keyed, posed
from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="winogrande",
    file="https://raw.githubusercontent.com/AGI-Edgerunners/LLM-Adapters/{revision}/dataset/winogrande/test.json",
    columns='{sentence, option1, option2, answer: "1"}, or {instruction, answer: "option1"},',
    hub="allenai/winogrande",
    config="winogrande_xl",
    splits={"dev": "validation", "train": "train"},
)
INSTRUCTION = re.compile(
    r"Please choose the correct answer to fill in the blank to complete the given sentence: "
    r"(?P<sentence>.*?)\s*Option1: (?P<option1>.*?)\s*Option2: (?P<option2>.*?)\s*Answer format: .*",
    re.DOTALL,
)


@task(
    exemplars="winogrande",
    area="pronouns",
    kind="choice",
    rows="1,267",
    licence="CC BY 4.0",
)
def winogrande(
    *, path: str | None = None, split: str = "dev", revision: str | None = None
) -> Iterator[Problem]:
    """WinoGrande: which of two fills the blank of a sentence."""
    rows = released(RELEASE, path, split, revision)
    return catalogued(_problem(row, f"winogrande/{split}/{row.index:05d}") for row in rows)


def _problem(row: Row, name: str) -> Problem:
    if "instruction" in row:
        match = INSTRUCTION.fullmatch(row.text("instruction"))
        if match is None:
            raise row.wrong("the instruction has no sentence with Option1: ... Option2: ...")
        sentence, choices = match["sentence"], (match["option1"], match["option2"])
    else:
        sentence = row.text("sentence")
        choices = (row.text("option1"), row.text("option2"))
    if sentence.count("_") != 1:
        raise row.wrong("the sentence has no blank _, or several")
    gold = keyed(row, ["1", "2"], row.text("answer").removeprefix("option"))
    question = f"{sentence}\nWhat does the blank _ stand for?"
    return posed(row, name, question, choices, gold)
