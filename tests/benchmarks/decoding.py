"""Measures how fast chains are sampled: the shared prefix against private copies and `generate`.

python tests/benchmarks/decoding.py [PROBLEMS] [PATHS] [FILE.json]

The bundled model, 8-shot arithmetic prompts, the three ways in turn, medians of three rounds. Tokens are
counted to each chain's own end; prompts are read within the time. Compare the ratios: machines are noisy.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from harness.tasks.arithmetic import arithmetic
from rich.console import Console
from rich.table import Table
from transformers import AutoModelForCausalLM, AutoTokenizer

from harness import reasoned
from harness.engine.decode import Generation
from harness.engine.decoder import Decoder
from harness.exemplars import exemplars
from harness.models.backend import Request, Sampling
from harness.models.local import Local
from harness.problem import Reply

ROUNDS = 3
MAX_TOKENS = 128
MODEL = Path(__file__).parents[2] / "harness/reference/model"


def requests_of(local: Local, problems: int, paths: int) -> list[Request]:
    """All paths of all problems, each prompt divided where its worked examples end."""
    shots = exemplars("arithmetic")
    sampling = Sampling(temperature=0.7, max_tokens=MAX_TOKENS, stop=local.stop)
    made = []
    for problem in islice(arithmetic(), problems):
        prompt = reasoned(problem, shots)
        text, tokens = local.prompt(prompt)
        shared = len(local.prompt(text[: text.rindex("\n\nQ:")])[1])
        first = Request(text, tokens, sampling, 0, 0, shared)
        made += [replace(first, path=path) for path in range(paths)]
    return made


def ours(local: Local, requests: list[Request], share: bool) -> Callable[[], int]:
    """Generation by the engine, with the prefix shared or copied to every row."""
    model: Any = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.bfloat16)
    decoder = Decoder(model, share=share)

    def run() -> int:
        replies = dict(Generation(decoder, local.tokens, requests, rows=32).replies())
        return sum(reply.tokens for reply in replies.values() if isinstance(reply, Reply))

    return run


def theirs(requests: list[Request], paths: int) -> Callable[[], int]:
    """transformers' `generate(num_return_sequences=paths)`, prompt by prompt."""
    model: Any = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.bfloat16)
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    prompts = list(dict.fromkeys(request.text for request in requests))

    def run() -> int:
        tokens = 0
        for prompt in prompts:
            asked = tokenizer(prompt, return_tensors="pt")
            said = model.generate(
                **asked,
                do_sample=True,
                temperature=0.7,
                num_return_sequences=paths,
                max_new_tokens=MAX_TOKENS,
                stop_strings=["\nQ:"],
                tokenizer=tokenizer,
            )
            new = said[:, asked["input_ids"].shape[1] :]
            tokens += int((new != tokenizer.pad_token_id).sum())
        return tokens

    return run


def measured(ways: dict[str, Callable[[], int]]) -> dict[str, float]:
    """Median tokens per second of each way, the ways taking turns."""
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, run in ways.items():
            began = time.perf_counter()
            tokens = run()
            speeds[name].append(tokens / (time.perf_counter() - began))
    return {name: statistics.median(found) for name, found in speeds.items()}


if __name__ == "__main__":
    problems = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    paths = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    local = Local("reference")
    requests = requests_of(local, problems, paths)
    speeds = measured(
        {
            "generate": theirs(requests, paths),
            "private prefixes": ours(local, requests, share=False),
            "shared prefix": ours(local, requests, share=True),
        }
    )
    table = Table("way", "tokens/s", "against generate")
    for name, speed in speeds.items():
        table.add_row(name, f"{speed:,.0f}", f"{speed / speeds['generate']:.1f}x")
    Console().print(table)
    result = {"problems": problems, "paths": paths, "tokens_per_second": speeds}
    if len(sys.argv) > 3:
        Path(sys.argv[3]).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
