"""Puts the same questions to a model behind a server and to the same model here, and counts equal chains.

python tests/benchmarks/served.py http://HOST:PORT/v1[#NAME] FOLDER [FILE.json] [--problems 8] [--tokens 96]
    [--gsm8k TEST.jsonl] [--choices AQUA.json] [--requests N] [--only TEXT]

FOLDER is the model that the server has; here it is computed in float32, and so it should be there. Greedy
chains are compared to the letter, likelihoods by how far they are apart; drawn paths are other ones in each
place, and only counted. What a server is refused for is told. FILE.json keeps what was found before, also of other
servers, and has each answer as soon as it is known.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import UserError
from harness.models import load
from harness.models.server.about import about
from harness.models.server.server import Server
from harness.request import Backend
from harness.running.provenance import hardware
from harness.running.run import run

DATA = Path("../shared/data")


def asked(arguments: argparse.Namespace) -> Sequence[tuple[str, str]]:
    """What is asked: tasks and strategies."""
    sums, choices = f"gsm8k:path={arguments.gsm8k}", f"aqua:path={arguments.choices}"
    every = (
        (sums, "chain_of_thought"),
        (sums, "zero_shot_chain_of_thought"),
        (sums, "self_consistency:paths=5"),
        (choices, "likelihood"),
    )
    return [one for one in every if arguments.only in one[1]]


def samples(
    model: Backend, task: str, strategy: str, arguments: argparse.Namespace
) -> Sequence[Mapping[str, Any]]:
    """A column's records. Raises `UserError` where the model is refused for it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        done = run(
            model,
            task,
            strategy,
            limit=arguments.problems,
            max_tokens=arguments.tokens,
            output=place / "run",
            ledger=place / "ledger.sqlite",
            progress=False,
        )
        return done.samples


def compared(
    there: Sequence[Mapping[str, Any]], here: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """How many chains and answers of the same problems are the same."""
    pairs = [
        (one, other)
        for ours, theirs in zip(here, there, strict=True)
        for one, other in zip(ours["chains"], theirs["chains"], strict=False)
    ]
    chains = [chain for one in there for chain in one["chains"]]
    equal = [(one, other) for one, other in pairs if one["text"] == other["text"]]
    apart = [
        abs(one["logprob"] - other["logprob"]) / max(1, one["tokens"])
        for one, other in equal
        if one["logprob"] is not None and other["logprob"] is not None
    ]
    return {
        "problems": len(there),
        "errors": [one["error"] for one in there if one["error"]],
        "chains": len(chains),
        "different texts": len(
            {(n, c["text"]) for n, one in enumerate(there) for c in one["chains"]}
        ),
        "equal chains": len(equal),
        "equal answers": sum(one["answer"] == other["answer"] for one, other in pairs),
        "equal numbers of tokens": sum(one["tokens"] == other["tokens"] for one, other in equal),
        "log-probability apart, at most a token": max(apart, default=None),
    }


def server(spec: str, arguments: argparse.Namespace) -> Server:
    """The model behind the server."""
    model = load(spec, tokenizer=str(arguments.folder), requests=arguments.requests)
    assert isinstance(model, Server)
    return model


def answered(
    there: Server, here: Backend, task: str, strategy: str, arguments: argparse.Namespace
) -> dict[str, Any]:
    """What came of one question."""
    began = time.perf_counter()
    try:
        said = samples(there, task, strategy, arguments)
    except UserError as error:
        return {"refused": str(error)}
    seconds = round(time.perf_counter() - began, 1)
    same = compared(said, samples(here, task, strategy, arguments))
    return {**same, "tokens at most": arguments.tokens, "seconds behind the server": seconds}


def measured(arguments: argparse.Namespace) -> None:
    """Ask, and print and write what came of it."""
    model = server(arguments.url, arguments)
    here = load(str(arguments.folder), dtype="float32", device="cpu")
    file: Path | None = arguments.file
    kept = json.loads(file.read_text()) if file and file.exists() else {}
    found = kept.setdefault(model.facts.server, {"asked": {}})
    found |= {
        "about": {**about(model), "model": model.name},  # its path is of no use elsewhere
        "processor": hardware()["processor"],
        "cores": os.cpu_count(),
        "date": datetime.now(UTC).date().isoformat(),
    }
    for task, strategy in asked(arguments):
        found["asked"][strategy] = answered(model, here, task, strategy, arguments)
        found |= {"notes": model.notes, "load": round(os.getloadavg()[0], 1)}
        print(strategy, json.dumps(found["asked"][strategy], indent=1), flush=True)
        if file:
            file.write_text(json.dumps(kept, indent=1) + "\n")


def main() -> None:
    """Measure, and print or write it as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--problems", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=96)
    parser.add_argument("--gsm8k", type=Path, default=DATA / "gsm8k" / "test.jsonl")
    parser.add_argument("--choices", type=Path, default=DATA / "aqua" / "test.json")
    parser.add_argument("--requests", type=int)
    parser.add_argument("--only", default="")
    measured(parser.parse_args())


if __name__ == "__main__":
    main()
