"""Kills a live race ten times with SIGKILL, goes on each time, and compares its end with an undisturbed one's.

python tests/benchmarks/race_kills.py FOLDER [KILLS] [OPTION...]

The moments are random: up to a sixth of what the undisturbed race took after it began to ask. OPTIONs
are those of `harness race`. Ends with 1 where samples, departures, bounds or the report differ.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

COMMAND = (sys.executable, "-c", "from harness.cli import main; main()", "race")
RACE = (
    "-t", "coin_flip:people=4", "--limit", "120", "--margin", "5", "-s", "standard",
    "-s", "chain_of_thought", "-s", "self_consistency:paths=5", "-s", "zero_shot",
)  # fmt: skip


def started(folder: Path, options: tuple[str, ...]) -> subprocess.Popen[str]:
    """A race in this folder that has just begun to ask."""
    files = ("-o", str(folder / "race"), "--ledger", str(folder / "ledger.sqlite"))
    process = subprocess.Popen(
        [*COMMAND, *options, *files], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for said in process.stderr:
        if "problems at most" in said:
            break
    return process


def end(folder: Path) -> dict[str, str]:
    """What a race leaves behind, without times."""
    race = folder / "race"
    kept = {name: (race / name).read_text() for name in ("samples.jsonl", "report.md")}
    record = json.loads((race / "race.json").read_text())
    for measure in ("spent", "full"):
        del record[measure]["seconds"]
    # the sentence and the tables of seconds tell how long the replies took
    kept["report.md"] = kept["report.md"].partition("## Cost")[0].partition("It took")[0]
    return {**kept, "race.json": json.dumps(record)}


def replies(folder: Path) -> int:
    """How many replies the ledger holds."""
    with sqlite3.connect(folder / "ledger.sqlite") as ledger:
        return int(ledger.execute("SELECT count(*) FROM replies").fetchone()[0])


def main(folder: Path, kills: int, options: tuple[str, ...]) -> int:
    """Run the one, then the other."""
    for name in ("whole", "killed"):
        (folder / name).mkdir(parents=True)
    began = time.monotonic()
    process = started(folder / "whole", options)
    asking = time.monotonic()
    process.communicate()
    took = time.monotonic() - asking
    whole = replies(folder / "whole")
    print(
        f"undisturbed: {whole} replies in {took:.1f} s, {asking - began:.1f} s to begin", flush=True
    )
    chance = random.Random(18)
    for number in range(1, kills + 1):
        process = started(folder / "killed", options)
        moment = chance.uniform(0, took / 6)
        time.sleep(moment)
        process.kill()
        process.communicate()
        kept = replies(folder / "killed")
        print(
            f"kill {number}: after {moment:.2f} s, exit {process.returncode}, {kept} replies kept",
            flush=True,
        )
    started(folder / "killed", options).communicate()
    ours, theirs = end(folder / "killed"), end(folder / "whole")
    for name, text in ours.items():
        print(f"{name}: {'the same' if text == theirs[name] else 'DIFFERS'}")
    print(f"replies: {replies(folder / 'killed')} and {whole}")
    return int(ours != theirs)


if __name__ == "__main__":
    place, *rest = sys.argv[1:]
    times = int(rest.pop(0)) if rest else 10
    sys.exit(main(Path(place), times, tuple(rest) or RACE))
