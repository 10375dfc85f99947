"""NeMo-Skills' generations: a problem on each line of `output.jsonl`, with what was generated.

Several seeds are several files, `output-rs0.jsonl`, `output-rs1.jsonl` ..., with the same problems
in the same order: the seeds of a problem are its chains.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.interop.rows import (
    Row,
    Text,
    Unusable,
    bare,
    count,
    finish,
    golds,
    shown,
    thought,
    words,
)

NAME = "NeMo-Skills"

SEEDED = re.compile(r"(?P<name>.+)-rs\d+\.jsonl(?:\.gz)?")
"""How the files of one run with several seeds are named."""


def named(file: Path) -> tuple[str | None, str | None]:
    """The model and the task of a file: outputs lie in a folder that is called after the benchmark."""
    ours = SEEDED.fullmatch(file.name) is not None or file.name == "output.jsonl"
    return None, (file.absolute().parent.name or None) if ours else None


def series(file: Path) -> Path | None:
    """What files of the same run have in common that differ in their seeds; None of another file."""
    match = SEEDED.fullmatch(file.name)
    return file.with_name(f"{match['name']}-rs*.jsonl") if match else None


def recognised(content: Mapping[str, Any]) -> bool:
    """Whether an object is such a row."""
    return "generation" in content and "expected_answer" in content


def row(content: Mapping[str, Any]) -> Row:
    """The row that an object is. Raises `Unusable` with the reason where it cannot be scored."""
    return seeds([content])


def seeds(contents: Sequence[Mapping[str, Any]]) -> Row:
    """The row of a problem that several seeds were tried on."""
    first = contents[0]
    for content in contents:
        if not recognised(content):
            raise Unusable(f"no 'generation' or 'expected_answer' among {shown(list(content))}")
        for field in ("id", "problem", "question", "expected_answer"):
            if content.get(field) != first.get(field):
                raise Unusable(f"its files have different problems on this line: other {field!r}")
    gold, others = golds(first["expected_answer"], "expected_answer")
    question = first.get("problem") or first.get("question")
    return Row(
        gold=gold,
        accepted=others,
        texts=tuple(map(_text, contents)),
        id=bare(first, "id"),
        question=question if isinstance(question, str) else "",
    )


def _text(content: Mapping[str, Any]) -> Text:
    generation = words(content, "generation")
    if generation is None:
        raise Unusable("its 'generation' is null")
    reason = content.get("finish_reason")
    return Text(
        thought(content.get("reasoning_content")) + generation,
        finish(reason) if isinstance(reason, str) else None,
        count(content.get("num_generated_tokens")),
    )
