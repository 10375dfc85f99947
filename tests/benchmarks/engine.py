"""Measures the engine against other ways to do the same work, one round of one work at a time.

python tests/benchmarks/engine.py WORK FILE.json [--shape smollm2|qwen2|reference] [--quick]

python tests/benchmarks/engine.py against FILE.json --model FOLDER [--against generate,vllm] [--only TEXT]
    [--python vllm=PYTHON] [--rounds 3]

WORK is `paths`, `batch`, `hf`, `greedy`, `choice`, `step`, `memory`, `bits`, `growth`, `table` or `plot`. Each call
adds one round, all ways of a work in turn, to FILE.json; `table` prints medians over the rounds and their ratios,
`plot` draws the rounds of `growth` beside it, as FILE.png and FILE.svg. `against` does the works of against.py
with real weights; it names the processor and the load of the machine when it began. Peers are `generate`
(transformers), `vllm`, `openvino` and `llama.cpp`, these three by the Python of an environment that has them.
`hf`, `greedy` and `choice` need lm-evaluation-harness (pip install lm-eval). Models have random weights,
900 tokens of worked examples and 60 of question; chains have 64 to 128 tokens, the same for all ways where
they can be told, else 96. Ways that take minutes for each problem do fewer problems: rates are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from against import SMALL, Lengths, Numbers, compared
from against import WORKS as ROWS
from rich.console import Console
from rich.table import Table
from transformers import AutoModelForCausalLM, GenerationConfig

from harness.engine.batch import Batch
from harness.engine.decode import Generation
from harness.engine.decoder import Decoder
from harness.engine.likelihood import likelihoods
from harness.models.local import Local
from harness.problem import Reply
from harness.report.pictures import Picture, write
from harness.report.pictures.picture import panel, panels
from harness.request import GenerationSettings, Request, never
from harness.running.provenance import hardware

EXAMPLES, QUESTION, PATHS, MEAN = 900, 60, 40, 96
SHAPES: dict[str, dict[str, Any]] = {
    "smollm2": {
        "model_type": "llama",
        "vocab_size": 49152,
        "hidden_size": 576,
        "intermediate_size": 1536,
        "num_hidden_layers": 30,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "tie_word_embeddings": True,
    },
    "qwen2": {
        "model_type": "qwen2",
        "vocab_size": 151936,
        "hidden_size": 896,
        "intermediate_size": 4864,
        "num_hidden_layers": 24,
        "num_attention_heads": 14,
        "num_key_value_heads": 2,
        "tie_word_embeddings": True,
    },
}


def network(shape: str) -> Any:
    """A model in bfloat16, with random weights, or the bundled one."""
    if shape == "reference":
        folder = Path(__file__).parents[2] / "harness/reference/model"
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()
    from transformers import AutoConfig

    torch.manual_seed(0)
    settings = dict(SHAPES[shape])
    family = settings.pop("model_type")
    none = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": 0}
    config = AutoConfig.for_model(family, max_position_embeddings=4096, **settings, **none)
    return AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).eval()


def prompts(count: int, examples: int = EXAMPLES) -> list[tuple[int, ...]]:
    """Token ids that both the models and the bundled tokenizer have."""
    chance = random.Random(0)
    shared = tuple(chance.randrange(5, 700) for _ in range(examples))
    return [(*shared, *(chance.randrange(5, 700) for _ in range(QUESTION))) for _ in range(count)]


def chains(problems: int, paths: int, *, shared: int = EXAMPLES) -> list[Request]:
    """All paths of all problems, of 64 to 128 tokens each."""
    chance = random.Random(1)
    return [
        Request(
            "",
            tokens,
            GenerationSettings(0.7, max_tokens=chance.randrange(64, 129)),
            0,
            path,
            shared,
        )
        for tokens in prompts(problems, shared)
        for path in range(paths)
    ]


def generated(decoder: Decoder, requests: Sequence[Request], rows: int) -> dict[int, Any]:
    """The replies by the number of their request."""
    generation = Generation(decoder, Numbers(), rows=rows)
    generation.add(requests)
    return dict(generation.replies())


def timed(work: Callable[[], int]) -> float:
    """Units of work per second."""
    began = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - began)


def ours(model: Any, requests: Sequence[Request], rows: int = 320) -> float:
    """Tokens per second of the engine, which is made anew: nothing is read or tried before."""
    plain = model.config._attn_implementation
    try:
        decoder = Decoder(model)

        def run() -> int:
            replies = generated(decoder, requests, rows)
            assert all(isinstance(reply, Reply) for reply in replies.values())
            return sum(reply.tokens for reply in replies.values() if isinstance(reply, Reply))

        return timed(run)
    finally:
        model.set_attn_implementation(plain)


def generate(model: Any, requests: Sequence[Request]) -> float:
    """Tokens per second of `generate(num_return_sequences=...)` for one problem."""
    lengths = [request.settings.max_tokens for request in requests]
    ids = torch.tensor([requests[0].tokens])

    def run() -> int:
        model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            do_sample=True,
            temperature=0.7,
            top_k=0,
            num_return_sequences=len(requests),
            max_new_tokens=max(lengths),
            stopping_criteria=[Lengths(ids.shape[1], lengths)],
        )
        return sum(lengths)

    return timed(run)


def generate_batch(model: Any, requests: Sequence[Request]) -> float:
    """Tokens per second of transformers' continuous batching; every chain has the mean length."""
    settings = GenerationConfig(
        do_sample=True, temperature=0.7, top_k=0, max_new_tokens=MEAN, pad_token_id=0
    )

    def run() -> int:
        found = model.generate_batch(
            inputs=[list(request.tokens) for request in requests], generation_config=settings
        )
        return sum(len(one.generated_tokens) for one in found.values())

    return timed(run)


