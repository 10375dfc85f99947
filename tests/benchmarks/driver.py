"""Measures what the driver of a cluster can take: replies a second into ledger and samples, and memory.

python tests/benchmarks/driver.py [REPLIES] [WORKERS] [FILE.json]

Workers are fakes in this process that reply at once. What goes to them and comes back is pickled and
unpickled as Ray would do, but nothing moves over a network. Prompts have 1,000 tokens or more (of a byte
each) and 40 paths, replies some 100 tokens. A second is one of the processor's, because other programs
may run beside; the wall clock is told, too.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from harness.cluster.pool import Event, Member, Pool, Said
from harness.cluster.worker import About, Answers, Numbered
from harness.cluster.workers import Workers
from harness.models.ledger import Ledger
from harness.models.model import Model
from harness.models.scripted import Scripted
from harness.problem import Reply
from harness.prompt import Prompt
from harness.request import ENGINE
from harness.running.column import IN_FLIGHT
from harness.running.provenance import hardware
from harness.running.run import run

PATHS = 40
SENTENCE = "There are {} boxes with 12 pens each, which makes {} pens in all, and some are sold. "


class Bytes(Scripted):
    """A model whose tokens are bytes, and which is never asked itself."""

    def __init__(self) -> None:
        super().__init__(str, name="fake", identity="fake")

    def prompt(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        """The plain text and its bytes."""
        text, _ = super().prompt(prompt)
        return text, tuple(text.encode())


@dataclass
class Traffic:
    """What went over the wire, in bytes, and in how many parcels."""

    sent: int = 0
    received: int = 0
    parcels: int = 0


class Instant:
    """A pool of workers that reply at once."""

    def __init__(self, workers: int, traffic: Traffic) -> None:
        about = About(0, "here", ENGINE, "", "fake", None)
        names = [f"worker {number}" for number in range(workers)]
        self.members = {name: Member(name, None, None, about, up=True) for name in names}
        self._traffic = traffic
        self._said: dict[str, list[bytes]] = {}

    def send(self, worker: str, requests: Sequence[Numbered], rows: int) -> None:
        """As `Pool.send`."""
        wire = pickle.dumps((requests, rows), protocol=5)
        answers = [(number, reply(request.path)) for number, request in pickle.loads(wire)[0]]
        back = pickle.dumps(Answers(answers, True), protocol=5)
        self._said.setdefault(worker, []).append(back)
        self._traffic.sent += len(wire)
        self._traffic.received += len(back)
        self._traffic.parcels += 1

    def events(self, seconds: float) -> Iterator[Event]:
        """As `Pool.events`."""
        said, self._said = self._said, {}
        for worker, parcels in said.items():
            for parcel in parcels:
                yield Said(worker, pickle.loads(parcel))

    def stop(self) -> None:
        """As `Pool.stop`."""


def reply(path: int) -> Reply:
    """Of some 100 tokens, and one of three answers."""
    text = SENTENCE.format(path, path * 12) * 5 + f"The answer is {path % 3}."
    return Reply(f" {text}", "stop", 100, -31.25 - path, 1500 if path == 0 else 0, 0.02)


async def asked(model: Model, problems: int) -> None:
    """Ask for the paths of so many problems, as strategies do."""
    examples = [(f"What is {n} + {n}? {SENTENCE}", f"{SENTENCE} It is {n}.") for n in range(8)]
    slots = asyncio.Semaphore(IN_FLIGHT * 4)

    async def one(number: int) -> None:
        prompt = Prompt(examples=tuple(examples), question=f"What is {number} + 1? {SENTENCE}")
        async with slots:
            await model.sample(prompt, n=PATHS, temperature=0.7)

    await asyncio.gather(*(one(number) for number in range(problems)))


def into_the_ledger(replies: int, workers: int, folder: Path) -> dict[str, Any]:
    """From the question to the ledger, and back to who asked: what the cluster needs of the driver."""
    traffic = Traffic()
    pool = cast(Callable[[], Pool], lambda: Instant(workers, traffic))
    with Ledger(folder / "asked.sqlite") as ledger:
        model = Model(Workers(Bytes(), pool, workers), ledger=ledger)
        cpu, wall = time.process_time(), time.perf_counter()
        asyncio.run(asked(model, max(1, replies // PATHS)))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        count = len(ledger)
    return {
        "replies": count,
        "replies a second of processor time": round(count / cpu),
        "replies a second on the clock": round(count / wall),
        "memory at most, MB": round(memory() / 1e6),
        "ledger, bytes a reply": round((folder / "asked.sqlite").stat().st_size / count),
        "sent, bytes a reply": round(traffic.sent / count),
        "received, bytes a reply": round(traffic.received / count),
        "replies a parcel": round(count / traffic.parcels, 1),
    }


def whole_run(replies: int, workers: int, folder: Path) -> dict[str, Any]:
    """A run of the harness: also reading, votes, `samples.jsonl`, scores and the report."""
    pool = cast(Callable[[], Pool], lambda: Instant(workers, Traffic()))
    cpu, wall = time.process_time(), time.perf_counter()
    done = run(
        model=Workers(Bytes(), pool, workers),
        tasks="arithmetic",
        strategies=f"self_consistency:paths={PATHS}",
        limit=max(1, replies // PATHS),
        output=folder / "run",
        ledger=folder / "ledger.sqlite",
        progress=False,
    )
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    calls = done.scores[0]["calls"]
    return {
        "replies": calls,
        "replies a second of processor time": round(calls / cpu),
        "replies a second on the clock": round(calls / wall),
        "memory at most, MB": round(memory() / 1e6),
    }


def memory() -> int:
    """The most that this process has held so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(replies: str = "40000", workers: str = "100", file: str | None = None) -> None:
    """Measure, and print or write it as JSON."""
    found: dict[str, Any] = {
        "processor": hardware()["processor"],
        "workers": int(workers),
        "load before": os.getloadavg()[0],
        "memory before, MB": round(memory() / 1e6),
    }
    with tempfile.TemporaryDirectory() as folder:
        for part in (into_the_ledger, whole_run):
            found[part.__name__] = part(int(replies), int(workers), Path(folder))
            found["load after"] = os.getloadavg()[0]
            print(json.dumps(found, indent=1), flush=True)
    if file:
        Path(file).write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
