"""Measures and checks the engine on a GPU: one command, under 8 minutes, nothing downloaded.

python tests/benchmarks/gpu.py FILE.json [--device cuda] [--small]

Random weights in the shapes of known models, and the bundled model. It writes what it found, by shape:
the divergence of next-token distributions from float32 beside that of the library's own attention, a broken
row beside whole ones, memory that runs out on purpose, chains in other company, and tokens a second
against `generate` with more and more slots, with the share of time outside the model.
`--small` is the same with tiny shapes, for a processor.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from against import Numbers, Work, generated
from transformers import AutoConfig, AutoModelForCausalLM

from harness.engine.batch import Batch
from harness.engine.decode import Generation
from harness.engine.decoder import Decoder
from harness.problem import Reply
from harness.request import Request

SHAPES: dict[str, dict[str, Any]] = {
    "Qwen2.5-0.5B": {
        "model_type": "qwen2",
        "vocab_size": 151936,
        "hidden_size": 896,
        "intermediate_size": 4864,
        "num_hidden_layers": 24,
        "num_attention_heads": 14,
        "num_key_value_heads": 2,
        "tie_word_embeddings": True,
    },
    "Llama-3.2-1B": {
        "model_type": "llama",
        "vocab_size": 128256,
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_hidden_layers": 16,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "tie_word_embeddings": True,
    },
    "Llama-3.1-8B": {
        "model_type": "llama",
        "vocab_size": 128256,
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "tie_word_embeddings": False,
    },
}
TINY = {
    "tiny": {
        "model_type": "llama",
        "vocab_size": 1000,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
    }
}
REFERENCE = Path(__file__).parents[2] / "harness/reference/model"


def network(shape: dict[str, Any] | None, device: str) -> Any:
    """A model in bfloat16 with random weights, or the bundled one."""
    if shape is None:
        model = AutoModelForCausalLM.from_pretrained(REFERENCE, dtype=torch.bfloat16)
        return model.eval().to(device)
    settings = dict(shape)
    none = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": 0}
    config = AutoConfig.for_model(
        settings.pop("model_type"), max_position_embeddings=4096, **settings, **none
    )
    torch.manual_seed(0)
    with torch.device(device):
        return AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).eval()


def answers(decoder: Decoder, requests: Sequence[Request], rows: int) -> list[Reply]:
    """The replies of all requests, in their order."""
    generation = Generation(decoder, Numbers(), rows=rows)
    generation.add(requests)
    replies = dict(generation.replies())
    found = [replies[place] for place in range(len(requests))]
    for reply in found:
        if isinstance(reply, Exception):
            raise reply
    return [reply for reply in found if isinstance(reply, Reply)]


@torch.inference_mode()
def divergences(decoder: Decoder, plain: Any, tokens: int) -> dict[str, float]:
    """Mean KL of next-token distributions from float32, the engine's and the library's."""
    requests = Work(4, examples=200, question=60, tokens=tokens).requests()
    said = torch.randint(
        5, 700, (len(requests), tokens), generator=torch.Generator().manual_seed(1)
    )
    reads = decoder.read(requests)
    batch = Batch(decoder, reads[0], len(requests), 60 + tokens)
    for read in reads:
        batch.join(read, greedy=True)
    steps = [torch.stack([read.logits for read in reads])]
    steps += [batch.step(row.tolist()).float().clone() for row in said.T]
    ours = torch.stack(steps, 1).log_softmax(-1)
    prompts = torch.tensor([request.tokens for request in requests])
    ids = torch.cat([prompts, said], 1).to(plain.device)
    theirs = plain(input_ids=ids, logits_to_keep=tokens + 1).logits.float().log_softmax(-1)
    exact = plain.float()(input_ids=ids, logits_to_keep=tokens + 1).logits.log_softmax(-1)
    plain.to(torch.bfloat16)

    def divergence(found: torch.Tensor) -> float:
        return float((exact.exp() * (exact - found.to(exact.device))).sum(-1).mean())

    return {"KL, engine": divergence(ours), "KL, library": divergence(theirs)}


def broken_row(decoder: Decoder) -> dict[str, float]:
    """Of rows beside one with a broken prefix, how many come out otherwise than without it."""
    requests = Work(2, 4, examples=0, question=40).requests()
    whole = answers(decoder, requests, 8)
    read = decoder.read

    @torch.inference_mode()
    def breaking(some: Sequence[Request]) -> Any:
        reads = read(some)
        for request, one in zip(some, reads, strict=True):
            if request.tokens == requests[0].tokens:
                for keys, _ in one.rest.layers:
                    keys.fill_(math.nan)
        return reads

    patched: Any = decoder
    patched.read = breaking
    generation = Generation(decoder, Numbers(), rows=8)
    generation.add(requests)
    replies = dict(generation.replies())
    patched.read = read
    failed = sum(isinstance(replies[place], FloatingPointError) for place in range(4))
    changed = sum(getattr(replies[place], "text", "") != whole[place].text for place in range(4, 8))
    return {"broken rows that failed, of 4": failed, "neighbours that changed, of 4": changed}


def short_of_memory(decoder: Decoder, rows: int) -> dict[str, float]:
    """Rows side by side after memory ran out at more than a quarter of them; no reply is lost."""
    requests = Work(2, rows // 2, examples=100, question=40).requests()
    step = Batch.step

    def full(batch: Batch, tokens: Sequence[int]) -> torch.Tensor:
        if len(batch) > max(1, rows // 4):
            raise torch.OutOfMemoryError("on purpose")
        return step(batch, tokens)

    patched: Any = Batch
    patched.step = full
    try:
        answers(decoder, requests, rows)
    finally:
        patched.step = step
    return {"rows after memory ran out": decoder.limited(rows)}


def company(decoder: Decoder, paths: int) -> dict[str, float]:
    """Chains that were made again in other company, and that differed in any bit."""
    requests = Work(2, paths, examples=100).requests()
    together = answers(decoder, requests, 64)
    some = list(range(0, len(requests), 3))
    apart = answers(decoder, [requests[place] for place in some], 5)
    pairs = zip(some, apart, strict=True)
    differing = sum(
        (reply.text, reply.logprob) != (together[at].text, together[at].logprob)
        for at, reply in pairs
    )
    claimed = float(decoder.bitwise)
    return {"chains compared": len(some), "differing": differing, "bitwise claimed": claimed}


def speeds(decoder: Decoder, plain: Any, slots: Sequence[int], paths: int) -> dict[str, float]:
    """Tokens a second by slots, against `generate`, and the share of time outside the model."""
    found = {}
    forward, inside = decoder.model.forward, [0.0]

    def watched(*args: Any, **more: Any) -> Any:
        began = time.perf_counter()
        result = forward(*args, **more)
        if decoder.device.type == "cuda":
            torch.cuda.synchronize()
        inside[0] += time.perf_counter() - began
        return result

    for rows in slots:
        requests = Work(max(1, rows // paths), min(rows, paths)).requests()
        decoder.model.forward = watched
        inside[0], began = 0.0, time.perf_counter()
        tokens = sum(reply.tokens for reply in answers(decoder, requests, rows))
        seconds = time.perf_counter() - began
        decoder.model.forward = forward
        found[f"tokens/s, {rows} slots"] = tokens / seconds
        found[f"outside the model, {rows} slots"] = 1 - inside[0] / seconds
    found["tokens/s, generate"] = generated(plain, Work(1, paths).requests())
    return found


def main() -> None:
    """Measure each shape and write what was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--small", action="store_true")
    asked = parser.parse_args()
    shapes: dict[str, dict[str, Any] | None] = dict(TINY if asked.small else SHAPES)
    if not asked.small:
        shapes["reference"] = None
    slots, paths = ((4,), 4) if asked.small else ((32, 128, 320, 1024), 40)
    gpu = asked.device.startswith("cuda")
    about = {"device": torch.cuda.get_device_name(asked.device) if gpu else asked.device}
    results: dict[str, Any] = {**about, "torch": torch.__version__, "small": asked.small}
    for name, shape in shapes.items():
        began = time.perf_counter()
        plain = network(shape, asked.device)
        found: dict[str, float] = {}
        decoder = Decoder(network(shape, asked.device))
        found |= divergences(decoder, plain, 8 if asked.small else 64)
        found |= broken_row(decoder)
        found |= company(decoder, paths)
        found |= speeds(decoder, plain, slots, paths)
        found |= short_of_memory(decoder, 8 if asked.small else 64)  # it stays lowered: the last
        found["seconds"] = time.perf_counter() - began
        results[name] = found
        asked.file.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        print(name, json.dumps(found, indent=1), flush=True)
        del plain, decoder
        if gpu:
            torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
