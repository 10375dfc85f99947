"""A worker in this process: what it answers, how it fails, and a model that comes in pieces."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.cluster.weights import PIECE, received, sent
from harness.cluster.worker import Answers, Worker, sendable
from harness.errors import UserError
from harness.models.folder import Files
from harness.models.scripted import Scripted
from harness.problem import Reply
from harness.request import ENGINE, GenerationSettings, PromptTooLongError, Request, never

GREEDY = GenerationSettings()


def request(text: str) -> Request:
    return Request(text, (), GREEDY)


def scripted(said: Callable[[str], str]) -> Scripted:
    return Scripted(said, name="fake", identity="fake")


def taken(worker: Worker, count: int) -> dict[int, Reply | Exception]:
    answers: dict[int, Reply | Exception] = {}
    while len(answers) < count:
        answers.update(worker.take().answers)
    return answers


def test_a_worker_answers_what_it_is_asked_by_number() -> None:
    def said(text: str) -> str:
        if text == "b":
            raise PromptTooLongError(7, 5)
        return f"to {text}"

    worker = Worker(lambda _: scripted(said), "fake", scripted(said).identity)
    about = worker.ready()
    assert (about.missing, about.engine) == (None, ENGINE)
    worker.ask([(3, request("a")), (9, request("b"))], rows=2)
    answers = taken(worker, 2)
    reply = answers[3]
    assert isinstance(reply, Reply)
    assert reply.text == "to a"
    assert isinstance(answers[9], PromptTooLongError)
    assert "has 7 tokens and the model's context holds 5" in str(answers[9])
    worker.ask([(10, request("c"))], rows=2)
    assert set(taken(worker, 1)) == {10}


class Joined(Scripted):
    """A model that waits in the middle of a batch for more to come."""

    def __init__(self) -> None:
        super().__init__(lambda text: text, name="fake", identity="fake")
        self.begun, self.go_on = threading.Event(), threading.Event()

    def generate_joined(
        self,
        arrivals: Callable[[], Sequence[Request]],
        *,
        rows: int = 1,
        stopped: Callable[[], bool] = never,
    ) -> Iterator[tuple[int, Reply | Exception]]:
        """As `Joining`."""
        requests = list(arrivals())
        self.begun.set()
        assert self.go_on.wait(60)
        requests += arrivals()
        if not stopped():
            yield from self.generate(requests)


def test_requests_join_those_on_their_way_and_are_left_when_it_is_stopped() -> None:
    model = Joined()
    worker = Worker(lambda _: model, "fake", model.identity)
    worker.ready()
    worker.ask([(0, request("a"))], rows=2)
    assert model.begun.wait(60)
    worker.ask([(1, request("b"))], rows=2)
    model.go_on.set()
    assert {number: reply.text for number, reply in taken(worker, 2).items()} == {0: "a", 1: "b"}  # type: ignore[union-attr]
    model.begun.clear()
    model.go_on.clear()
    worker.ask([(2, request("c"))], rows=2)
    assert model.begun.wait(60)
    worker.stop()
    model.go_on.set()
    worker.ask([(3, request("d"))], rows=2)
    assert 3 in taken(worker, 1)


def test_what_a_model_raises_reaches_the_driver_and_the_worker_goes_on() -> None:
    class Broken(Scripted):
        def generate(self, requests: Sequence[Request], **limits: Any) -> Any:
            if requests[0].text == "bad":
                raise ValueError("no such kernel")
            return super().generate(requests, **limits)

    model = Broken(lambda text: text, name="fake", identity="fake")
    worker = Worker(lambda _: model, "fake", model.identity)
    worker.ready()
    worker.ask([(0, request("bad"))], rows=1)
    with pytest.raises(ValueError, match="no such kernel"):
        worker.take()
    worker.ask([(1, request("good"))], rows=1)
    assert set(taken(worker, 1)) == {1}


def test_a_driver_that_comes_back_gets_the_answers_and_not_its_call_from_before() -> None:
    model = scripted(lambda text: text)
    worker = Worker(lambda _: model, "fake", model.identity)
    worker.ready()
    before: list[Answers] = []
    waiting = threading.Thread(target=lambda: before.append(worker.take()))
    waiting.start()
    while waiting.is_alive():  # it may not have begun to wait yet, and is let go all the same
        worker.ready()
        waiting.join(0.01)
    worker.ask([(0, request("a"))], rows=1)
    assert set(taken(worker, 1)) == {0}
    assert [one.answers for one in before] == [[]]


def test_an_error_that_cannot_be_sent_is_told() -> None:
    class OddError(Exception):
        def __init__(self, one: int, other: int) -> None:
            super().__init__(f"{one} of {other}")

    assert str(sendable(OddError(1, 2))) == "OddError: 1 of 2"
    assert isinstance(sendable(ValueError("as it is")), ValueError)


def test_a_worker_without_the_model_says_so_and_takes_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text('{"n": 1}')
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "notes.md").write_text("not sent")

    def opening(spec: str) -> Scripted:
        there = Path(spec)
        if not (there / "config.json").exists():
            raise UserError(f"there is no folder {spec}")
        assert sorted(path.name for path in there.iterdir()) == ["config.json", "model.safetensors"]
        content = (there / "model.safetensors").read_text()
        return Scripted(lambda text: content, name="fake", identity=content)

    worker = Worker(opening, "/nowhere", Scripted(str, identity="weights").identity)
    assert worker.ready().missing == "there is no folder /nowhere"
    store: list[bytes] = []

    def put(piece: bytes) -> int:
        store.append(piece)
        return len(store) - 1

    parts = sent(Files(folder), put, code=False)
    places = [received(parts, "identity", store.__getitem__) for _ in range(2)]
    assert places[0] == places[1]
    worker._spec = str(places[0])
    assert worker.ready().missing is None
    other = Worker(opening, str(places[0]), "another identity")
    assert "another model" in str(other.ready().missing)


def test_large_files_go_in_pieces_and_a_half_written_folder_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("harness.cluster.weights.PIECE", 1000)
    assert PIECE > 1000
    folder = tmp_path / "model"
    (folder / "code").mkdir(parents=True)
    content = bytes(range(256)) * 10
    (folder / "model.safetensors").write_bytes(content)
    (folder / "code" / "own.py").write_text("x = 1\n")
    parts = sent(Files(folder), lambda piece: piece, code=True)
    assert {name: len(pieces) for name, pieces in parts} == {
        "model.safetensors": 3,
        "code/own.py": 1,
    }

    def breaks(piece: bytes) -> bytes:
        raise ConnectionError("the node left")

    with pytest.raises(ConnectionError):
        received(parts, "identity", breaks)
    place = received(parts, "identity", lambda piece: bytes(piece))
    assert (place / "model.safetensors").read_bytes() == content
    assert (place / "code" / "own.py").exists()


def test_an_adapter_is_not_sent_without_its_model(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is an adapter"):
        sent(Files(tmp_path, adapter=tmp_path / "adapter"), lambda piece: piece, code=False)
