"""Measures a run whose workers are killed at random: what is lost, doubled or different, and the time.

python tests/benchmarks/cluster.py [--model reference] [--workers 3] [--problems 200] [--paths 10]
    [--kills 10] [--each 2] [--scripted SECONDS] [--file FILE.json]

The same run is made by one worker, and then by several of which `--each` are killed (SIGKILL) at
random, `--kills` times, spread over the replies. With `--scripted` the model is a fake that takes so many
seconds for each reply, so that what is measured is the cluster alone. Needs the package ray.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from harness.cluster.opening import spread
from harness.cluster.pool import Pool
from harness.cluster.size import Cluster, Size, connect
from harness.cluster.workers import Workers
from harness.models import load
from harness.models.ledger import Ledger, Origin
from harness.models.scripted import Scripted
from harness.problem import Reply
from harness.request import Backend, Key
from harness.running.provenance import hardware
from harness.running.run import Run, run

NOWHERE = Origin()

# Ray's workers give way to whatever else runs on the machine, and would be measured starving
os.environ.setdefault("RAY_worker_niceness", "0")
# and would be given as many threads as cores, which is another number for one worker than for several
os.environ.setdefault("OMP_NUM_THREADS", "1")


class Counting(Ledger):
    """A ledger that counts how often each key is put into it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.puts: Counter[str] = Counter()

    def put(self, key: Key, reply: Reply, origin: Origin = NOWHERE) -> None:
        """As `Ledger.put`."""
        self.puts[key.digest] += 1
        super().put(key, reply, origin)


def fake(spec: str, *, seconds: float) -> Backend:
    """A model that says on each path of a prompt another thing, after a while."""

    def said(text: str) -> list[str]:
        time.sleep(seconds)
        return [f"The answer is {(len(text) + path) % 7}." for path in range(100)]

    return Scripted(said, name="fake", identity="fake")


def model(arguments: argparse.Namespace, workers: int) -> Workers:
    """The model with so many workers on this machine."""
    if arguments.scripted is None:
        settings = {"exact": True}
        return spread(
            arguments.model, settings, load(arguments.model, exact=True), Cluster("local", workers)
        )
    connect(Cluster("local", workers))
    backend, opening = fake("", seconds=0), partial(fake, seconds=arguments.scripted)
    size = Size(workers, 0, min(1, (os.cpu_count() or 1) / workers))
    pool = partial(Pool, opening, "fake", backend.identity, lambda: size, list)
    return Workers(backend, pool, workers)


def kill(backend: Workers, ledger: Counting, due: list[int], each: int, killed: list[int]) -> None:
    """Kill `each` workers at random whenever so many replies have come as `due` says, and so many are up."""
    chance = random.Random(0)
    for replies in due:
        while ledger.puts.total() < replies or len(up := processes(backend, killed)) < each:
            time.sleep(0.01)
        for process in chance.sample(up, each):
            os.kill(process, signal.SIGKILL)
            killed.append(process)


def processes(backend: Workers, killed: Sequence[int]) -> list[int]:
    """The workers that are up, and not killed already."""
    members = list(backend._pool.members.values()) if backend._pool else []
    up = [one.about.process for one in members if one.up and one.about]
    return [process for process in up if process not in killed]


def measured(
    arguments: argparse.Namespace,
    backend: Workers,
    folder: Path,
    beside: Callable[..., None] | None,
) -> tuple[Run, Counting, float]:
    """One run, with something beside it."""
    ledger = Counting(folder.with_suffix(".sqlite"))
    thread = threading.Thread(target=beside, args=(backend, ledger), daemon=True)
    if beside:
        thread.start()
    began = time.perf_counter()
    done = run(
        model=backend,
        tasks="arithmetic",
        strategies=f"self_consistency:paths={arguments.paths}",
        limit=arguments.problems,
        output=folder,
        ledger=ledger,
        progress=False,
    )
    return done, ledger, time.perf_counter() - began


def compared(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The run by one worker, and by several of which some are killed."""
    replies = arguments.problems * arguments.paths
    due = [replies * (n + 1) // (arguments.kills + 2) for n in range(arguments.kills)]
    killed: list[int] = []
    load_before = os.getloadavg()[0]
    one, _, alone = measured(arguments, model(arguments, 1), folder / "one", None)
    beside = partial(kill, due=due, each=arguments.each, killed=killed)
    several = model(arguments, arguments.workers)
    many, ledger, together = measured(arguments, several, folder / "many", beside)
    lines = [(done.directory / "samples.jsonl").read_bytes().splitlines() for done in (one, many)]
    return {
        "processor": hardware()["processor"],
        "cores": os.cpu_count(),
        "load": [load_before, os.getloadavg()[0]],
        "replies": replies,
        "workers": arguments.workers,
        "killed": len(killed),
        "lost": replies - len(ledger),
        "doubled": sum(count - 1 for count in ledger.puts.values()),
        "different problems": len(different := list(differences(*lines))),
        "first differences": different[:10],
        "bitwise": several.describe()["bitwise"],
        "seconds, one worker": round(alone, 1),
        "seconds, several of which some are killed": round(together, 1),
    }


def differences(one: Sequence[bytes], many: Sequence[bytes]) -> Iterator[str]:
    """In what each problem that did not come out the same differs: its first chain of which that is so."""
    for before, after in zip(one, many, strict=True):
        if before == after:
            continue
        first, second = json.loads(before), json.loads(after)
        fields = [name for name in first if first[name] != second.get(name) and name != "chains"]
        chains = enumerate(zip(first["chains"], second["chains"], strict=False))
        path, (a, b) = next(((n, pair) for n, pair in chains if pair[0] != pair[1]), (-1, ({}, {})))
        parts = {name: (a[name], b.get(name)) for name in a if a[name] != b.get(name)}
        yield f"{first['problem']}: {fields}, path {path}: {parts}"


def main() -> None:
    """Measure, and print or write it as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="reference")
    for name, number in (("workers", 3), ("problems", 200), ("paths", 10), ("kills", 10)):
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--each", type=int, default=2)
    parser.add_argument("--scripted", type=float)
    parser.add_argument("--file", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = json.dumps(compared(arguments, Path(folder)), indent=1)
    print(text)
    if arguments.file:
        arguments.file.write_text(text + "\n")


if __name__ == "__main__":
    main()
