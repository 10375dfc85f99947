"""A folder of runs beside something secret, and a server over it on a real socket."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from harness.records.record import line
from harness.view.folder import Folder
from harness.view.serving import LOOPBACK, server

SECRET = "TOP-SECRET"
HOSTILE = "<script>alert(1)</script>&\u202e\ud800"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Served:
    port: int

    def get(self, path: str, **fields: Any) -> Answer:
        query = f"?{urlencode(fields, doseq=True)}" if fields else ""
        return self.raw(f"{path}{query}", [f"Host: localhost:{self.port}"])

    def raw(self, target: str, headers: list[str], method: str = "GET") -> Answer:
        """Exactly this request, with nothing brought to a normal form."""
        words = "\r\n".join([f"{method} {target} HTTP/1.1", *headers, "Connection: close", "", ""])
        with socket.create_connection((LOOPBACK, self.port), timeout=60) as connection:
            connection.sendall(words.encode("utf-8"))
            answer = http.client.HTTPResponse(connection, method=method)
            answer.begin()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, names, answer.read().decode("utf-8", "replace"))


def sample(problem: str, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "model": "small",
        "task": "sums",
        "strategy": "vote",
        "options": {},
        "problem": problem,
        "question": f"What is {problem}?",
        "gold": "4",
        "kind": "number",
        "choices": [],
        "tags": {},
        "chains": [chain("It is 4."), chain("It is 5.", answer="5", correct=0)],
        "votes": {"4": 1, "5": 1},
        "answer": "4",
        "correct": 1,
        "error": None,
    }
    return made | changes


def chain(text: str, **changes: Any) -> dict[str, Any]:
    made = {"text": text, "answer": "4", "correct": 1, "rule": "answer_phrase", "logprob": -1.0}
    return {**made, "tokens": 10, "finish": "stop"} | changes


def score(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "model": "small",
        "task": "sums",
        "strategy": "vote",
        "options": {},
        "problems": 2,
        "accuracy": 1.0,
        "interval": [0.34, 1.0],
        "generated_tokens": 40,
        "seconds": 2.5,
    }
    return made | changes


def manifest(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "schema": 1,
        "status": "finished",
        "identity": "one",
        "command": "harness run",
        "models": [{"name": "small"}],
        "tasks": [{"name": "sums", "label": "sums", "problems": 2}],
        "strategies": [{"name": "vote", "label": "vote", "options": {}}],
        "started": "2026-01-30T10:00:00+00:00",
        "finished": "2026-01-31T12:00:00+00:00",
    }
    return made | changes


def make(folder: Path, samples: list[dict[str, Any]] | None = None, **changes: Any) -> Path:
    """Write a run that is finished."""
    folder.mkdir(parents=True)
    lines = b"".join(map(line, samples or [sample("a"), sample("b")]))
    (folder / "samples.jsonl").write_bytes(lines)
    (folder / "run.json").write_text(json.dumps(manifest(**changes)), encoding="utf-8")
    scores = {"schema": 1, "scores": [score()]}
    (folder / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a run, something secret beside it, and links to that."""
    secret = make(tmp_path / "secret", [sample(SECRET)], command=SECRET)
    scores = {"schema": 1, "scores": [score(task=SECRET)]}
    (secret / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
    (tmp_path / "secret.txt").write_text(SECRET, encoding="utf-8")
    root = tmp_path / "results"
    make(root / "good")
    (root / "link").symlink_to(secret)
    (secret / "prompts.json").write_text(json.dumps({"schema": 1, "columns": [SECRET]}))
    for file in ("samples.jsonl", "scores.json", "run.json", "prompts.json"):
        folder = make(root / f"linked-{file.partition('.')[0]}")
        (folder / file).unlink(missing_ok=True)
        (folder / file).symlink_to(secret / file)
    make(root / ".hidden", [sample(SECRET)], command=SECRET)
    return root


@pytest.fixture
def serve() -> Iterator[Callable[[Path], Served]]:
    """Starts servers over folders; they end with the test."""
    running: list[tuple[Any, threading.Thread, socket.socket]] = []

    def start(root: Path) -> Served:
        bound = socket.create_server((LOOPBACK, 0))
        port, ready = bound.getsockname()[1], threading.Event()
        made = server(Folder(root), port, ready.set)
        thread = threading.Thread(target=made.run, kwargs={"sockets": [bound]})
        thread.start()
        running.append((made, thread, bound))
        assert ready.wait(60)
        return Served(port)

    yield start
    for made, thread, bound in running:
        made.should_exit = True
        thread.join(60)
        bound.close()


@pytest.fixture
def served(root: Path, serve: Callable[[Path], Served]) -> Served:
    return serve(root)
