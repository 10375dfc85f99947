"""HELM's `scenario_state.json`, as version 0.5 writes it: without what is None."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness import UserError
from harness.interop.rows import Row, Text
from harness.interop.source import sources
from tests.interop.found import found, only, reason

GOLD = "Three times six is 18. The answer is 18."


def state(said: str, instance: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    known = {
        "input": {"text": "Three boxes of 6 pens?"}, "split": "test", "id": "id7",
        "references": [{"output": {"text": GOLD}, "tags": ["correct"]}],
    }  # fmt: skip
    tokens = [{"text": "It", "logprob": -0.5}, {"text": " is", "logprob": -0.25}]
    completion = {
        "text": said, "logprob": -0.75, "tokens": tokens, "finish_reason": {"reason": "length"},
    }  # fmt: skip
    return {
        "instance": known | (instance or {}), "train_trial_index": 0,
        "request": {"model": "org/model", "prompt": "Q: ...", "temperature": 0.0},
        "result": {"success": True, "embedding": [], "completions": [completion], "cached": True},
        "num_train_instances": 5, "prompt_truncated": False, **more,
    }  # fmt: skip


def file(folder: Path, *states: dict[str, Any]) -> Path:
    path = folder / "gsm:stop=none,model=org_model,eval_split=test/scenario_state.json"
    path.parent.mkdir(exist_ok=True)
    adapter = {"method": "generation", "model": "org/model", "model_deployment": "org/model"}
    path.write_text(json.dumps({"adapter_spec": adapter, "request_states": states}, indent=2))
    return path


def test_the_trials_of_an_instance_are_its_chains(tmp_path: Path) -> None:
    path = file(tmp_path, state("It is 18."), state("It is 19.", train_trial_index=1))
    row = Row(
        gold=GOLD,
        texts=(Text("It is 18.", "length", 2, -0.75), Text("It is 19.", "length", 2, -0.75)),
        id="id7",
        question="Three boxes of 6 pens?",
        model="org/model",
    )
    assert found(path) == [("HELM", row)]
    assert sources([path])[0].task == "gsm:stop=none,eval_split=test"


def test_a_perturbed_instance_is_another_problem(tmp_path: Path) -> None:
    perturbed = {"perturbation": {"name": "misspellings", "robustness": True}}
    rows = found(file(tmp_path, state("18"), state("19", perturbed)))
    assert [row[1].id for row in rows] == ["id7", "id7 misspellings"]  # type: ignore[union-attr]


def test_the_gold_of_a_choice_is_its_letter(tmp_path: Path) -> None:
    texts = ["red", "blue"]
    references = [
        {"output": {"text": text}, "tags": ["correct"] * (text == "blue")} for text in texts
    ]
    mapping = {"A": "red", "B": "blue"}
    row = only(file(tmp_path, state("B", {"references": references}, output_mapping=mapping)))
    assert (row.gold, row.choices) == ("B", ("red", "blue"))


def test_several_references_may_be_correct(tmp_path: Path) -> None:
    references = [{"output": {"text": text}, "tags": ["correct"]} for text in ("7", "seven")]
    assert only(file(tmp_path, state("7", {"references": references}))).golds == ("7", "seven")


def test_a_request_that_failed_did_not_run(tmp_path: Path) -> None:
    result = {"success": False, "completions": [], "error": "timed out"}
    row = only(file(tmp_path, state("", result=result)))
    assert (row.texts, row.error) == ((), "timed out")


@pytest.mark.parametrize(
    ("request_state", "why"),
    [
        (state("", reference_index=0), "by itself, so there are no texts to read"),
        (state("", {"references": []}), "none of its references is tagged as correct"),
        (state("", result={"success": True, "completions": []}), "no texts"),
    ],
)
def test_a_request_that_cannot_be_scored_says_why(
    tmp_path: Path, request_state: dict[str, Any], why: str
) -> None:
    assert why in reason(file(tmp_path, request_state))


def test_a_state_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = file(tmp_path, state("18"))
    path.write_text(path.read_text()[:-20])
    with pytest.raises(UserError, match="is a log of HELM's that is cut off or broken"):
        found(path)
