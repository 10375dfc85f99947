"""The committed runs are scored again: the tables in the documents follow from their chains, to the digit.

`UPDATE_RESULTS=1 pytest tests/test_results.py` writes their scores and reports anew, from the same
chains: for a change that adds a figure or a section. What it did is then what git shows.
"""

import json
import os
import runpy
from pathlib import Path
from statistics import median

import pytest

from harness import KINDS
from harness.records.loading import read
from harness.records.record import stored
from harness.records.scoring import rescored
from harness.report.report import report

ROOT = Path(__file__).parent.parent
RUNS = sorted(path.parent for path in (ROOT / "results/reference").rglob("scores.json"))


def test_there_are_committed_runs() -> None:
    assert {"demo", "arithmetic", "symbolic", "strategies", "gsm8k"} <= {run.name for run in RUNS}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_scores_follow_from_the_stored_chains_to_the_digit(run: Path) -> None:
    file = run / "scores.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    known, again = content["scores"], rescored(stored(run))
    if os.environ.get("UPDATE_RESULTS"):
        pairs = zip(known, again, strict=True)
        known = [after | {k: v for k, v in was.items() if k not in after} for was, after in pairs]
        written = json.dumps({**content, "scores": known}, indent=1, ensure_ascii=False)
        file.write_text(written + "\n", encoding="utf-8")
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
    file = run / "report.md"
    written = report(read([run])).markdown()
    if os.environ.get("UPDATE_RESULTS"):
        file.write_text(written, encoding="utf-8")
    assert written == file.read_text(encoding="utf-8")


REAL = [run for run in RUNS if run.parent.name == "real"]
"""Those of a real model."""
ONE_TABLE = [run for run in REAL if run.name in ("gsm8k", "programs_and_ablations")]
"""Of these all of one model on the same problems: votes were cast on the first half of them alone."""


@pytest.mark.parametrize("run", REAL, ids=lambda run: run.name)
def test_no_question_of_a_released_set_is_committed(run: Path) -> None:
    assert not any(sample["question"] for sample in stored(run))
    content = json.loads((run / "prompts.json").read_text(encoding="utf-8"))
    for column in content["columns"]:
        assert column["question"] == "(the question is left out)"
        assert all(column["question"] in prompt["text"] for prompt in column["prompts"])
    released = ROOT.parent / "shared/data/gsm8k/test.jsonl"
    if released.exists():
        lines = released.read_text(encoding="utf-8").splitlines()[:200]
        chains = "".join(chain["text"] for sample in stored(run) for chain in sample["chains"])
        assert not [line for line in lines if json.loads(line)["question"] in chains]


SHOWN: dict[str, list[list[Path] | list[str]]] = {
    "README.md": [ONE_TABLE, ["demo"]],
    "harness/reference/README.md": [["arithmetic"], ["symbolic"], ["strategies"]],
}
"""What tables a document has: each of the runs that are in it."""


