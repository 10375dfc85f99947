"""Measures how fast what others generated is scored: one million chains, from the file to the report.

python tests/benchmarks/scoring.py [PROBLEMS] [CHAINS] [FILE.json]

Writes a file of made-up chains of thought (25,000 problems of 40 chains, some 400 characters each; each
problem has its own difficulty and its own wrong answers, some chains are cut off and some say nothing),
and runs `harness score` and `harness report --vote` on it. Every statistic is in it. Prints wall time and the peak
resident memory of all processes together.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table

INTERVAL = 0.1
"""Seconds between two looks at the memory."""

ENDINGS = (
    "The answer is {}.",
    "So the answer is {}.",
    "The final answer is ${}.",
    "Therefore, they have {} left.",
    "#### {}",
    "\\boxed{{{}}}",
)
THINGS = ("apples", "stamps", "pages", "tickets", "marbles", "shells")


def chain(rng: Random, answer: int, length: int) -> str:
    """A chain of thought of about `length` characters that ends in `answer`, in one of several ways."""
    steps: list[str] = []
    total = rng.randint(2, 60)
    while sum(len(step) for step in steps) < length:
        more, thing = rng.randint(2, 90), rng.choice(THINGS)
        steps.append(
            f"There are {total} {thing} and then {more} more, so {total} + {more} = {total + more} {thing}. "
        )
        total += more
    text = "".join(steps)
    kind = rng.random()
    if kind < 0.02:
        return text[: rng.randint(1, len(text))]  # cut off
    if kind < 0.03:
        return text + "It cannot be determined."
    return text + rng.choice(ENDINGS).format(f"{answer:,}")


def write(file: Path, problems: int, chains: int) -> None:
    """The file that will be scored: a row for each problem, in the harness's own format."""
    rng = Random(0)
    with file.open("w", encoding="utf-8") as out:
        for number in range(problems):
            gold = rng.randint(2, 5000)
            ease, wrong = rng.random(), [rng.randint(2, 5000) for _ in range(rng.randint(2, 12))]
            answers = [gold if rng.random() < ease else rng.choice(wrong) for _ in range(chains)]
            texts = [chain(rng, answer, rng.randint(200, 500)) for answer in answers]
            row: dict[str, Any] = {"id": f"made/{number:05}", "gold": str(gold), "texts": texts}
            row["logprobs"] = [-rng.uniform(20, 120) for _ in texts]
            row["tokens"] = [len(text) // 4 for text in texts]
            out.write(json.dumps(row) + "\n")


def measured(command: list[str]) -> tuple[float, int]:
    """The seconds that a command takes, and the most memory of all its processes at one time, in bytes."""
    peak, ended = 0, threading.Event()
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def look() -> None:
        nonlocal peak
        while not ended.wait(INTERVAL):
            peak = max(peak, sum(map(resident, family(process.pid))))

    watcher = threading.Thread(target=look)
    watcher.start()
    code = process.wait()
    seconds = time.perf_counter() - start
    ended.set()
    watcher.join()
    if code:
        raise SystemExit(f"{command} ended with {code}")
    return seconds, peak


def family(pid: int) -> list[int]:
    """A process and all that it started, that still run (Linux)."""
    try:
        threads = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    children = [int(child) for started in threads for child in started.split()]
    return [pid, *(one for child in children for one in family(child))]


def resident(pid: int) -> int:
    """The memory of a process in bytes, what it shares with others counted in proportion."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def main(problems: int, chains: int, output: str | None) -> None:
    """Print the table, and write it as JSON where a file is named."""
    harness = str(Path(sys.executable).parent / "harness")
    figures: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        file, run = Path(folder) / "made.jsonl", Path(folder) / "run"
        write(file, problems, chains)
        size = file.stat().st_size
        for name, command in {
            "score": [harness, "score", str(file), "-o", str(run)],
            "report": [harness, "report", str(run)],
            "report --vote weighted_sum": [harness, "report", str(run), "--vote", "weighted_sum"],
        }.items():
            seconds, peak = measured(command)
            figures.append({"command": name, "seconds": seconds, "peak_bytes": peak})
    grid = Table(
        title=f"{problems * chains:,} chains in {problems:,} problems, {size / 1e6:.0f} MB"
    )
    for column in ("harness ...", "seconds", "chains / s", "peak memory, MB"):
        grid.add_column(column, justify="left" if column.startswith("harness") else "right")
    for one in figures:
        speed, memory = problems * chains / one["seconds"], one["peak_bytes"] / 1e6
        grid.add_row(
            f"{one['command']}", f"{one['seconds']:.1f}", f"{speed:,.0f}", f"{memory:,.0f}"
        )
    Console().print(grid)
    if output:
        content = {"problems": problems, "chains": chains, "bytes": size, "figures": figures}
        Path(output).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asked = [*sys.argv[1:], *("25000", "40")[len(sys.argv) - 1 :]]
    main(int(asked[0]), int(asked[1]), asked[2] if len(asked) > 2 else None)
