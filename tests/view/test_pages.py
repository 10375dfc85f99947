"""What the pages show: runs to choose, their reports, every chain, and one line for what is broken."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.view.application import CHAINS, ROWS

from .conftest import HOSTILE, Served, chain, make, sample, score

Serve = Callable[[Path], Served]


def plain(text: str) -> str:
    """What a reader sees of a page, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def test_the_list_has_every_run_with_its_figures(served: Served) -> None:
    answer = served.get("/")
    text = plain(answer.text)
    assert "good · report small 2026-01-31 12:00 40 2" in text
    assert "sums vote 100.0 [34.0–100.0] 40 2" in text
    assert 'type="checkbox" name="run" value="good"' in answer.text


def test_what_is_broken_is_listed_with_a_line_why(root: Path, serve: Serve) -> None:
    (root / "empty").mkdir()
    files = {
        "no-scores": ("scores.json", None),
        "torn-scores": ("scores.json", "{"),
        "other-scores": ("scores.json", '{"schema": 9, "scores": []}'),
        "deep": ("scores.json", "[" * 100_000),
        "torn-run": ("run.json", '{"status": "fin'),
        "odd-run": ("run.json", '{"strategies": ["x"], "origin": "x", "sources": [1]}'),
        "no-samples": ("samples.jsonl", None),
    }
    for name, (file, content) in files.items():
        make(root / name)
        (root / name / file).unlink()
        if content is not None:
            (root / name / file).write_text(content, encoding="utf-8")
    served = serve(root)
    text = plain(served.get("/").text)
    for line in (
        "empty it holds no run: no run.json, scores.json or samples.jsonl",
        "no-scores small there is no scores.json",
        "torn-scores/scores.json is not JSON",
        "has schema 9 and this version",
        "deep small its files are not in the form that a run writes",
        "run.json cannot be read: Unterminated string",
        "odd-run its files are not in the form that a run writes",
        "there is no samples.jsonl: figures alone",
    ):
        assert line in text, line
    for name in files:
        assert served.get("/run", run=name).status == 200, name
        assert served.get("/progress", run=name).status == 200, name


def test_scored_runs_are_listed_with_their_origin(root: Path, serve: Serve) -> None:
    make(root / "theirs", origin="scored from x", sources=[{"file": "/a/outputs.jsonl"}])
    assert "scored from outputs.jsonl" in serve(root).get("/").text


def test_runs_are_found_in_folders_of_folders_and_the_folder_itself_can_be_one(
    tmp_path: Path, serve: Serve
) -> None:
    make(tmp_path / "results" / "group" / "one")
    assert serve(tmp_path / "results").get("/run", run="group/one").status == 200
    alone = serve(tmp_path / "results" / "group" / "one")
    assert 'value="."' in alone.get("/").text
    assert alone.get("/run", run=".").status == 200


def test_a_folder_without_runs_says_how_to_make_one(tmp_path: Path, serve: Serve) -> None:
    assert "harness run" in serve(tmp_path).get("/").text


