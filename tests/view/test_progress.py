"""A run is followed while it is written: how far it is, how fast, and whether anybody still writes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from harness.records.record import line
from harness.running.directory import Directory
from harness.view import progress as following
from harness.view.progress import Speed

from .conftest import Served, chain, manifest, sample

Serve = Callable[[Path], Served]

RUNNING = manifest(
    status="running",
    finished=None,
    tasks=[{"name": "sums", "label": "sums", "problems": 3}],
    strategies=[
        {"name": "vote", "label": "vote", "options": {}},
        {"name": "later", "label": "later:paths=2", "options": {"paths": 2}},
    ],
)


def test_a_run_being_written_is_followed(tmp_path: Path, serve: Serve) -> None:
    directory = Directory(tmp_path / "run", RUNNING)
    directory.write_run(RUNNING)
    served = serve(tmp_path)

    def seen() -> tuple[object, ...]:
        found = served.get("/progress", run="run").json()
        assert [column["of"] for column in found["columns"]] == [3, 3]
        assert [column["strategy"] for column in found["columns"]] == ["vote", "later:paths=2"]
        first = found["columns"][0]
        return found["state"], found["done"], found["of"], first["done"], first["accuracy"]

    try:
        assert seen() == ("running", 0, 6, 0, None)
        directory.add(line(sample("a")))
        assert seen() == ("running", 1, 6, 1, 100.0)
        directory.add(line(sample("b", correct=0)))
        directory.add(line(sample("c", correct=None, error="ValueError", chains=[])))
        assert seen() == ("running", 3, 6, 3, 50.0)
        page = served.get("/").text
        assert 'data-run="run"' in page
        assert "there is no scores.json" not in page
        assert "It is 5." in served.get("/sample", run="run", row=1).text
        directory.finish()
        directory.write_run({**RUNNING, "status": "finished"})
    finally:
        directory.close()
    assert seen()[0] == "finished"


def test_a_run_that_nobody_writes_is_stopped(tmp_path: Path, serve: Serve) -> None:
    directory = Directory(tmp_path / "run", RUNNING)
    directory.write_run(RUNNING)
    directory.add(line(sample("a")))
    long_ago = time.time() - 10_000
    for file in (tmp_path / "run").iterdir():
        os.utime(file, (long_ago, long_ago))
    served = serve(tmp_path)
    if following.LOCKS.exists():
        assert served.get("/progress", run="run").json()["state"] == "running"  # it holds the lock
    directory.close()
    found = served.get("/progress", run="run").json()
    assert found["state"] == "stopped"
    assert 9_990 < found["age"] < 10_200


def test_to_look_never_takes_the_lock_of_a_run(tmp_path: Path, serve: Serve) -> None:
    Directory(tmp_path / "run", RUNNING).close()
    served = serve(tmp_path)
    for _ in range(20):
        served.get("/progress", run="run")
        Directory(tmp_path / "run", RUNNING).close()


def test_the_speed_is_that_of_the_last_minute() -> None:
    speed = Speed()
    assert speed.at(0.0, 100) is None
    assert speed.at(2.0, 300) == 100.0
    for second in range(3, 200):
        speed.at(float(second), 300)
    assert speed.at(200.0, 300) == 0.0
    assert speed.at(201.0, 10) is None  # it was started again
    assert speed.at(202.0, 20) == 10.0


def test_the_speed_is_told_while_tokens_arrive(tmp_path: Path, serve: Serve) -> None:
    directory = Directory(tmp_path / "run", RUNNING)
    directory.write_run(RUNNING)
    served = serve(tmp_path)
    assert served.get("/progress", run="run").json()["speed"] is None
    directory.add(line(sample("a", chains=[chain("long", tokens=5_000)])))
    found = served.get("/progress", run="run").json()["speed"]
    directory.close()
    assert found is not None
    assert found > 0