@pytest.mark.parametrize("document", SHOWN)
def test_the_tables_in_a_document_are_those_of_the_runs(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for runs in SHOWN[document]:
        written = report(read([ROOT / "results/reference" / run for run in runs])).markdown()
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


def speeds(shape: str, work: str, way: str) -> tuple[float, float, float]:
    """Medians over the rounds: the other way's, the engine's, and of their ratios."""
    rounds = json.loads((ROOT / "results/reference/engine.json").read_text(encoding="utf-8"))
    found = [one["found"] for one in rounds if (one["work"], one["shape"]) == (work, shape)]
    assert len(found) >= 3
    theirs, ours = (median(one[name] for one in found) for name in (way, "engine"))
    return theirs, ours, median(one["engine"] / one[way] for one in found)


@pytest.mark.parametrize(("shape", "work", "way"), SPEEDS)
def test_a_speed_in_the_documents_is_the_median_of_its_rounds(
    shape: str, work: str, way: str
) -> None:
    theirs, ours, ratio = speeds(shape, work, way)
    figures = f"| {theirs:.3g} | {ours:.3g} | {ratio:.0f}x |"
    document = (ROOT / "docs/engine.md").read_text(encoding="utf-8")
    assert [
        line
        for line in document.splitlines()
        if line.endswith(figures) and SPEEDS[shape, work, way] in line
    ]


def test_the_one_speed_in_the_readme_is_that_of_the_table() -> None:
    *_, ratio = speeds("smollm2", "paths", "generate")
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"was {ratio:.0f} times as fast as transformers' `generate`" in readme


def test_the_answer_in_the_readme_is_that_of_its_run() -> None:
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    answer = report(read(ONE_TABLE)).markdown().splitlines()[0].removeprefix("- ").replace("\\", "")
    assert answer in readme


def test_what_an_archive_took_is_what_was_measured() -> None:
    runs = json.loads((ROOT / "results/reference/archive.json").read_text(encoding="utf-8"))
    document = (ROOT / "docs/scoring.md").read_text(encoding="utf-8")
    assert [run["finished"] for run in runs] == [True, False]
    for run in runs:
        time, memory = (f"{run['processor_seconds']:.0f} s", f"{run['peak_bytes'] / 1e6:.0f} MB")
        assert time in document
        assert memory in document
        assert run["bytes"] > 3e9
        assert run["peak_bytes"] < 500e6


READERS = json.loads((ROOT / "results/reference/readers.json").read_text(encoding="utf-8"))["rows"]
COUNTED = {(row["texts"], row["kind"], row["reader"]): row for row in READERS}


def verdicts(texts: str, kind: str, reader: str) -> str:
    row = COUNTED[texts, kind, reader]
    counts = [row.get(verdict, 0) for verdict in ("right", "silent", "wrong")]
    return f"{sum(counts):,}: {', '.join(f'{count:,}' for count in counts)}"


def test_the_tables_of_readers_are_what_was_measured() -> None:
    document = (ROOT / "docs/scoring.md").read_text(encoding="utf-8")
    for reader in sorted({row["reader"] for row in READERS} - {"ours, before"}):
        cells = [verdicts(texts, "all", reader) for texts in ("golden", "classes")]
        if reader != "ours, strict":
            first = "ours, before" if reader == "ours, flexible" else reader
            cells.append(verdicts("unseen", "all", first))
        assert f"| {reader} | {' | '.join(cells)} |" in document
    for kind in {row["kind"] for row in READERS} - {"all"}:
        assert f"| `{kind}` | {verdicts('all', kind, 'ours, flexible')} |" in document


def test_we_misread_at_most_a_tenth_of_what_the_best_other_reader_misreads() -> None:
    """On the texts of the kinds that it has: the others have fewer than we."""
    for texts, ours in (("golden", "flexible"), ("classes", "flexible"), ("unseen", "before")):
        others = [
            row
            for (set_of, kind, reader), row in COUNTED.items()
            if (set_of, kind) == (texts, "all") and not reader.startswith("ours")
        ]
        best = max(others, key=lambda row: row["right"])
        misread = sum(
            COUNTED[texts, kind, f"ours, {ours}"].get("wrong", 0)
            for (set_of, kind, reader) in COUNTED
            if (set_of, reader) == (texts, best["reader"]) and kind != "all"
        )
        assert 10 * misread <= best["wrong"]


def test_what_a_race_said_is_what_its_record_says() -> None:
    written = report(read([ROOT / "results/reference/real/race"])).markdown().splitlines()
    told = (ROOT / "docs/race.md").read_text(encoding="utf-8").splitlines()
    for line in written[:2]:
        assert line.removeprefix("- ").replace("\\", "") in told


@pytest.mark.parametrize("name", ["tasks", "tasks_larger"])
def test_the_tables_of_tasks_are_what_was_measured(name: str) -> None:
    found = json.loads((ROOT / f"results/reference/{name}.json").read_text(encoding="utf-8"))
    program = runpy.run_path(str(ROOT / "tests/benchmarks/columns.py"))
    lines = (ROOT / "results/README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in program["table"](found["rows"]) if line not in lines] == []
    # first 50 problems, or all that there are
    assert {row["n"] for row in found["rows"]} <= {50, 40, 30}
    assert not any(
        row[strategy]["errors"] for row in found["rows"] for strategy in found["strategies"]
    )


def test_the_table_of_parity_is_what_was_measured() -> None:
    found = json.loads((ROOT / "results/reference/parity.json").read_text(encoding="utf-8"))[
        "table"
    ]
    document = (ROOT / "docs/engine.md").read_text(encoding="utf-8")
    for name in ("prompts the same to the token", "chains the same to the letter"):
        counts = [f"{found[dtype][name]:.0f}" for dtype in ("float32", "bfloat16")]
        assert f"| {name} | {' | '.join(counts)} |" in document
    exact = found["float32"]
    kept = ("prompts the same to the token", "chains the same to the letter")
    scored = ("strict-match, scored alike", "flexible-extract, scored alike")
    assert {exact[name] for name in (*kept, *scored)} == {exact["problems"]}
    ours, theirs = (
        found["bfloat16"][f"log-probability off their float32's, {way}"]
        for way in ("ours", "theirs")
    )
    assert ours <= theirs
