"""`harness race` and `harness plan`: what they refuse, and what a plan says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import main


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["race", "-s", "standard", "--limit", "5"], "a race needs two strategies or more"),
        (["race", "-m", "one", "-m", "two"], "-m two: a race has one of these, and one is named"),
        (["race", "-t", "sums", "-t", "coin_flip"], "-t coin_flip: a race has one"),
        (["race", "--budget", "$5"], "the budget $5 needs a price"),
        (["race", "--budget", "lots"], "the budget 'lots' is not known"),
        (["race", "-s", "standard", "-s", "chain_of_thougt"], "chain_of_thought"),
        (["plan", "nowhere"], "nowhere"),
        (["plan", "nowhere", "-d", "0"], "--difference 0"),
        (["plan", "nowhere", "--power", "1"], "--power 1"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(command: list[str], message: str) -> None:
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr


def test_a_plan_says_what_it_takes_first_and_on_whose_machine(tmp_path: Path) -> None:
    names = {"model": "tiny", "task": "sums", "options": {}}
    samples, scores = [], []
    for strategy, every in (("plain", 2), ("thought", 4)):
        right = [int(i % every > 0) for i in range(40)]
        row = {**names, "strategy": strategy}
        scores.append(
            {
                **row, "problems": 40, "accuracy": sum(right) / 40, "interval": [0.1, 0.9],
                "generated_tokens": 400, "seconds": 40.0,
            }
        )  # fmt: skip
        samples += [
            {
                **row, "problem": str(i), "question": str(i), "gold": "1", "kind": "number", "choices": [],
                "tags": {}, "correct": one, "error": None, "chains": [], "votes": {}, "answer": None,
            }
            for i, one in enumerate(right)
        ]  # fmt: skip
    lines = "".join(json.dumps(one) + "\n" for one in samples)
    (tmp_path / "samples.jsonl").write_text(lines)
    (tmp_path / "scores.json").write_text(json.dumps({"schema": 1, "scores": scores}))
    (tmp_path / "run.json").write_text(json.dumps({"hardware": {"processor": "Abacus 3"}}))
    done = CliRunner().invoke(main, ["plan", str(tmp_path), "-d", "5"], catch_exceptions=False)
    first = done.stdout.splitlines()[0]
    assert first.startswith("sums: to see 5 points between plain and thought takes 783 problems")
    assert first.endswith("on the pilot's Abacus 3.")
    assert "Paths" not in done.stdout
