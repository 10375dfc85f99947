"""Classes of faults that real outputs brought to light, each with cases of our own making as data.

`tests/golden/classes.jsonl` has the cases; `reported.jsonl`, beside this checkout, has those that were reported.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harness.reading.kinds import KINDS

OURS = Path(__file__).parents[1] / "golden" / "classes.jsonl"
UNSEEN = OURS.with_name("unseen.jsonl")
REPORTED = Path(__file__).resolve().parents[3] / "shared" / "answers" / "reported.jsonl"


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


@pytest.mark.parametrize("row", rows(OURS), ids=lambda row: f"{row['kind']}: {row['text'][-60:]!r}")
def test_a_case_of_a_class_of_faults_reads_as_it_says(row: dict[str, Any]) -> None:
    reading = KINDS[row["kind"]].read(row["text"], row.get("choices", ()))
    assert reading.answer == row["reads"], row["class"]


def test_every_class_has_eight_cases_or_more_each_there_once_and_with_its_source() -> None:
    cases = rows(OURS)
    counts = Counter(row["class"] for row in cases)
    assert len(counts) >= 20
    assert min(counts.values()) >= 8
    assert all(row["source"] for row in cases)
    once = {(row["text"], row["kind"], str(row.get("choices"))) for row in cases}
    assert len(once) == len(cases)


def test_what_was_written_before_it_was_read_is_read_as_it_says() -> None:
    """`before` is what the reader made of it at first.

    Of 141, 124 right, 15 silent, 2 wrong; of 123 that came later, 107, 12 and 4.
    """
    cases = rows(UNSEEN)
    assert Counter(row["before"] for row in cases) == {"right": 231, "silent": 27, "wrong": 6}
    for row in cases:
        kind = KINDS[row["kind"]]
        answer = kind.read(row["text"], row.get("choices", ())).answer
        assert answer == row["reads"] or (
            answer is not None and row["reads"] is not None and kind.same(answer, row["reads"])
        ), row["text"]


@pytest.mark.skipif(
    not REPORTED.exists(), reason="the reported faults are not beside this checkout"
)
def test_what_was_reported_is_read_as_a_careful_reader_reads_it() -> None:
    misread = []
    for row in rows(REPORTED):
        kind = KINDS[row["kind"]]
        for text in row["texts"]:
            answer = kind.read(text, row.get("choices") or ()).answer
            same = answer is not None and row["gold"] is not None and kind.same(answer, row["gold"])
            if not (same or answer == row["gold"]):
                misread.append((row["id"], text, answer))
    assert misread == []
