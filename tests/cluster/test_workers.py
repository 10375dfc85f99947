"""Workers on a real Ray of this machine, with scripted models: whoever dies, comes or goes, no reply changes."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import Chain, Problem, Reply, UserError, strategy, task
from harness.cluster import pool as pool_module
from harness.cluster.pool import Pool
from harness.cluster.size import Size
from harness.cluster.weights import sent
from harness.cluster.workers import Workers
from harness.errors import CannotLoadError
from harness.models.folder import Files
from harness.models.ledger import Ledger, Origin
from harness.models.scripted import Scripted
from harness.request import Backend, GenerationSettings, Key, Request
from harness.running.run import run

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.filterwarnings("default")  # what Ray warns of is Ray's


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    """One for all tests here, with more cores to count by than the machine has."""
    for attempt in (1, 2, 3):
        try:
            ray.init("local", num_cpus=8, include_dashboard=False, log_to_driver=False)
            break
        except Exception:  # its own processes have 30 s to start, whatever else the machine does
            ray.shutdown()
            if attempt == 3:
                raise
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of Ray's own processes, which it ends
        ray.shutdown()
        gc.collect()


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@task()
def sums(*, count: int = 10) -> Iterator[Problem]:
    """Small sums."""
    for i in range(count):
        yield Problem(f"sums/{i:03}", f"What is {i} + 1?", f"{i + 1}", "number")


@strategy
async def twice(problem: Problem, model: Any, *, paths: int = 4) -> list[Chain]:
    """Thinks on several paths, and asks behind each what follows."""
    chains = []
    for reply in await model.sample(problem.question, n=paths, temperature=0.7):
        [last] = await model.sample(f"{problem.question} {reply.text} So?")
        chains.append(Chain(last.text, "1", "last", last.finish, last.tokens, last.logprob))
    return chains


def opening(pause: float) -> Callable[[str], Backend]:
    """Opens a model that says of each prompt and path another thing, each after a pause in seconds."""

    def opened(spec: str) -> Backend:
        def said(text: str) -> list[str]:
            time.sleep(pause)
            return [f"{len(text)} {path} {text[-20:]}" for path in range(7)]

        return Scripted(said, name="fake", identity="fake")

    return opened


def workers(count: int, *, pause: float = 0.0, size: Callable[[], Size] | None = None) -> Workers:
    backend = opening(0.0)("")
    start = lambda: Pool(  # noqa: E731
        opening(pause), "fake", backend.identity, size or (lambda: Size(count, 0, 1)), list
    )
    return Workers(backend, start, count)


NOWHERE = Origin()


class Counting(Ledger):
    """A ledger that counts what is put into it."""

    def __init__(self) -> None:
        super().__init__()
        self.puts: list[Key] = []

    def put(self, key: Key, reply: Reply, origin: Origin = NOWHERE) -> None:
        """As `Ledger.put`."""
        self.puts.append(key)
        super().put(key, reply, origin)


def samples(model: Backend, output: str, ledger: Ledger | None = None, **settings: Any) -> bytes:
    done = run(
        model=model, tasks=sums, strategies=twice, output=output, ledger=Ledger() if ledger is None else ledger,
        progress=False, **settings,
    )  # fmt: skip
    return (done.directory / "samples.jsonl").read_bytes()


def killing(model: Workers, times: int) -> threading.Thread:
    """Kills so many workers, one after the other, as soon as they have begun."""

    def kill() -> None:
        killed: set[int] = set()
        while len(killed) < times:
            members = list(model._pool.members.values()) if model._pool else []
            for member in members:
                if member.up and member.about and member.about.process not in killed:
                    time.sleep(0.1)
                    killed.add(member.about.process)
                    os.kill(member.about.process, signal.SIGKILL)
                    break
            time.sleep(0.01)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


@pytest.mark.parametrize(("count", "deaths"), [(2, 0), (5, 2)])
def test_the_same_run_on_any_number_of_workers_of_which_some_are_killed(
    count: int, deaths: int, capsys: pytest.CaptureFixture[str]
) -> None:
    here = samples(opening(0.0)(""), "here")
    model, ledger = workers(count, pause=0.02 if deaths else 0.0), Counting()
    thread = killing(model, deaths)
    assert samples(model, "there", ledger) == here
    thread.join()
    assert len(ledger.puts) == len(set(ledger.puts)) == len(ledger) == 10 * 4 * 2
    assert capsys.readouterr().err.count("died and is started again") == deaths


def test_workers_have_names_and_are_gone_with_the_run() -> None:
    before = set(ray.util.list_named_actors())  # those of other runs, on their way out
    model = workers(2)
    samples(model, "out")
    names = list(set(ray.util.list_named_actors()) - before)
    assert all(name.startswith("harness ") for name in names)
    assert [name.rpartition(" ")[2] for name in sorted(names)] == ["1", "2"]
    assert model.describe()["workers"] == 2
    del model
    end = time.monotonic() + 60
    while set(names) & set(ray.util.list_named_actors()) and time.monotonic() < end:
        time.sleep(0.05)
    assert not set(names) & set(ray.util.list_named_actors())


def test_workers_join_a_run_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "LOOK", 0.1)
    sizes = [Size(1, 0, 1)]
    model = workers(1, pause=0.01, size=lambda: sizes[-1])
    count = 0

    def arrivals() -> list[Request]:
        """One more, until two workers have answered."""
        nonlocal count
        if len(model._bitwise) == 2:
            return []
        count += 1
        return [Request(f"{count}", (), GenerationSettings())]

    answered = []
    for number, _ in model.generate_joined(arrivals, rows=8):
        answered.append(number)
        sizes.append(Size(2, 0, 1))
    assert sorted(answered) == list(range(count))


def test_a_worker_that_lacks_the_model_is_sent_it_through_the_object_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    cache = str(tmp_path / "cache")

    def there(spec: str) -> Backend:
        os.environ["XDG_CACHE_HOME"] = cache
        file = Path(spec) / "model.safetensors"
        if not file.exists():
            raise UserError(f"there is no folder {spec}")
        content = file.read_text()
        return Scripted(lambda text: f"{content} {spec}", name="fake", identity=content)

    backend = Scripted(str, name="fake", identity="weights")
    start = lambda: Pool(  # noqa: E731
        there, "/nowhere", backend.identity, lambda: Size(2, 0, 1),
        lambda: sent(Files(folder), ray.put, code=False),
    )  # fmt: skip
    model = Workers(backend, start, 2)
    replies = [reply for _, reply in model.generate([Request("a", (), GenerationSettings())])]
    [reply] = replies
    assert isinstance(reply, Reply)
    assert reply.text == f"weights {cache}/reasoning-harness/weights/{backend.identity}"


def test_a_model_that_no_worker_can_load_ends_the_run_in_one_line() -> None:
    def unloadable(spec: str) -> Backend:
        def raising(text: str) -> str:
            raise AssertionError(text)

        class Heavy(Scripted):
            def generate(self, requests: Any, **limits: Any) -> Any:
                raise CannotLoadError("it does not fit")

        return Heavy(raising, name="fake", identity="fake")

    backend = opening(0.0)("")
    start = lambda: Pool(  # noqa: E731
        unloadable, "fake", backend.identity, lambda: Size(2, 0, 1), list
    )
    with pytest.raises(CannotLoadError, match="it does not fit"):
        samples(Workers(backend, start, 2), "out")


def test_a_worker_that_cannot_be_started_ends_the_run_in_one_line() -> None:
    def broken(spec: str) -> Backend:
        raise ModuleNotFoundError("No module named 'special'")

    backend = opening(0.0)("")
    start = lambda: Pool(broken, "fake", backend.identity, lambda: Size(1, 0, 1), list)  # noqa: E731
    with pytest.raises(CannotLoadError, match="no worker can begin: No module named 'special'"):
        samples(Workers(backend, start, 1), "out")


def test_a_run_that_is_stopped_leaves_no_worker_at_it() -> None:
    model = workers(2, pause=0.05)
    stopped = threading.Event()
    requests = [Request(f"{n}", (), GenerationSettings()) for n in range(200)]
    replies = model.generate(requests, rows=4, stopped=stopped.is_set)
    next(replies)
    stopped.set()
    assert len(list(replies)) < 100
    again = model.generate(requests[:5], rows=4)
    assert sorted(number for number, _ in again) == [0, 1, 2, 3, 4]
