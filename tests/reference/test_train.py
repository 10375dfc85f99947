"""A tiny run of the training program: it learns, goes on where it stopped, and exports what it has."""

from __future__ import annotations

import functools
import json
import math
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from harness.reference import tokens, train
from harness.reference.batches import Rows
from harness.reference.network import Shape

SMALL = {"layers": 2, "width": 32, "inner": 64, "heads": 4, "key_heads": 2}
BATCHES = (Rows("long", 1, 512), Rows("short", 2, 256))
STEPS = 20
BUDGET = STEPS * sum(rows.tokens for rows in BATCHES)


@dataclass
class Folder:
    """Where one run keeps its things."""

    path: Path
    reports: list[dict[str, float]] = field(default_factory=list)

    def command(self, *more: str, tokens: int = BUDGET) -> Result:
        self.path.mkdir(exist_ok=True)
        places = ["--checkpoints", str(self.path / "kept"), "--log", str(self.path / "log.jsonl")]
        options = [*places, "--tokens", str(tokens), "--device", "cpu", "--no-compile", *more]
        return CliRunner().invoke(train.main, options, catch_exceptions=False)

    def train(self, *more: str, stop_after: int | None = None, tokens: int = BUDGET) -> None:
        """Run, and send a signal in step `stop_after`."""
        advance = train.Training.advance

        def watched(training: train.Training, compiled: Any, budget: int) -> dict[str, float]:
            if training.step + 1 == stop_after:
                signal.raise_signal(signal.SIGTERM)
            self.reports.append(advance(training, compiled, budget))
            return self.reports[-1]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(train.Training, "advance", watched)
            assert self.command(*more, tokens=tokens).exit_code == 0

    @property
    def kept(self) -> dict[str, Any]:
        state: dict[str, Any] = torch.load(self.path / "kept" / "latest.pt", weights_only=True)
        return state


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Sizes for a test, one thread, and the signal handlers as they were."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "BATCHES", BATCHES)
        patch.setattr(train, "VOCABULARY_DOCUMENTS", 150)
        patch.setattr(train, "Shape", functools.partial(Shape, **SMALL))
        patch.setattr(train, "WARMUP_STEPS", 2)
        yield
    torch.set_num_threads(threads)
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, small: None) -> Folder:
    """A run from beginning to end."""
    folder = Folder(tmp_path_factory.mktemp("reference") / "whole")
    folder.train("--peak", "0.01")
    return folder


def losses(folder: Folder, kind: str) -> list[float]:
    return [report[f"loss_{kind}"] for report in folder.reports]


@pytest.mark.parametrize("kind", ["short", "long"])
def test_the_loss_falls(trained: Folder, kind: str) -> None:
    found = losses(trained, kind)
    assert found[0] == pytest.approx(math.log(trained_shape(trained).vocabulary), rel=0.05)
    assert sum(found[-3:]) / 3 < found[0] - 1


def trained_shape(folder: Folder) -> Shape:
    return train.shape_of(
        PreTrainedTokenizerFast.from_pretrained(folder.path / "kept" / "tokenizer")
    )


def test_it_ends_with_the_budget_and_keeps_how_far_it_came(trained: Folder) -> None:
    assert len(trained.reports) == STEPS
    assert (trained.kept["step"], trained.kept["done"]) == (STEPS, BUDGET)
    assert not list(trained.path.rglob("*.part"))


def test_every_twentieth_step_is_logged(trained: Folder) -> None:
    [line] = (trained.path / "log.jsonl").read_text(encoding="utf-8").splitlines()
    logged = json.loads(line)
    assert (logged["step"], logged["tokens"]) == (STEPS - 1, BUDGET)
    assert logged["loss_short"] == pytest.approx(losses(trained, "short")[-1], abs=1e-4)


