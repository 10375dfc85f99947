"""A run's directory: an interruption at any moment, the same again, and others in the way."""

from __future__ import annotations

import hashlib
import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness import Problem, UserError
from harness.models.ledger import Ledger
from harness.models.scripted import Scripted
from harness.running.directory import RESULTS
from harness.running.run import run

MINE = '''
from harness import Chain, Problem, strategy, task

@task()
def sums(*, count: int = 12):
    """Small sums."""
    for i in range(count):
        yield Problem(f"sums/{i:03}", f"What is {i} + 1?", f"{i + 1}", "number")

def concluded(reply):
    last = reply.text.split()[-1].rstrip(".")
    answer = last if last.isdigit() else None
    return Chain(reply.text, answer, "last", reply.finish, reply.tokens, reply.logprob)

@strategy
async def ask(problem, model):
    """Asks once."""
    return [concluded(reply) for reply in await model.sample(problem.question)]

@strategy
async def vote(problem, model, *, paths: int = 3):
    """Asks several times."""
    replies = await model.sample(problem.question, n=paths, temperature=0.7)
    return [concluded(reply) for reply in replies]
'''

ASK, VOTE, SUMS = "mine.py@ask", "mine.py@vote", "mine.py@sums"

SCRIPT = '''
"""A run with a slow model, which notes what it generates before it is remembered."""
import sys, time
from harness.models.scripted import Scripted
from harness.running.run import run

mine, output = sys.argv[1:]

def say(text):
    time.sleep(0.004)
    with open("generated.txt", "a") as file:
        file.write(text + "\\n")
    words = text.rstrip("?").split()
    return [f"It is {int(words[-3]) + int(words[-1])}.", "Hm.", f"It is {len(text)}."]

model = Scripted(say, name="slow", identity="slow")
tasks, strategies = [f"{mine}@sums"], [f"{mine}@ask", f"{mine}@vote"]
run(model=model, tasks=tasks, strategies=strategies, output=output or None)
'''


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MINE)
    return tmp_path


def command(somewhere: Path, output: str = "") -> list[str]:
    return [sys.executable, "-c", SCRIPT, str(somewhere / "mine.py"), output]


def answer(text: str) -> str:
    words = text.rstrip("?").split()
    return f"It is {int(words[-3]) + int(words[-1])}."


def scripted(
    function: Callable[[str], str | Sequence[str]] = answer, name: str = "fake"
) -> Scripted:
    return Scripted(function, name=name, identity=name)


def files(directory: Path) -> dict[str, bytes]:
    return {name: (directory / name).read_bytes() for name in ("samples.jsonl", "scores.json")}


def test_the_default_directory_is_numbered_and_says_the_model() -> None:
    first = run(model=scripted(name="my/model 1"), tasks=SUMS, strategies=ASK)
    second = run(model=scripted(name="my/model 1"), tasks=SUMS, strategies=ASK)
    assert first.directory.parent == RESULTS
    assert first.directory.name.endswith("-my-model-1-1")
    assert second.directory.name.endswith("-my-model-1-2")
    assert Path("results/ledger.sqlite").exists()
    assert files(first.directory) == files(second.directory)


def stopping(after: int) -> Scripted:
    left = iter(range(after))

    def say(text: str) -> str:
        if next(left, None) is None:
            signal.raise_signal(signal.SIGINT)
            time.sleep(0.2)
        return answer(text)

    return scripted(say)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C is heard; a process that tests for another is deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_run_goes_on_in_its_directory(capsys: pytest.CaptureFixture[str]) -> None:
    whole = run(
        model=scripted(), tasks=SUMS, strategies=[ASK, VOTE], ledger=Ledger(), output="whole"
    )
    for after in (0, 5, 14):
        with pytest.raises(KeyboardInterrupt):
            run(model=stopping(after), tasks=SUMS, strategies=[ASK, VOTE])
        *_, told = capsys.readouterr().err.splitlines()
        assert "stopped: what was generated is kept (results/ledger.sqlite)" in told
        assert "the same command" in told
    (place,) = [path for path in RESULTS.iterdir() if path.is_dir()]
    assert json.loads((place / "run.json").read_text())["status"] == "running"
    done = run(model=scripted(), tasks=SUMS, strategies=[ASK, VOTE])
    assert done.directory == place
    assert files(place) == files(whole.directory)
    assert json.loads((place / "run.json").read_text())["status"] == "finished"
    # finished: the next one is another run
    assert run(model=scripted(), tasks=SUMS, strategies=[ASK, VOTE]).directory != place


