"""Measures how a large log of Inspect's is scored: a `.eval` archive made for the purpose.

python -m tests.benchmarks.archive [GIGABYTES] [FILE.json]

Every sample has a text of some 2,000 characters, an image, and some 600 KB of events, as an agent's has;
four epochs of each problem. It is scored as a finished log, and as one that was stopped, whose samples
have to be read to their ends. Prints the size of the archive, wall time, the time of all processors,
and the peak resident memory of all processes together.
"""

from __future__ import annotations

import base64
import json
import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from tests.benchmarks.scoring import measured
from tests.interop.archive import write

EPOCHS = 4
IMAGE, EVENTS = 110_000, 300
"""Bytes of the image of a sample, and its events of about 2 KB each."""

WORDS = "the agent looks at page and then counts boxes pens stamps shells until it finds more of them".split()


def paragraphs(rng: Random) -> list[str]:
    """Texts that events are made of."""
    return [" ".join(rng.choice(WORDS) for _ in range(rng.randint(200, 500))) for _ in range(3000)]


def sample(rng: Random, number: int, epoch: int, texts: list[str]) -> dict[str, Any]:
    """A sample with the fields that Inspect writes, in its order."""
    answer = number % 900 if rng.random() < 0.7 else rng.randint(0, 900)
    said = f"{rng.choice(texts)} So there are {answer}.\n\nANSWER: {answer}"
    message = {"id": f"m{rng.random()}", "content": said, "source": "generate", "role": "assistant"}
    image = base64.b64encode(rng.randbytes(IMAGE)).decode()
    events = [
        {"event": "model", "span_id": f"s{place}", "output": rng.choice(texts), "pending": False}
        for place in range(EVENTS)
    ]
    return {
        "id": number, "epoch": epoch, "input": f"How many are there in picture {number}?",
        "target": str(number % 900), "messages": [{"role": "user", "content": "attachment://image"}],
        "output": {
            "model": "made/up", "choices": [{"message": message, "stop_reason": "stop"}],
            "usage": {"input_tokens": 90, "output_tokens": 400, "total_tokens": 490},
        },
        "scores": {"match": {"value": "C", "answer": str(answer)}}, "metadata": {}, "store": {},
        "events": events, "attachments": {"image": f"data:image/png;base64,{image}"},
    }  # fmt: skip


def members(samples: int, finished: bool = True) -> Iterator[tuple[str, bytes]]:
    """The members of an archive, in the order in which Inspect writes them."""
    rng = Random(0)
    texts = paragraphs(rng)
    spec = {"version": 2, "eval": {"task": "pictures", "model": "made/up"}, "plan": {}}
    yield "_journal/start.json", json.dumps(spec).encode()
    for epoch in range(1, EPOCHS + 1):
        for number in range(1, samples // EPOCHS + 1):
            content = json.dumps(sample(rng, number, epoch, texts), indent=2)
            yield f"samples/{number}_epoch_{epoch}.json", content.encode()
    numbers = [
        (number, epoch)
        for epoch in range(1, EPOCHS + 1)
        for number in range(1, samples // EPOCHS + 1)
    ]
    if finished:
        told = [{"id": number, "epoch": epoch, "completed": True} for number, epoch in numbers]
        yield "summaries.json", json.dumps(told).encode()
        yield "header.json", json.dumps(spec | {"status": "success", "results": {}}).encode()


def processor_seconds() -> float:
    """What all processes that were started and have ended spent on processors."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main(gigabytes: float, output: str | None) -> None:
    """Make the archive, score it, and tell what that took."""
    harness = str(Path(sys.executable).parent / "harness")
    figures: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "made.eval"
        each = write(file, members(EPOCHS)).stat().st_size / EPOCHS
        samples = int(gigabytes * 1e9 / each) // EPOCHS * EPOCHS
        for finished in (True, False):
            size = write(file, members(samples, finished)).stat().st_size
            run = f"{folder}/{'finished' if finished else 'stopped'}"
            before = processor_seconds()
            seconds, peak = measured([harness, "score", str(file), "-o", run])
            spent = processor_seconds() - before
            made = {"bytes": size, "samples": samples, "finished": finished}
            took = {"seconds": seconds, "processor_seconds": spent, "peak_bytes": peak}
            figures.append(made | took)
            print(
                f"{size / 1e9:.2f} GB, {samples:,} samples, {Path(run).name}: {seconds:.0f} s, "
                f"{spent:.0f} s of processors, at most {peak / 1e6:.0f} MB of memory",
                flush=True,
            )
    if output:
        Path(output).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(float((sys.argv[1:] or ["3"])[0]), sys.argv[2] if len(sys.argv) > 2 else None)
