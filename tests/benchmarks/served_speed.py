"""Takes the time of the same runs behind a server and here, in turn: generated tokens a second.

python tests/benchmarks/served_speed.py http://HOST:PORT/v1[#NAME] FOLDER [FILE.json] [--rounds 2] [--tokens 64]
    [--gsm8k TEST.jsonl] [--only TEXT]

FOLDER is the model that the server has; here it is computed in the type of its weights. Eight problems with 40
paths each, and 32 greedy chains, behind eight worked examples. What both load and compile is done before by a
short run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from harness.catalogue.finding import find
from harness.models import load
from harness.models.model import Model
from harness.models.server.server import Server
from harness.problems.exemplars import exemplars
from harness.prompt import Prompt, reasoned
from harness.request import Backend
from harness.running.provenance import hardware

DATA = Path("../shared/data")

PARTS = {"self-consistency, 8 problems x 40 paths": (8, 40), "greedy, 32 problems": (32, 1)}


def prompts(file: Path, count: int) -> list[Prompt]:
    """What chain_of_thought asks of the first problems."""
    found = find(f"gsm8k:path={file}", "task")
    shown = exemplars("arithmetic")
    every = found.function(**found.options)
    return [reasoned(problem, shown) for problem in islice(every, count)]


async def generated(
    backend: Backend, asked: list[Prompt], paths: int, tokens: int, seed: int
) -> int:
    """Tokens of all replies, without those of the prompts."""
    model = Model(backend, seed=seed)
    temperature = 0.7 if paths > 1 else 0.0
    going = [model.sample(p, n=paths, temperature=temperature, max_tokens=tokens) for p in asked]
    return sum(reply.tokens for replies in await asyncio.gather(*going) for reply in replies)


def timed(backend: Backend, arguments: argparse.Namespace, part: str, seed: int) -> dict[str, Any]:
    """One run, without a ledger."""
    problems, paths = PARTS[part]
    asked = prompts(arguments.gsm8k, problems)
    began = time.perf_counter()
    tokens = asyncio.run(generated(backend, asked, paths, arguments.tokens, seed))
    seconds = time.perf_counter() - began
    told = {
        "tokens": tokens,
        "seconds": round(seconds, 1),
        "tokens a second": round(tokens / seconds, 1),
    }
    return {**told, "load": round(os.getloadavg()[0], 1)}


def measured(arguments: argparse.Namespace) -> dict[str, Any]:
    """Both, in turn."""
    there = load(arguments.url, tokenizer=str(arguments.folder))
    assert isinstance(there, Server)
    models: Mapping[str, Backend] = {
        there.facts.server: there,
        "this harness": load(str(arguments.folder), device="cpu"),
    }
    for backend in models.values():
        asyncio.run(generated(backend, prompts(arguments.gsm8k, 1), 4, 8, seed=99))
    found: dict[str, Any] = {part: {name: [] for name in models} for part in PARTS}
    for turn in range(arguments.rounds):
        for part, rounds in found.items():
            for name, backend in models.items() if arguments.only in part else ():
                rounds[name].append(timed(backend, arguments, part, turn))
                print(turn, part, name, rounds[name][-1], flush=True)
    return {
        "processor": hardware()["processor"],
        "cores": os.cpu_count(),
        "date": datetime.now(UTC).date().isoformat(),
        "tokens at most": arguments.tokens,
        "speed": found,
    }


def main() -> None:
    """Measure, and print or write it as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--gsm8k", type=Path, default=DATA / "gsm8k" / "test.jsonl")
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    text = json.dumps(measured(arguments), indent=1)
    print(text)
    if arguments.file:
        arguments.file.write_text(text + "\n")


if __name__ == "__main__":
    main()