def test_a_named_directory_is_written_again_by_the_same_run_only() -> None:
    first = run(model=scripted(), tasks=SUMS, strategies=ASK, output="out")
    before = files(first.directory)
    run(model=scripted(), tasks=SUMS, strategies=ASK, output="out")
    assert files(first.directory) == before
    others: list[tuple[dict[str, Any], str]] = [
        ({"strategies": VOTE}, "other strategies"),
        ({"seed": 1}, "other seed"),
        ({"limit": 3}, "other tasks, limit"),
        ({"model": scripted(name="another")}, "other models"),
    ]
    for change, told in others:
        with pytest.raises(UserError, match=rf"another run \({told}\): name another directory"):
            run(
                **{"model": scripted(), "tasks": SUMS, "strategies": ASK, "output": "out", **change}
            )
    assert files(first.directory) == before
    Path("strange").mkdir()
    Path("strange/samples.jsonl").write_text("{}\n")
    with pytest.raises(UserError, match="strange holds the samples of another run"):
        run(model=scripted(), tasks=SUMS, strategies=ASK, output="strange")
    Path("file").touch()
    with pytest.raises(UserError, match="cannot be written to file"):
        run(model=scripted(), tasks=SUMS, strategies=ASK, output="file")


def test_a_directory_takes_one_process_at_a_time() -> None:
    def say(text: str) -> str:
        with pytest.raises(UserError, match="another process is writing to out"):
            run(model=scripted(), tasks=SUMS, strategies=ASK, output="out", ledger=Ledger())
        return answer(text)

    done = run(model=scripted(say), tasks=SUMS, strategies=ASK, output="out", limit=2)
    assert done.scores[0]["errors"] == 0


def test_a_torn_last_line_is_mended() -> None:
    done = run(model=scripted(), tasks=SUMS, strategies=ASK, output="out")
    whole = files(done.directory)
    lines = whole["samples.jsonl"].splitlines(keepends=True)
    for rest in (b"".join(lines[:4]) + lines[4][:20], whole["samples.jsonl"] + b"{", b"", b"{}\n"):
        Path("out/samples.jsonl").write_bytes(rest)
        run(model=scripted(), tasks=SUMS, strategies=ASK, output="out")
        assert files(done.directory) == whole


def test_an_identity_is_of_content_not_of_paths() -> None:
    def identity(**change: Any) -> str:
        name = hashlib.sha256(repr(change).encode()).hexdigest()[:8]
        run(**{"model": scripted(), "tasks": SUMS, "strategies": ASK, "output": name, **change})
        found: str = json.loads(Path(name, "run.json").read_text())["identity"]
        return found

    same = identity()
    assert identity(limit=12) == same
    assert identity(limit=99) == same
    assert identity(rows=1) == same
    assert identity(exemplars=[Problem("example/0", "What is 1 + 1?", "2", "number")]) != same
    assert identity(seed=1) != same
    assert identity(shuffle=1) != same


def test_killed_at_random_moments_a_run_ends_the_same(somewhere: Path) -> None:
    quiet, rough = somewhere / "quiet", somewhere / "rough"
    quiet.mkdir()
    rough.mkdir()
    subprocess.run(command(somewhere), cwd=quiet, check=True, timeout=60)
    (whole,) = quiet.glob("results/*/")
    needed = Counter((quiet / "generated.txt").read_text().splitlines())
    assert sum(needed.values()) == 12 + 12 * 3

    rng = random.Random(7)
    kills = 0
    while not _finished(rough):
        process = subprocess.Popen(command(somewhere), cwd=rough)
        before = _size(rough / "generated.txt")
        # from the moment that it generates something new, as long as there is something
        while process.poll() is None and _size(rough / "generated.txt") == before:
            time.sleep(0.001)
        time.sleep(rng.random() * 0.2)
        process.kill()
        process.wait()
        kills += 1
    assert kills >= 2
    (mended,) = rough.glob("results/*/")
    assert files(mended) == files(whole)
    # at each kill at most the reply that was just being made is lost
    generated = (rough / "generated.txt").read_text().splitlines()
    assert sum(needed.values()) <= len(generated) <= sum(needed.values()) + kills


def _finished(folder: Path) -> bool:
    found = [json.loads(file.read_text()) for file in folder.glob("results/*/run.json")]
    assert len(found) <= 1
    return [told["status"] for told in found] == ["finished"]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def test_two_runs_at_once_share_a_ledger(somewhere: Path) -> None:
    both = [subprocess.Popen(command(somewhere, name)) for name in ("one", "two")]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert files(Path("one")) == files(Path("two"))
    with Ledger("results/ledger.sqlite") as ledger:
        assert len(ledger) == 12 + 12 * 3
