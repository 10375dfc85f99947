"""The committed runs are scored again: the tables in the documents follow from their chains, to the digit."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from harness import KINDS
from harness.report.markdown import markdown
from harness.report.reading import read
from harness.report.table import table
from harness.scoring import rescored

ROOT = Path(__file__).parent.parent
RUNS = sorted(path.parent for path in (ROOT / "results/reference").glob("*/scores.json"))


def samples(run: Path) -> list[dict[str, Any]]:
    plain = run / "samples.jsonl"
    text = (
        plain.read_text(encoding="utf-8")
        if plain.exists()
        else gzip.decompress((run / "samples.jsonl.gz").read_bytes()).decode()
    )
    return [json.loads(line) for line in text.splitlines()]


def test_there_are_committed_runs() -> None:
    assert {"demo", "arithmetic", "symbolic"} <= {run.name for run in RUNS}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_scores_follow_from_the_stored_chains_to_the_digit(run: Path) -> None:
    stored = json.loads((run / "scores.json").read_text(encoding="utf-8"))["scores"]
    again = rescored(samples(run))
    assert len(stored) == len(again)
    for before, after in zip(stored, again, strict=True):
        assert {key: before[key] for key in after} == after


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_chains_are_still_read_as_they_were(run: Path) -> None:
    for sample in samples(run):
        kind = KINDS[sample["kind"]]
        for chain in sample["chains"]:
            # The second stage of zero-shot chain of thought is read with its trigger; see `chain`.
            if sample["strategy"].startswith("zero_shot"):
                continue
            assert kind.read(chain["text"]).answer == chain["answer"], chain["text"]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_the_report_is_the_one_that_the_scores_give(run: Path) -> None:
    assert markdown(table(read([run]))) == (run / "report.md").read_text(encoding="utf-8")


def test_the_tables_in_the_documents_are_those_of_the_runs() -> None:
    shown = {
        "README.md": ["demo"],
        "harness/reference/README.md": ["arithmetic", "symbolic"],
    }
    for document, run in [(name, run) for name, runs in shown.items() for run in runs]:
        text = (ROOT / document).read_text(encoding="utf-8")
        report = (ROOT / "results/reference" / run / "report.md").read_text(encoding="utf-8")
        rows = [line for line in report.splitlines() if line.startswith("|")]
        assert len(rows) > 3
        for row in rows:
            assert row in text, f"{document} lacks {row}"