def test_the_report_of_any_choice_asks_for_its_chains_where_they_are_served(
    root: Path, serve: Serve
) -> None:
    other = make(root / "other", [sample("a", strategy="greedy"), sample("b", strategy="greedy")])
    scores = {"schema": 1, "scores": [score(strategy="greedy")]}
    (other / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
    served = serve(root)
    answer = served.get("/report", run=["good", "other"])
    assert answer.status == 200
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "Content-Security-Policy" in answer.text  # the page itself allows its own programs alone
    [source] = set(re.findall(r"/chains/[\w-]+", answer.text))
    found = served.get(source, column=1, problem="b").json()
    assert [one["text"] for one in found["chains"]] == ["It is 4.", "It is 5."]
    assert served.get(source, column=1, problem="c").status == 404
    assert served.get(source, column=2, problem="b").status == 404
    assert served.get(source, column="-1", problem="b").status == 404


def test_a_report_follows_the_files(root: Path, serve: Serve) -> None:
    served = serve(root)
    assert "100.0" in served.get("/report", run="good").text
    scores = {"schema": 1, "scores": [score(accuracy=0.123)]}
    (root / "good" / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
    assert "12.3" in served.get("/report", run="good").text


def test_what_cannot_be_reported_says_why_in_a_line(root: Path, serve: Serve) -> None:
    (make(root / "torn") / "scores.json").write_text("{")
    served = serve(root)
    for answer in (served.get("/report"), served.get("/report", run=["good", "torn"])):
        assert answer.status == 400
        assert "Traceback" not in answer.text
    assert "is not JSON" in answer.text


def test_every_chain_is_reached_a_page_at_a_time(root: Path, serve: Serve) -> None:
    many = [chain(f"chain number {n}") for n in range(2 * CHAINS + 1)]
    samples = [sample(f"p{n:03}", chains=many) for n in range(2 * ROWS + 1)]
    make(root / "large", samples)
    served = serve(root)
    seen: list[str] = []
    for page in (1, 2, 3, 4):
        answer = served.get("/samples", run="large", column=0, page=page)
        seen += re.findall(r"/sample\?[^\"]*row=(\d+)", answer.text)
    assert seen == [str(n) for n in range(len(samples))]
    chains: list[str] = []
    for page in (1, 2, 3, 4):
        answer = served.get("/sample", run="large", row=100, page=page)
        assert "p100" in answer.text
        chains += re.findall(r"chain number (\d+)", answer.text)
    assert chains == [str(n) for n in range(len(many))]
    assert served.get("/sample", run="large", row=len(samples)).status == 404
    assert served.get("/samples", run="large", column=1).status == 404


def test_text_of_models_and_data_sets_is_always_text(root: Path, serve: Serve) -> None:
    hostile = sample(HOSTILE, question=HOSTILE, gold=HOSTILE, answer=HOSTILE, model=HOSTILE)
    hostile |= {"task": HOSTILE, "strategy": HOSTILE, "chains": [chain(HOSTILE, answer=HOSTILE)]}
    run = make(root / "<script>alert(1)<", [hostile], command=HOSTILE, models=[{"name": HOSTILE}])
    scores = [score(model=HOSTILE, task=HOSTILE, strategy=HOSTILE)]
    content = json.dumps({"schema": 1, "scores": scores})
    (run / "scores.json").write_text(content, encoding="utf-8")
    served = serve(root)
    for path, fields in (
        ("/", {}),
        ("/run", {}),
        ("/samples", {"column": 0}),
        ("/sample", {"row": 0}),
    ):
        answer = served.get(path, run=run.name, **fields)
        assert answer.status == 200, path
        assert "<script>alert" not in answer.text, path
        assert "alert(1)" in answer.text, path


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_torn_lines_are_told_and_all_others_shown(root: Path, serve: Serve, place: str) -> None:
    file = make(root / "torn") / "samples.jsonl"
    first, second = file.read_bytes().splitlines(keepends=True)
    torn = b'{"model": "small", "task"'
    lines = {
        "first": [torn + b"\n", first, second],
        "middle": [first, b'{"model": 3}\n', second],
        "last": [first, second, torn],
    }
    file.write_bytes(b"".join(lines[place]))
    served = serve(root)
    assert re.findall(r">([ab])</a>", served.get("/samples", run="torn", column=0).text) == [
        "a",
        "b",
    ]
    found = served.get("/progress", run="torn").json()
    assert (found["done"], found["torn"]) == (2, 0 if place == "last" else 1)
    assert ("cannot be read" in served.get("/run", run="torn").text) == (place != "last")
    answer = served.get("/report", run="torn")
    assert answer.status == 400
    said = "line 2 of torn/samples.jsonl is no sample" if place == "middle" else "is not JSON"
    assert said in answer.text


def test_compressed_samples_are_read_as_well(root: Path, serve: Serve) -> None:
    import gzip

    run = make(root / "packed")
    packed = gzip.compress((run / "samples.jsonl").read_bytes())
    (run / "samples.jsonl").unlink()
    (run / "samples.jsonl.gz").write_bytes(packed)
    cut = make(root / "cut")
    (cut / "samples.jsonl").unlink()
    (cut / "samples.jsonl.gz").write_bytes(packed[:-20])
    served = serve(root)
    assert "It is 5." in served.get("/sample", run="packed", row=1).text
    answer = served.get("/samples", run="cut", column=0)
    assert answer.status == 400
    assert "samples.jsonl.gz cannot be read" in answer.text