def backend(model: Any, batch: int) -> Any:
    """lm-evaluation-harness's `hf` backend around a model that is there."""
    kind = import_module("lm_eval.models.huggingface").HFLM
    return kind(pretrained=model, tokenizer=Local("reference").tokens._tokenizer, batch_size=batch)


def instances(kind: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """What that backend is asked by."""
    instance = import_module("lm_eval.api.instance").Instance
    return [
        instance(request_type=kind, doc={}, arguments=one, idx=place)
        for place, one in enumerate(arguments)
    ]


def texts(count: int) -> list[str]:
    """Prompts as text."""
    tokens = Local("reference").tokens
    return [tokens.decode(ids) for ids in prompts(count)]


def hf_generation(model: Any, batch: int, count: int, copies: int, temperature: float) -> float:
    """Chains per second of the `hf` backend, each of the mean length."""
    sampled = {"do_sample": True, "temperature": temperature} if temperature else {}
    settings = {"until": ["\0"], "max_gen_toks": MEAN, **sampled}
    asked = [(text, dict(settings)) for text in texts(count) for _ in range(copies)]
    lm = backend(model, batch)
    return timed(lambda: len(lm.generate_until(instances("generate_until", asked), True)))


def paths(model: Any, quick: bool) -> dict[str, float]:
    """Self-consistency, tokens per second."""
    requests = chains(1 if quick else 20, 8 if quick else PATHS)
    found = {"generate": generate(model, requests[: 8 if quick else PATHS])}
    return {**found, "engine": ours(model, requests)}


def batch(model: Any, quick: bool) -> dict[str, float]:
    """Self-consistency against continuous batching, tokens per second."""
    requests = chains(1 if quick else 8, 8 if quick else PATHS)
    found = {"generate_batch": generate_batch(model, requests[:8])}
    return {**found, "engine": ours(model, requests)}


def hf(model: Any, quick: bool) -> dict[str, float]:
    """Self-consistency against the `hf` backend, tokens per second."""
    found = {
        f"hf, batch {size}": hf_generation(model, size, 1, size, 0.7) * MEAN
        for size in ((4,) if quick else (8, 16))
    }
    return {**found, "engine": ours(model, chains(1 if quick else 8, 8 if quick else PATHS))}


def greedy(model: Any, quick: bool) -> dict[str, float]:
    """Greedy chain of thought, chains per second."""
    count = 4 if quick else 200
    found = {
        f"hf, batch {size}": hf_generation(model, size, size, 1, 0.0)
        for size in ((4,) if quick else (8, 16))
    }
    asked = [
        Request("", tokens, GenerationSettings(max_tokens=MEAN), shared=EXAMPLES)
        for tokens in prompts(count)
    ]
    return {**found, "engine": ours(model, asked) / MEAN}


def choice(model: Any, quick: bool) -> dict[str, float]:
    """Multiple choice by likelihood, five choices of a few tokens, problems per second."""
    problems, choices = (2, 5) if quick else (4, 5)
    endings = [" " + "abcde"[number] * (number + 2) for number in range(choices)]
    asked = [(text, ending) for text in texts(problems) for ending in endings]
    found = {}
    for size in (8,) if quick else (20,):
        lm = backend(model, size)
        found[f"hf, batch {size}"] = timed(
            lambda lm=lm: len(lm.loglikelihood(instances("loglikelihood", asked), True)) // choices  # type: ignore[misc]
        )
    tokens = Local("reference").tokens
    given = [tokens.given("", ending) for ending in endings]
    requests = [
        Request("", ids, GenerationSettings(max_tokens=1), 0, path, EXAMPLES, one)
        for ids in prompts(problems if quick else 200)
        for path, one in enumerate(given)
    ]
    plain = model.config._attn_implementation
    decoder = Decoder(model)
    found["engine"] = timed(
        lambda: len(dict(likelihoods(decoder, Numbers(), requests, never))) // choices
    )
    model.set_attn_implementation(plain)
    return found


def step(model: Any, quick: bool) -> dict[str, float]:
    """One step of all rows: seconds, its floor, and the share of a run outside the forward pass."""
    rows = 64 if quick else 320
    requests = chains(1 if quick else 8, rows // (1 if quick else 8))
    inside: list[float] = []
    forward = model.forward

    def watched(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        result = forward(*args, **kwargs)
        inside.append(time.perf_counter() - began)
        return result

    decoder = Decoder(model)
    batch = Batch(decoder, decoder.read(requests[:1])[0], rows, 192)
    for request in requests[:rows]:
        batch.join(decoder.read([request])[0], greedy=False)
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        batch.step([7] * rows)
        seconds.append(time.perf_counter() - began)
    model.forward = watched
    began = time.perf_counter()
    replies = generated(decoder, requests, rows)
    total = time.perf_counter() - began
    model.forward = forward
    assert len(replies) == len(requests)
    return {
        "step, seconds": statistics.median(seconds),
        "floor, seconds": floor(model, rows, EXAMPLES),
        "outside, share": 1 - sum(inside) / total,
        "peak memory, GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def floor(model: Any, rows: int, prefix: int) -> float:
    """Seconds for the matrix products of a step at the measured rate, or for reading what it reads.

    The products: of all weights with all rows, and of queries with the prefix's keys and values.
    """
    x, w = torch.randn(rows, 1024).bfloat16(), torch.randn(1024, 1024).bfloat16()
    multiplied = 2 * rows * 1024**2

    def multiply() -> int:
        return sum(multiplied for _ in range(50) if (x @ w).shape)

    rate = max(timed(multiply) for _ in range(3))
    source, target = torch.ones(2**26), torch.empty(2**26)
    bandwidth = max(timed(lambda: 2 * target.copy_(source).nbytes) for _ in range(5))
    config = model.config
    weights: int = sum(p.numel() for p in model.parameters())
    width = config.hidden_size * config.num_hidden_layers
    products = 2 * rows * weights + 4 * rows * prefix * width
    kept = config.num_key_value_heads * config.hidden_size // config.num_attention_heads
    columns = 4 * kept * config.num_hidden_layers * (prefix + rows * (QUESTION + 50))
    return float(max(products / rate, (2 * weights + columns) / bandwidth))


def memory(model: Any, quick: bool) -> dict[str, float]:
    """Peak resident memory in GB of self-consistency, each way in a process of its own."""
    found = {}
    for way in ("generate", "engine"):
        alone = get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=alone) as pool:
            found[way] = pool.submit(_peak, way, model.config.model_type, quick).result()
    return found


def _peak(way: str, family: str, quick: bool) -> float:
    shape = next(name for name, one in SHAPES.items() if one["model_type"] == family)
    model, requests = network(shape), chains(1 if quick else 20, 8 if quick else PATHS)
    if way == "generate":  # one problem after the other: the first tells for all
        generate(model, requests[: 8 if quick else PATHS])
    else:
        ours(model, requests)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def bits(model: Any, quick: bool) -> dict[str, float]:
    """Chains that were compared, and that differed in any bit, alone and in other company."""
    count = 8 if quick else PATHS
    requests = chains(2 if quick else 8, count)
    decoder, chance = Decoder(model), random.Random(2)

    def run(places: Sequence[int], rows: int = 320, steps: int = 2**62) -> dict[int, object]:
        left = iter(range(steps))
        asked = [requests[place] for place in places]
        going = Generation(decoder, Numbers(), rows=rows, stopped=lambda: next(left, None) is None)
        going.add(asked)
        return {places[at]: decided(reply) for at, reply in going.replies()}

    every = list(range(len(requests)))
    whole, found = run(every), {}
    some = sorted(chance.sample(every, len(every) // 4))
    cut = run(every, steps=150)
    companies = {
        "backwards": run(every[::-1]),
        "shuffled quarter": run(chance.sample(some, len(some))),
        "one problem alone": run(every[:count]),
        "interrupted and resumed": cut | run([place for place in every if place not in cut]),
        "64 rows at most": run(some, rows=64),
    }
    for company, replies in companies.items():
        found[f"compared, {company}"] = float(len(replies))
        found[f"differed, {company}"] = float(
            sum(replies[place] != whole[place] for place in replies)
        )
    return found


def decided(reply: Reply | Exception) -> object:
    """All of a reply but the time that it took."""
    assert isinstance(reply, Reply)
    return reply.text, reply.finish, reply.tokens, reply.logprob


def growth(model: Any, quick: bool) -> dict[str, float]:
    """Tokens per second against paths, prefix length and rows."""
    found = {}
    for count in (1, 40) if quick else (1, 5, 10, 20, 40, 100):
        found[f"paths {count}"] = ours(model, chains(2, count))
    for examples in (0, 900) if quick else (0, 250, 500, 1000, 2000):
        found[f"prefix {examples}"] = ours(model, chains(2, 20, shared=examples))
    for rows in (16, 40) if quick else (16, 32, 40, 120, 320):
        found[f"rows {rows}"] = ours(model, chains(max(1, rows // PATHS), min(rows, PATHS)), rows)
    return found


WORKS = {
    work.__name__: work for work in (paths, batch, hf, greedy, choice, step, memory, bits, growth)
}


def against(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """Rounds of the works of against.py, with the load of the machine before them."""
    load, folder = os.getloadavg()[0], asked.model
    works = SMALL if asked.quick else ROWS
    chosen = {name: work for name, work in works.items() if asked.only in name}
    names = [name for name in asked.against.split(",") if name]
    pythons = dict(one.split("=", 1) for one in asked.python)
    if missing := set(names) - {"generate"} - set(pythons):
        raise SystemExit(f"--python {missing.pop()}=PYTHON is missing: an environment that has it")

    def network() -> Any:
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()

    about = {"shape": folder.name, "processor": hardware()["processor"], "load": round(load, 1)}
    about |= {"threads": torch.get_num_threads(), "date": date.today().isoformat()}
    about |= {"quick": asked.quick}
    found = compared(
        network,
        chosen,
        plain="generate" in names,
        peers={name: Path(pythons[name]) for name in names if name != "generate"},
        model=folder,
        rounds=asked.rounds,
    )
    return [
        {"work": work, **about, "found": ways} for work, rounds in found.items() for ways in rounds
    ]


def table(rounds: Sequence[dict[str, Any]]) -> Table:
    """Medians over the rounds of each work, and the engine's ratio to each way."""
    shown = Table("shape", "work", "way", "rounds", "median", "engine against it")
    for shape, work in sorted({(one["shape"], one["work"]) for one in rounds}):
        found = [one["found"] for one in rounds if (one["shape"], one["work"]) == (shape, work)]
        for way in found[0]:
            values = [one[way] for one in found if way in one]
            ratios = [one["engine"] / one[way] for one in found if "engine" in one and way in one]
            ratio = f"{statistics.median(ratios):.1f}x" if ratios and way != "engine" else ""
            median = f"{statistics.median(values):,.3g}"
            shown.add_row(shape, work, way, str(len(values)), median, ratio)
    return shown


AXES = {"paths": "paths", "prefix": "tokens that prompts share", "rows": "rows"}


def plot(rounds: Sequence[dict[str, Any]], name: str) -> Picture:
    """What `growth` measured: the median over the rounds, and a line from the least to the most."""
    found = [one for one in rounds if one["work"] == "growth" and not one["quick"]]
    if not found:
        raise SystemExit("there is no full round of `growth` in this file: nothing to draw")
    data = []
    for shape in dict.fromkeys(one["shape"] for one in found):
        own = [one["found"] for one in found if one["shape"] == shape]
        for way in dict.fromkeys(way for one in own for way in one):
            rates = [one[way] for one in own if way in one]
            axis, place = way.split()
            middle, ends = statistics.median(rates), {"least": min(rates), "most": max(rates)}
            known = {"axis": axis, "place": int(place), "rounds": len(rates), "shape": shape}
            data.append({**known, "median": middle, **ends})
    made = [_growth(axis, [one for one in data if one["axis"] == axis]) for axis in AXES]
    spec = {**panels(made), "columns": len(made)}
    return Picture(name, "Tokens per second", "Medians and ranges over the rounds.", spec)


def _growth(axis: str, data: Sequence[dict[str, Any]]) -> dict[str, Any]:
    places = sorted({one["place"] for one in data})
    # no shared tokens at all have no logarithm
    scale = {"type": "linear" if axis == "prefix" else "log", "nice": False, "padding": 12}
    x = {"field": "place", "type": "quantitative", "scale": scale, "title": AXES[axis]}
    x["axis"] = {"values": places, "grid": False, "format": ",d"}
    y = {"field": "median", "type": "quantitative", "scale": {"domainMin": 0}, "title": None}
    colour = {"field": "shape", "type": "nominal", "title": None}
    layers = [
        {
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {"x": x, "y": y | {"field": "least"}, "y2": {"field": "most"}},
        },
        {"mark": {"type": "line", "point": True}, "encoding": {"x": x, "y": y}},
    ]
    layers = [{**one, "encoding": {**one["encoding"], "color": colour}} for one in layers]
    most = max((one["rounds"] for one in data), default=0)
    under = f"median and range over {most} rounds" if most > 1 else "one round"
    return dict(panel(f"tokens/s against {AXES[axis]}", data, layers, under=under, height=220))


def main() -> None:
    """Add a round to the file, or print what is in it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=[*WORKS, "against", "table", "plot"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--shape", default="smollm2", choices=[*SHAPES, "reference"])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--against", default="generate", help="peers, with commas between")
    parser.add_argument("--python", action="append", default=[], metavar="PEER=PYTHON")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", default="", help="works with this in their name")
    asked = parser.parse_args()
    rounds = json.loads(asked.file.read_text(encoding="utf-8")) if asked.file.exists() else []
    if asked.work == "plot":
        print(*write([plot(rounds, asked.file.stem)], asked.file.parent))
        return
    if asked.work == "against":
        if asked.model is None:
            raise SystemExit("--model is missing: name the folder of a model")
        rounds += against(asked)
        asked.file.write_text(json.dumps(rounds, indent=1) + "\n", encoding="utf-8")
    elif asked.work != "table":
        found = WORKS[asked.work](network(asked.shape), asked.quick)
        about = {"work": asked.work, "shape": asked.shape, "threads": torch.get_num_threads()}
        rounds.append({**about, "quick": asked.quick, "found": found})
        asked.file.write_text(json.dumps(rounds, indent=1) + "\n", encoding="utf-8")
    Console().print(table(rounds))


if __name__ == "__main__":
    main()
