"""Kills a live race ten times with SIGKILL, goes on each time, and compares its end with an undisturbed one's.

python tests/benchmarks/race_kills.py FOLDER [KILLS] [OPTION...]

Each race is a process of its own, forked so that none has to import all again, and runs the command `harness race`.
The moments are random: after some replies more, and up to the time that one takes. OPTIONs are those of `harness race`.
Ends with 1 where samples, departures, bounds or the report differ.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import IO

# once for all processes, which are forks of this one
import torch  # noqa: F401
import transformers  # noqa: F401

import harness.engine
import harness.models
import harness.report.writing
import harness.running.racing  # noqa: F401
from harness.cli import main as harness_main

RACE = (
    "-t", "coin_flip:people=4", "--limit", "120", "--margin", "5", "-s", "standard",
    "-s", "chain_of_thought", "-s", "self_consistency:paths=5", "-s", "zero_shot",
)  # fmt: skip

LIKELIHOOD = 4
"""Decimals of a chain's log-likelihood that are held to be the same."""


def started(folder: Path, options: tuple[str, ...]) -> int:
    """The id of a process of its own that runs a race in this folder, and has just begun to ask."""
    files = ("-o", str(folder / "race"), "--ledger", str(folder / "ledger.sqlite"))
    heard, said = os.pipe()
    process = os.fork()
    if not process:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(said, 2)
        try:
            harness_main(["race", *options, *files])
        except SystemExit as ended:
            os._exit(ended.code if isinstance(ended.code, int) else 1)
        os._exit(3)
    os.close(said)
    LINES[process] = os.fdopen(heard)
    for line in LINES[process]:
        if "problems at most" in line:
            break
    return process


LINES: dict[int, IO[str]] = {}


def ended(process: int) -> int:
    """The exit status of a process once it has ended; minus the signal that ended it."""
    with LINES.pop(process) as lines:
        lines.read()
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def end(folder: Path) -> dict[str, str]:
    """What a race leaves behind, without times and the last bits of likelihoods.

    A batch that was cut goes on with fewer rows, which changes these (not with `--exact`).
    """
    race = folder / "race"
    kept = {name: (race / name).read_text() for name in ("samples.jsonl", "report.md")}
    samples = [json.loads(one) for one in kept["samples.jsonl"].splitlines()]
    for chain in (chain for one in samples for chain in one["chains"]):
        chain["logprob"] = round(chain["logprob"], LIKELIHOOD)
    kept["samples.jsonl"] = json.dumps(samples)
    record = json.loads((race / "race.json").read_text())
    for measure in ("spent", "full"):
        del record[measure]["seconds"]
    # the sentence and the tables of seconds tell how long the replies took
    kept["report.md"] = kept["report.md"].partition("## Cost")[0].partition("It took")[0]
    return {**kept, "race.json": json.dumps(record)}


def replies(folder: Path) -> int:
    """How many replies the ledger holds."""
    # closed, as no connection may go into a fork
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as ledger:
        return int(ledger.execute("SELECT count(*) FROM replies").fetchone()[0])


def main(folder: Path, kills: int, options: tuple[str, ...]) -> int:
    """Run the one, then the other."""
    for name in ("whole", "killed"):
        (folder / name).mkdir(parents=True)
    began = time.monotonic()
    process = started(folder / "whole", options)
    asking = time.monotonic()
    assert ended(process) == 0
    took = time.monotonic() - asking
    whole = replies(folder / "whole")
    print(
        f"undisturbed: {whole} replies in {took:.1f} s, {asking - began:.1f} s to begin", flush=True
    )
    chance = random.Random(18)
    for number in range(1, kills + 1):
        process = started(folder / "killed", options)
        began, before = time.monotonic(), replies(folder / "killed")
        more = chance.randint(0, 2 * (whole - before) // (kills + 2 - number))
        while replies(folder / "killed") < before + more:
            time.sleep(0.02)
        time.sleep(chance.uniform(0, took / whole))
        os.kill(process, signal.SIGKILL)
        moment, status, kept = time.monotonic() - began, ended(process), replies(folder / "killed")
        print(
            f"kill {number}: after {moment:.2f} s, exit {status}, {kept} replies kept",
            flush=True,
        )
    assert ended(started(folder / "killed", options)) == 0
    ours, theirs = end(folder / "killed"), end(folder / "whole")
    for name, text in ours.items():
        print(f"{name}: {'the same' if text == theirs[name] else 'DIFFERS'}")
    print(f"replies: {replies(folder / 'killed')} and {whole}")
    return int(ours != theirs)


if __name__ == "__main__":
    place, *rest = sys.argv[1:]
    times = int(rest.pop(0)) if rest else 10
    sys.exit(main(Path(place), times, tuple(rest) or RACE))
