"""Holds greedy chains of a real model against those of lm-evaluation-harness, prompt by prompt.

python tests/benchmarks/parity.py MODEL TEST.jsonl FILE.json [--problems 50] [--batch 1]

Its task gsm8k_cot, its `hf` backend, its own eight examples; MODEL is a folder, TEST.jsonl GSM8K's. It runs
in an environment that has both (`make test-parity` makes .venv-lm-eval). Prints, in float32 and in
bfloat16: prompts that are the same to the token, chains to the letter, and what its two filters and our
readings of their names give. Of both in bfloat16: how far the log-probability of a chain of float32 is
from float32's, a token.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from harness import Problem
from harness.catalogue.finding import find
from harness.models import load
from harness.models.model import Model
from harness.problem import Reply
from harness.problems.exemplars import exemplars
from harness.prompt import Prompt, reasoned
from harness.reading import lm_eval as reading
from harness.running.provenance import hardware

TASK = "gsm8k_cot"
STOPS = ("Q:", "</s>", "<|im_end|>")
TOKENS = 256
FILTERS = {"strict-match": reading.strict, "flexible-extract": reading.flexible}


def problems(file: Path, count: int) -> list[Problem]:
    """The first problems, with the examples that lm-evaluation-harness has for them."""
    published = exemplars(f"lm_eval:{TASK}")
    found = find(f"gsm8k:path={file}", "task")
    every = found.function(**found.options)
    return [replace(one, exemplars=published) for one in islice(every, count)]


def prompts(asked: Sequence[Problem]) -> list[Prompt]:
    """What chain_of_thought asks."""
    return [reasoned(problem, problem.exemplars) for problem in asked]


async def _chains(model: Model, asked: Sequence[Prompt]) -> list[str]:
    going = [model.sample(one, max_tokens=TOKENS, stop=STOPS) for one in asked]
    return [replies[0].text for replies in await asyncio.gather(*going)]


async def _likelihoods(model: Model, asked: Sequence[Prompt], chains: Sequence[str]) -> list[Reply]:
    pairs = zip(asked, chains, strict=True)
    going = [model.score(one, [f" {chain}"]) for one, chain in pairs]
    return [replies[0] for replies in await asyncio.gather(*going)]


def theirs(folder: Path, dtype: str, batch: int) -> Any:
    """Its backend with a model."""
    kind = import_module("lm_eval.models.huggingface").HFLM
    return kind(pretrained=str(folder), dtype=dtype, device="cpu", batch_size=batch)


def evaluated(lm: Any, file: Path, count: int) -> list[dict[str, Any]]:
    """Its own run: of each problem the prompt, the chain, and what each filter scores."""
    import datasets

    with file.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, count)]
    data = datasets.DatasetDict(test=datasets.Dataset.from_list(rows))
    tasks, api = import_module("lm_eval.tasks"), import_module("lm_eval.api.task")
    folder = Path(str(tasks.__file__)).parent / "gsm8k"
    index = tasks.TaskManager(include_path=str(folder), include_defaults=False).task_index
    task = api.ConfigurableTask(config={**index[TASK].cfg, "custom_dataset": lambda **_: data})
    result = import_module("lm_eval.evaluator").evaluate(
        lm, task_dict={TASK: task}, log_samples=True, bootstrap_iters=0
    )
    samples = result["samples"][TASK]
    found: dict[int, dict[str, Any]] = {}
    for sample in samples:
        one = found.setdefault(sample["doc_id"], {"prompt": sample["arguments"][0][0]})
        one["chain"] = sample["resps"][0][0]
        one[sample["filter"]] = sample["exact_match"]
    return [found[place] for place in sorted(found)]


def compared(
    folder: Path, dtype: str, asked: Sequence[Problem], made: Sequence[dict[str, Any]], lm: Any
) -> tuple[dict[str, float], list[str], Model]:
    """A column of the table, our chains, and our model."""
    local = load(str(folder), device="cpu", dtype=dtype, chat=False)
    model = Model(local)
    own = prompts(asked)
    began = time.perf_counter()
    chains = asyncio.run(_chains(model, own))
    seconds = time.perf_counter() - began
    tokens = [
        (local.prompt(one)[1], tuple(lm.tok_encode(two["prompt"])))
        for one, two in zip(own, made, strict=True)
    ]
    column: dict[str, float] = {
        "problems": len(asked),
        "prompts the same to the token": sum(one == two for one, two in tokens),
        "chains the same to the letter": sum(
            one.strip() == two["chain"].strip() for one, two in zip(chains, made, strict=True)
        ),
        "seconds, ours": round(seconds, 1),
    }
    for name, read in FILTERS.items():
        right = [
            reading.right(read(chain), problem.answer)
            for chain, problem in zip(chains, asked, strict=True)
        ]
        column[f"{name}, ours"] = sum(right)
        column[f"{name}, theirs"] = sum(one[name] for one in made)
        same = zip(right, made, strict=True)
        column[f"{name}, scored alike"] = sum(one == bool(two[name]) for one, two in same)
    return column, chains, model


def main() -> None:
    """Print the table and write it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("gsm8k", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--problems", type=int, default=50)
    parser.add_argument("--batch", type=int, default=1)
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # other packages' own
    asked = problems(given.gsm8k, given.problems)
    table: dict[str, dict[str, float]] = {}
    exact: list[float] = []
    chains: list[str] = []
    for dtype in ("float32", "bfloat16"):
        lm = theirs(given.model, dtype, given.batch)
        began = time.perf_counter()
        made = evaluated(lm, given.gsm8k, given.problems)
        seconds = round(time.perf_counter() - began, 1)
        column, own, model = compared(given.model, dtype, asked, made, lm)
        chains = chains or own  # those of float32
        column["seconds, theirs"] = seconds
        texts = [one["prompt"] for one in made]
        instance = import_module("lm_eval.api.instance").Instance
        pairs = [(text, f" {chain}") for text, chain in zip(texts, chains, strict=True)]
        told = lm.loglikelihood(
            [instance("loglikelihood", {}, pair, at) for at, pair in enumerate(pairs)]
        )
        likely = asyncio.run(_likelihoods(model, prompts(asked), chains))
        exact = exact or [sum_ for sum_, _ in told]
        for way, sums in (
            ("ours", [one.logprob for one in likely]),
            ("theirs", [sum_ for sum_, _ in told]),
        ):
            off = [
                abs(one - right) / reply.tokens
                for one, right, reply in zip(sums, exact, likely, strict=True)
            ]
            column[f"log-probability off their float32's, {way}"] = sum(off) / len(off)
        table[dtype] = column
        del lm, model
    about = {
        "model": given.model.name,
        "processor": hardware()["processor"],
        "date": date.today().isoformat(),
    }
    about |= {"batch": given.batch, "load": round(os.getloadavg()[0], 1)}
    given.file.write_text(json.dumps({**about, "table": table}, indent=1) + "\n", encoding="utf-8")
    shown = Table("", *table)
    for row in table["float32"]:
        shown.add_row(row, *(f"{column[row]:.4g}" for column in table.values()))
    Console().print(shown)


if __name__ == "__main__":
    main()
