"""A real chat model of others' making: SmolLM2-135M-Instruct, as the GGUF file that `make smollm2` brings."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

import harness.models
from harness import Problem, run, task
from harness.catalogue.finding import find, names
from harness.models.ledger import Ledger
from harness.models.local import Local
from harness.models.model import Model
from harness.prompt import Prompt
from harness.records.scoring import rescored

FILE = Path(__file__).parents[2] / ".models" / "smollm2.gguf"
QUESTION = Prompt((), "What is the capital of France? Answer in one word.")


READ: Counter[str] = Counter()
"""How often the package that reads GGUF files made a header, and a table of the names of weights."""


@pytest.fixture(scope="module", autouse=True)
def counted() -> Iterator[None]:
    """Counts into `READ`."""
    import gguf

    fields, names_of = gguf.GGUFReader._build_fields, gguf.get_tensor_name_map

    def build_fields(*place: Any) -> Any:
        READ["header"] += 1
        return fields(*place)

    def get_tensor_name_map(*place: Any) -> Any:
        READ["names"] += 1
        return names_of(*place)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gguf.GGUFReader, "_build_fields", build_fields)
        patch.setattr(gguf, "get_tensor_name_map", get_tensor_name_map)
        yield


@pytest.fixture(scope="module")
def smollm2() -> Local:
    if not FILE.exists():
        if os.environ.get("REAL_MODEL_REQUIRED"):
            pytest.fail(f"{FILE} is not there: make smollm2")
        pytest.skip("no real model here (make smollm2)")
    return cast(Local, harness.models.load(str(FILE), device="cpu", dtype="float32"))


def test_its_format_is_found_in_the_file(smollm2: Local) -> None:
    text, tokens = smollm2.prompt(QUESTION)
    assert smollm2.tokens.reason == "it was taught to end a turn with <|im_end|>"
    assert text.endswith("<|im_start|>assistant\n")
    assert text.count("<|im_start|>") == 3  # the template has a system turn of its own
    assert len(tokens) < 60  # so that special tokens are one token each
    assert smollm2.context == 8192
    assert not smollm2.tokens.thinks


def test_a_greedy_chain_is_that_of_the_library(smollm2: Local) -> None:
    import torch

    [reply] = asyncio.run(Model(smollm2).sample(QUESTION, max_tokens=40))
    _text, tokens = smollm2.prompt(QUESTION)
    model: Any = smollm2._read()
    ids = torch.tensor([tokens])
    with torch.inference_mode():
        made = model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=40
        )
    assert "Paris" in reply.text
    # each of its three readers would make a header, and the last one a table for each part of the network
    assert READ["header"] <= 1
    assert READ["names"] <= 2
    assert reply.text == smollm2.tokens.decode(made[0, len(tokens) :].tolist()).rstrip("\n")


SMALL = {
    "auto_chain_of_thought": "clusters=2",
    "input_rationale_ensemble": "paths=2,pool=2",
    "least_to_most": "parts=2",
    "majority_of_strategies": "of=standard+chain_of_thought",
}
"""Options with which a strategy asks little; of others that draw paths, two."""
CHOOSING = ("likelihood", "substitution")
COSTS = {"calls", "prompt_tokens", "generated_tokens", "seconds", "flops"}
EXAMPLE = Problem(
    "e",
    "Ann has 2 pens and gets 3 more. How many has she?",
    "5",
    "number",
    rationales=("2 + 3 = 5.",),
    equation="2 + 3 = 5",
    program="answer = 2 + 3",
    parts=(("How many does Ann get?", "Ann gets 3. The answer is 3."), ("How many has she?", "5.")),
)
CHOICE = Problem("c", "It is wet.", "A", "choice", choices=("Water", "Sand"), rationales=("So.",))


@task()
def sums() -> list[Problem]:
    """Two sums."""
    return [
        replace(EXAMPLE, id=f"sum/{number}", question=f"Bo has {number} pens and gets 1. How many?")
        for number in (1, 2)
    ]


@task()
def choices() -> list[Problem]:
    """Two choices."""
    return [
        replace(
            CHOICE,
            id=f"choice/{word}",
            question=f"It is {word}.",
            tags={"pronoun": "It", "pronoun_at": 0},
        )
        for word in ("wet", "dry")
    ]


def small(name: str) -> str:
    """A strategy with options with which it asks little."""
    paths = find(name, "strategy").options.get("paths", 1)
    return f"{name}:{SMALL.get(name, 'paths=2' if paths != 1 else '')}".removesuffix(":")


def test_every_strategy_runs_resumes_and_scores_again(smollm2: Local, tmp_path: Path) -> None:
    every = names("strategy")
    thinking = [small(name) for name in every if name not in CHOOSING]
    for tasks, strategies, example in ((sums, thinking, EXAMPLE), (choices, CHOOSING, CHOICE)):
        with Ledger(tmp_path / "ledger.sqlite") as ledger:
            settings: dict[str, Any] = {
                "model": smollm2,
                "tasks": tasks,
                "strategies": list(strategies),
                "exemplars": [example],
                "max_tokens": 4,
                "rows": 8,
                "ledger": ledger,
                "output": tmp_path / tasks.__name__,
            }
            done = run(**settings)
            assert [sample["error"] for sample in done.samples if sample["error"]] == []
            assert {one["problems"] for one in done.scores} == {2}
            known, samples = len(ledger), done.samples
            again = run(**settings)
            assert (len(ledger), again.samples) == (known, samples)
        assert rescored(samples) == [
            {name: value for name, value in one.items() if name not in COSTS} for one in done.scores
        ]
