"""Measures how long `harness list` takes, process and all.

python tests/benchmarks/startup.py [TIMES]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

BUDGET = 0.5
"""Seconds."""


def seconds() -> float:
    """One run of the command."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "harness.cli", "list"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    times = sorted(seconds() for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
    print(
        f"harness list, {len(times)} times: median {statistics.median(times):.3f} s, "
        f"{times[0]:.3f} to {times[-1]:.3f} s; the budget is {BUDGET} s"
    )
