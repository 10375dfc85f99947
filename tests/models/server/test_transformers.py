"""A real model behind a real server: SmolLM2 behind `transformers serve`, beside the same model here."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import UserError
from harness.models import load
from harness.models.local import Local
from harness.models.model import Model
from harness.models.server.server import Server
from harness.prompt import Prompt
from harness.request import GenerationSettings

pytest.importorskip("fastapi")

FILE = Path(__file__).parents[3] / ".models" / "smollm2.gguf"
PATIENCE = 300
QUESTIONS = (
    Prompt((), "What is the capital of France? Answer in one word."),
    Prompt((("2 + 2?", "The answer is 4."),), "3 + 4?", "Let's think step by step."),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model in float32, as a folder: the weights of the GGUF file, unpacked."""
    if not FILE.exists():
        if os.environ.get("REAL_MODEL_REQUIRED"):
            pytest.fail(f"{FILE} is not there: make smollm2")
        pytest.skip("no real model here (make smollm2)")
    model: Any = load(str(FILE), device="cpu", dtype="float32")
    folder = tmp_path_factory.mktemp("models") / "smollm2"
    model._read().save_pretrained(folder)
    model.tokens._tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(folder)]
    options = ["--host", "127.0.0.1", "--port", str(port), "--dtype", "float32", "--device", "cpu"]
    with subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/health", process)
            yield f"http://127.0.0.1:{port}/v1#{folder}"
        finally:
            process.terminate()


def _wait(page: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(page, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("transformers serve does not answer")


@pytest.fixture(scope="module")
def server(url: str, folder: Path) -> Server:
    model = load(url, tokenizer=str(folder))
    assert isinstance(model, Server)
    return model


def test_its_greedy_chains_are_those_of_the_model_here(server: Server, folder: Path) -> None:
    here = load(str(folder), device="cpu", dtype="float32")
    assert isinstance(here, Local)
    for question in QUESTIONS:
        assert server.prompt(question) == here.prompt(question)
        there, ours = (
            asyncio.run(Model(model).sample(question, max_tokens=12))[0] for model in (server, here)
        )
        assert there.text.rstrip() == ours.text.rstrip()
        assert there.finish == ours.finish
        assert there.prompt_tokens == ours.prompt_tokens


def test_what_it_can_do_is_found_out(server: Server) -> None:
    assert server.api == "completions"
    assert not server.can.dialect.tokens
    # it samples where it is told so in its own way
    assert server.can.samples
    assert server.can.truncates["top_k"]
    assert server.can.truncates["top_p"]
    assert not server.can.several
    assert not server.can.logprobs
    server.require([GenerationSettings(temperature=0.7, top_k=40)])
    with pytest.raises(UserError, match="likeliest tokens"):
        server.require([GenerationSettings(top_logprobs=2)])
    with pytest.raises(UserError, match="how likely a given text is"):
        server.require([], scored=True)
