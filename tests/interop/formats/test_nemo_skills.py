"""NeMo-Skills' generations, one file for every seed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from harness.interop.pieces import entries
from harness.interop.rows import Row, Text
from harness.interop.source import sources
from tests.interop.found import found, only, reason, written


def generated(said: str, **more: Any) -> dict[str, Any]:
    """A line as `ns generate` and `ns eval` write it: the problem's fields follow what was generated."""
    return {
        "num_generated_tokens": 9, "finish_reason": "stop", "generation": said, "predicted_answer": "1",
        "symbolic_correct": False, "problem": "Three boxes of 6 pens?", "expected_answer": 18, **more,
    }  # fmt: skip


def test_the_seeds_of_a_problem_become_its_chains(tmp_path: Path) -> None:
    folder = tmp_path / "eval-results/gsm8k"
    folder.mkdir(parents=True)
    other = {"problem": "2 * 3?", "expected_answer": "6"}
    one = written(folder, generated("18"), generated("6", **other), name="output-rs0.jsonl")
    two = written(folder, generated("19", reasoning_content="hm"), name="output-rs1.jsonl")
    [source] = sources([one, two])
    assert (source.path.name, source.name, source.task) == ("output-rs*.jsonl", "output", "gsm8k")
    first, second = [entry for chunk in source.chunks() for entry in entries(chunk)]
    assert first == (
        "NeMo-Skills",
        Row(
            gold="18",
            texts=(Text("18", "stop", 9), Text("<think>hm</think>\n19", "stop", 9)),
            question="Three boxes of 6 pens?",
        ),
    )
    assert second[1].texts == (Text("6", "stop", 9),)  # type: ignore[union-attr]
    assert sources([one])[0].sha256 != source.sha256


def test_files_that_have_other_problems_on_a_line_are_told(tmp_path: Path) -> None:
    for seed, problem in enumerate(["3 * 6?", "4 * 6?"]):
        written(tmp_path, generated("18", problem=problem), name=f"output-rs{seed}.jsonl")
    [source] = sources(sorted(tmp_path.iterdir()))
    [entry] = [entry for chunk in source.chunks() for entry in entries(chunk)]
    assert entry == "its files have different problems on this line: other 'problem'"


def test_a_broken_line_of_one_seed_is_told(tmp_path: Path) -> None:
    file = written(tmp_path, generated("18"), name="output-rs0.jsonl")
    packed = tmp_path / "output-rs1.jsonl.gz"
    packed.write_bytes(gzip.compress(json.dumps(generated("18")).encode()[:-9]))
    assert len(sources([file, packed])) == 2  # nothing tells yet that the second is a seed
    packed.write_bytes(gzip.compress(json.dumps(generated("18")).encode() + b"\n{"))
    [source] = sources([file, packed])
    _, broken = [entry for chunk in source.chunks() for entry in entries(chunk)]
    assert str(broken).startswith("not JSON")


def test_other_files_of_such_names_stay_by_themselves(tmp_path: Path) -> None:
    row = {"gold": "1", "texts": ["1"]}
    files = [written(tmp_path, row, name=f"mine-rs{seed}.jsonl") for seed in range(2)]
    assert [source.name for source in sources(files)] == ["mine-rs0", "mine-rs1"]


def test_a_greedy_run_is_one_file(tmp_path: Path) -> None:
    assert only(written(tmp_path, generated("18"), name="output.jsonl")).texts[0].text == "18"
    assert found(written(tmp_path, generated("18", id="a")))[0][1].id == "a"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("more", "why"),
    [({"generation": None}, "'generation' is null"), ({"expected_answer": None}, "is null")],
)
def test_a_line_that_cannot_be_scored_says_why(
    tmp_path: Path, more: dict[str, Any], why: str
) -> None:
    assert why in reason(written(tmp_path, generated("18", **more)))
