"""The committed runs are scored again: the tables in the documents follow from their chains, to the digit."""

import json
from pathlib import Path
from statistics import median

import pytest

from harness import KINDS
from harness.records.loading import read
from harness.records.record import stored
from harness.records.scoring import rescored
from harness.report.report import report

ROOT = Path(__file__).parent.parent
RUNS = sorted(path.parent for path in (ROOT / "results/reference").glob("*/scores.json"))


def test_there_are_committed_runs() -> None:
    assert {"demo", "arithmetic", "symbolic", "strategies"} <= {run.name for run in RUNS}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_scores_follow_from_the_stored_chains_to_the_digit(run: Path) -> None:
    known = json.loads((run / "scores.json").read_text(encoding="utf-8"))["scores"]
    again = rescored(stored(run))
    assert len(known) == len(again)
    for before, after in zip(known, again, strict=True):
        assert {key: before[key] for key in after} == after


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_chains_are_still_read_as_they_were(run: Path) -> None:
    for sample in stored(run):
        kind = KINDS[sample["kind"]]
        for chain in sample["chains"]:
            read = chain["asked"] + chain["text"][chain["start"] :]
            again = kind.read(read, sample["choices"], truncated=chain["finish"] == "length")
            assert again.answer == chain["answer"], chain["text"]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_the_report_is_the_one_that_the_scores_give(run: Path) -> None:
    assert report(read([run])).markdown() == (run / "report.md").read_text(encoding="utf-8")


def test_the_tables_in_the_documents_are_those_of_the_runs() -> None:
    shown = {
        "README.md": ["demo"],
        "harness/reference/README.md": ["arithmetic", "symbolic", "strategies"],
    }
    for document, run in [(name, run) for name, runs in shown.items() for run in runs]:
        text = (ROOT / document).read_text(encoding="utf-8")
        written = (ROOT / "results/reference" / run / "report.md").read_text(encoding="utf-8")
        table = written.partition("\n## ")[0]
        rows = [line for line in table.splitlines() if line.startswith("|")]
        assert len(rows) > 3
        for row in rows:
            assert row in text, f"{document} lacks {row}"


SPEEDS = {
    ("smollm2", "paths", "generate"): "`generate(num_return_sequences=40)`",
    ("qwen2", "paths", "generate"): "shape of Qwen2.5-0.5B",
    ("smollm2", "batch", "generate_batch"): "`generate_batch`",
    ("smollm2", "hf", "hf, batch 16"): "40 repeats",
    ("smollm2", "greedy", "hf, batch 16"): "greedy",
    ("smollm2", "choice", "hf, batch 20"): "five choices",
}


@pytest.mark.parametrize(("shape", "work", "way"), SPEEDS)
def test_a_speed_in_the_documents_is_the_median_of_its_rounds(
    shape: str, work: str, way: str
) -> None:
    rounds = json.loads((ROOT / "results/reference/engine.json").read_text(encoding="utf-8"))
    found = [one["found"] for one in rounds if (one["work"], one["shape"]) == (work, shape)]
    assert len(found) >= 3
    theirs, ours = (median(one[name] for one in found) for name in (way, "engine"))
    ratio = median(one["engine"] / one[way] for one in found)
    figures = f"| {theirs:.3g} | {ours:.3g} | {ratio:.0f}x |"
    document = (ROOT / "docs/engine.md").read_text(encoding="utf-8")
    assert [
        line
        for line in document.splitlines()
        if line.endswith(figures) and SPEEDS[shape, work, way] in line
    ]