def test_a_run_that_is_stopped_and_goes_on_comes_to_the_same_weights(
    trained: Folder, tmp_path: Path
) -> None:
    folder = Folder(tmp_path / "stopped")
    folder.train("--peak", "0.01", stop_after=7)
    assert folder.kept["step"] == 7
    folder.train("--peak", "0.01")
    for kind in ("short", "long"):
        assert losses(folder, kind) == losses(trained, kind)
    one, other = trained.kept["network"], folder.kept["network"]
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_run_at_its_end_is_left_as_it_is(trained: Folder) -> None:
    before = trained.kept["network"]
    assert trained.command("--peak", "0.01").exit_code == 0
    after = trained.kept["network"]
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_run_that_begins_with_an_exported_model_has_its_weights_and_the_vectors_of_its_words(
    trained: Folder, tmp_path: Path
) -> None:
    assert trained.command("--export", str(tmp_path / "model")).exit_code == 0
    other = Folder(tmp_path / "other")
    (other.path / "kept").mkdir(parents=True)
    tokens.build(["Q: A new word. A: answer"] * 20, ()).save_pretrained(
        other.path / "kept" / "tokenizer"
    )
    other.train("--start", str(tmp_path / "model"), tokens=0)
    theirs = AutoTokenizer.from_pretrained(tmp_path / "model").get_vocab()
    ours = AutoTokenizer.from_pretrained(other.path / "kept" / "tokenizer").get_vocab()
    assert ours["Ġanswer"] != theirs["Ġanswer"]
    for name, weight in other.kept["network"].items():
        before = trained.kept["network"][name].bfloat16().float()
        if name == f"weights.{train.EMBEDDING}":
            assert torch.equal(weight[ours["Ġanswer"]], before[theirs["Ġanswer"]])
            assert not any(torch.equal(weight[ours["Ġnew"]], vector) for vector in before)
        else:
            assert torch.equal(weight, before)


def test_a_checkpoint_of_another_seed_is_refused(trained: Folder) -> None:
    refused = trained.command("--seed", "1")
    assert refused.exit_code == 1
    assert "--seed 0, not 1" in refused.output


def test_what_is_exported_is_loaded_by_transformers_in_bfloat16(
    trained: Folder, tmp_path: Path
) -> None:
    assert trained.command("--export", str(tmp_path)).exit_code == 0
    model = AutoModelForCausalLM.from_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    kept = trained.kept["network"]
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    wanted = {name.removeprefix("weights.").replace("/", "."): kept[name] for name in kept}
    assert stored.keys() == wanted.keys()
    for name, weight in stored.items():
        assert weight.dtype == torch.bfloat16
        assert torch.equal(weight, wanted[name].bfloat16())
    assert model.dtype == torch.bfloat16
    assert model.lm_head.weight is model.model.embed_tokens.weight
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id
    own = PreTrainedTokenizerFast.from_pretrained(trained.path / "kept" / "tokenizer")
    text = "Q: Ada has 12 apples.\nA: The answer is 12.<end>"
    assert tokenizer.encode(text) == own.encode(text)
    assert tokenizer.encode(text)[-1] == model.config.eos_token_id


def test_without_a_checkpoint_there_is_nothing_to_export(tmp_path: Path) -> None:
    refused = Folder(tmp_path / "none").command("--export", str(tmp_path / "model"))
    assert refused.exit_code == 1
    assert "latest.pt" in refused.output
    assert not (tmp_path / "model").exists()


def test_the_rate_warms_up_stays_and_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "WARMUP_STEPS", 150)

    def at(step: int) -> float:
        return train.rate(step * 10, 10_000, step, peak=2.0)

    assert at(0) == pytest.approx(2 / 150)
    assert at(74) == pytest.approx(1.0)
    assert {at(step) for step in range(149, 700)} == {2.0}
    assert at(850) == pytest.approx(1.0)
    assert at(999) == at(1000) == pytest.approx(0.02)
    falling = [at(step) for step in range(700, 998)]
    assert falling == sorted(set(falling), reverse=True)


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 10**4))
def test_the_rate_is_never_nothing_and_never_above_its_peak(
    done: int, budget: int, step: int
) -> None:
    assert 0 < train.rate(done, budget, step, peak=1.0) <= 1.0
