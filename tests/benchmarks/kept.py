"""Copies a run as it is committed: without the questions of a released set, its chains compressed.

python tests/benchmarks/kept.py RUN FOLDER

RUN is what `harness run` wrote. Scores and report follow from what is left; a test makes them again.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any

LEFT_OUT = "(the question is left out)"


def main() -> None:
    """Write the copy."""
    run, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for line in (run / "samples.jsonl").read_text(encoding="utf-8").splitlines():
        sample = json.loads(line)
        for chain in sample["chains"]:
            leave_out(sample["question"], chain)
        lines.append(json.dumps({**sample, "question": ""}, ensure_ascii=False) + "\n")
    # without a time, so that the same chains are the same file
    packed = gzip.compress("".join(lines).encode(), 9, mtime=0)
    (folder / "samples.jsonl.gz").write_bytes(packed)
    content = json.loads((run / "prompts.json").read_text(encoding="utf-8"))
    for column in content["columns"]:
        for prompt in column["prompts"]:
            prompt["text"] = prompt["text"].replace(column["question"], LEFT_OUT)
        column["question"] = LEFT_OUT
    written = json.dumps(content, ensure_ascii=False, indent=1)
    (folder / "prompts.json").write_text(written + "\n", encoding="utf-8")
    for name in ("run.json", "scores.json", "report.md", "race.json"):
        if (run / name).exists():  # only a race has the last
            shutil.copy(run / name, folder / name)


def leave_out(question: str, chain: dict[str, Any]) -> None:
    """Take the question out of a chain that repeats it, as programs do in their first lines."""
    for part in ("asked", "text"):
        start = chain["start"] if part == "text" else 0
        before, after = chain[part][:start], chain[part][start:]
        before = before.replace(question, LEFT_OUT)
        chain[part] = before + after.replace(question, LEFT_OUT)
        if part == "text":
            chain["start"] = len(before)  # where the last stage, which is read, begins


if __name__ == "__main__":
    main()
