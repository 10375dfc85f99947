"""Gathers what a run over many tasks shows of each: does the prompt fit, and is what comes back read?

python tests/benchmarks/columns.py RUN FILE.json

RUN is what `harness run` wrote. FILE gets a row for each task: of each strategy the accuracy, how many problems
were not read or cut off, and tokens a problem; no question and no chain. Prints the rows as a Markdown table.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def gathered(run: Path) -> dict[str, Any]:
    """The model, the machine and the rows of a run, in the order of its tasks."""
    told = json.loads((run / "run.json").read_text(encoding="utf-8"))
    kinds = {}
    with (run / "samples.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            sample = json.loads(line)
            kinds[sample["task"]] = sample["kind"]
    rows: dict[str, dict[str, Any]] = {}
    for score in json.loads((run / "scores.json").read_text(encoding="utf-8"))["scores"]:
        task = score["task"]
        row = rows.setdefault(task, {"task": task, "kind": kinds[task], "n": score["problems"]})
        row[score["strategy"]] = {
            "right": round(score["accuracy"] * score["problems"], 4),
            "unread": score["unread"],
            "cut": score["truncated"],
            "errors": score["errors"],
            "tokens": round(score["generated_tokens"] / score["problems"], 1),
        }
    [model] = told["models"]
    return {
        "model": model["name"],
        "hash": model["hash"],
        "processor": told["hardware"]["processor"],
        "versions": told["versions"],
        "strategies": [strategy["name"] for strategy in told["strategies"]],
        "rows": list(rows.values()),
    }


def table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The rows as lines of Markdown: right, unread and cut off as shares of the problems in %."""
    strategies = [name for name in rows[0] if name not in ("task", "kind", "n")]
    heads = ["task", "answers", "n"]
    for name in strategies:
        heads += [name, "unread", "cut off", "tokens"]
    lines = [f"| {' | '.join(heads)} |", "|---|---|" + "---:|" * (len(heads) - 2)]
    for row in rows:
        cells = [f"`{row['task']}`", f"`{row['kind']}`", str(row["n"])]
        for name in strategies:
            column = row[name]
            cells += [f"{100 * column[part] / row['n']:.0f}" for part in ("right", "unread", "cut")]
            cells.append(f"{column['tokens']:.0f}")
        lines.append(f"| {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    found = gathered(Path(sys.argv[1]))
    Path(sys.argv[2]).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("\n".join(table(found["rows"])))
