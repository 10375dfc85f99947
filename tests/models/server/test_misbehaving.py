"""A server that misbehaves in every way it can: all is answered, nothing twice, and the key is nowhere."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from pathlib import Path

import pytest

from harness import run
from harness.errors import RunStoppedError, UserError
from harness.models import load
from harness.models.ledger import Ledger
from harness.models.model import Model
from harness.models.server.server import Server
from harness.testing.fake_server import FAULTS, FakeServer

PROBLEMS, PATHS = 500, 3


def says(prompt: str, seed: int | None) -> str:
    return f"Some reasons, {seed}. The answer is {'yes' if (seed or 0) % 2 else 'no'}."


def test_with_every_fault_at_random_all_is_answered_once_and_the_key_is_nowhere(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    key = f"sk-{secrets.token_hex(16)}"
    monkeypatch.setenv("THE_KEY", key)
    monkeypatch.setattr("harness.models.server.client.LARGEST", 4_000_000)
    caplog.set_level(logging.DEBUG)
    ledger = tmp_path / "ledger.sqlite"
    with FakeServer(says, key=key) as fake:
        model = load(fake.url, api_key_env="THE_KEY", requests=16)
        assert isinstance(model, Server)
        assert model.can.truncates["top_k"]
        assert model.can.seeded
        fake.delivered.clear()
        fake.faults = dict.fromkeys(FAULTS, 0.03)
        done = run(
            model,
            "coin_flip:people=8",
            f"self_consistency:paths={PATHS}",
            limit=PROBLEMS,
            output=tmp_path / "run",
            ledger=ledger,
            progress=False,
        )
        asked, faulty = len(fake.requests), dict(fake.faulty)
    assert done.scores[0]["problems"] == PROBLEMS
    assert done.scores[0]["errors"] == 0
    assert all(len(one["chains"]) == PATHS for one in done.samples)
    # every fault was met, and what arrived whole was asked for once
    assert set(faulty) == set(FAULTS)
    questions = len({one["question"] for one in done.samples})
    assert set(fake.delivered.values()) == {1}
    assert len(fake.delivered) == questions * PATHS
    assert questions < asked < 2 * questions
    with Ledger(ledger) as kept:
        assert len(kept) == questions * PATHS
    written = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert len(written) > 4
    told = capfd.readouterr()
    for text in (*written, caplog.text.encode(), told.out.encode(), told.err.encode()):
        assert key.encode() not in text


def test_an_answer_that_trickles_without_an_end_is_given_up_and_asked_for_again() -> None:
    with FakeServer(says) as fake:
        model = load(fake.url, timeout=2.0)
        assert isinstance(model, Server)
        assert model.can.samples
        asked = len(fake.requests)
        fake.faults = {"trickle": 1.0}
        mending = threading.Timer(1.0, fake.faults.clear)
        mending.start()
        [reply] = asyncio.run(Model(model).sample("?"))
        mending.join()
        assert reply.text == says("", None)
        assert fake.faulty["trickle"] >= 1
        assert len(fake.requests) - asked > 1


def test_a_key_that_the_server_quotes_is_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-but-secret")
    with (
        FakeServer(says, key="another") as fake,
        pytest.raises(UserError, match=r"401: Incorrect API key provided: Bearer \[key\]") as error,
    ):
        run(fake.url, "coin_flip", "standard", limit=3, output=tmp_path, progress=False)
    shown: BaseException | None = error.value
    while shown is not None:
        assert "sk-wrong" not in repr(shown)
        shown = shown.__cause__ or shown.__context__


def test_a_server_that_is_always_busy_stops_the_run_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.models.server.client.TRIES", 2)
    with FakeServer(says) as fake:
        model = load(fake.url, requests=32)
        assert isinstance(model, Server)
        assert model.can.samples
        fake.faults = {"429": 1.0}
        with pytest.raises(RunStoppedError, match=r"failed alike.*429"):
            run(model, "coin_flip:people=8", "standard", limit=64, output=tmp_path, progress=False)
