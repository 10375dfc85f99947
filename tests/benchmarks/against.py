"""The rows of work by which the engine is held against what a user would take instead.

Prompts are random tokens of one length; chains have lengths that are the same for all ways. A way gives
units a second, or None where it has no such thing. Peers that are slow do a part: rates are compared.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peers import MARK
from transformers import StoppingCriteria

from harness.engine.answering import answered
from harness.engine.decoder import Decoder
from harness.problem import Reply
from harness.request import GenerationSettings, Request, never


class Numbers:
    """A vocabulary whose words are numbers, and which has no end token."""

    ends = frozenset[int]()

    def decode(self, tokens: Sequence[int]) -> str:
        return " ".join(map(str, tokens))

    def continuation(self, prompt: Sequence[int], tokens: Sequence[int]) -> str:
        return self.decode(tokens)


@dataclass(frozen=True)
class Work:
    """A row of the table: `examples` shared tokens, then `question` tokens, and what is asked."""

    problems: int
    paths: int = 1
    examples: int = 760
    question: int = 60
    tokens: int = 96
    given: tuple[int, int] | None = None
    """The least and the most tokens of a continuation whose likelihood is asked."""

    def requests(self, *, part: int | None = None) -> list[Request]:
        """What is asked; of `part` problems only where peers are slow."""
        chance = torch.Generator().manual_seed(0)

        def numbers(count: int) -> tuple[int, ...]:
            return tuple(torch.randint(5, 700, (count,), generator=chance).tolist())

        shared = numbers(self.examples)
        asked = []
        for _ in range(part or self.problems):
            prompt = (*shared, *numbers(self.question))
            for path in range(self.paths):
                length = int(torch.randint(64, 129, (), generator=chance))
                sampled = self.paths > 1 and self.given is None
                settings = (
                    GenerationSettings(0.7, max_tokens=length)
                    if sampled
                    else GenerationSettings(max_tokens=1 if self.given else self.tokens)
                )
                given: tuple[int, ...] = ()
                if self.given:
                    low, high = self.given
                    given = numbers(int(torch.randint(low, high + 1, (), generator=chance)))
                asked.append(Request("", prompt, settings, 0, path, self.examples, given))
        return asked


WORKS = {
    "self-consistency, 40 paths, 8 problems": Work(8, 40),
    "self-consistency, 5 paths, 8 problems": Work(8, 5),
    "greedy, 200 problems with examples": Work(200),
    "greedy, 32 problems with examples": Work(32),
    "greedy, 20 problems without": Work(20, examples=0, tokens=64),
    "one problem, one path": Work(1),
    "choice by likelihood, 200 problems": Work(200, 5, given=(2, 6)),
    "likelihood of 24 solutions": Work(24, examples=0, question=300, given=(100, 200)),
}
SMALL = {
    "self-consistency, small": Work(2, 3, examples=40, question=10),
    "greedy, small": Work(3, examples=40, question=10, tokens=8),
    "choice, small": Work(2, 3, examples=40, question=10, given=(2, 4)),
}


def units(requests: Sequence[Request]) -> int:
    """Tokens that are generated, or continuations that are scored."""
    return sum(1 if one.given else one.settings.max_tokens for one in requests)


def ours(decoder: Decoder, requests: Sequence[Request]) -> float:
    """The engine's units a second."""
    left = [requests]
    began = time.perf_counter()

    def arrivals() -> Sequence[Request]:
        return left.pop() if left else ()

    for _, reply in answered(decoder, Numbers(), arrivals, rows=320, stopped=never):
        assert isinstance(reply, Reply), reply
    return units(requests) / (time.perf_counter() - began)


class Lengths(StoppingCriteria):
    """Ends each row after a number of tokens of its own."""

    def __init__(self, prompt: int, lengths: Sequence[int]) -> None:
        self.ends = torch.tensor(lengths) + prompt

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: object) -> torch.Tensor:
        return input_ids.shape[1] >= self.ends.to(input_ids.device)


def generated(model: Any, requests: Sequence[Request]) -> float:
    """Tokens a second of transformers' `generate` for one batch of prompts of equal length."""
    lengths = [request.settings.max_tokens for request in requests]
    ids = torch.tensor([request.tokens for request in requests], device=model.device)
    copies = len(requests) // len({request.tokens for request in requests})
    sampled: dict[str, Any] = {"do_sample": False}
    if copies > 1:
        sampled = {"do_sample": True, "temperature": 0.7, "top_k": 0}
        sampled["num_return_sequences"] = copies
        ids = ids[::copies]
    began = time.perf_counter()
    model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=max(lengths),
        stopping_criteria=[Lengths(ids.shape[1], lengths)],
        eos_token_id=None,
        pad_token_id=0,
        **sampled,
    )
    return units(requests) / (time.perf_counter() - began)


@torch.inference_mode()
def scored(model: Any, requests: Sequence[Request]) -> float:
    """Continuations a second of the plain forward pass, one after the other."""
    began = time.perf_counter()
    for request in requests:
        given = list(request.given)
        ids = torch.tensor([[*request.tokens, *given[:-1]]], device=model.device)
        logits = model(input_ids=ids, logits_to_keep=len(given)).logits[0].float()
        chosen = torch.tensor(given, device=logits.device)[:, None]
        float(logits.log_softmax(-1).gather(-1, chosen).sum())
    return units(requests) / (time.perf_counter() - began)


def generate(model: Any, work: Work, batches: Sequence[int] = (8, 32)) -> float:
    """The best rate of the library: its plain forward pass, or `generate` over sizes of a batch."""
    if work.given:
        return scored(model, work.requests(part=min(work.problems, 4)))
    if work.paths > 1:
        return generated(model, work.requests(part=1))
    sizes = [size for size in batches if size < work.problems] + [min(work.problems, batches[-1])]
    return max(generated(model, work.requests(part=size)) for size in dict.fromkeys(sizes))


class Peer:
    """Another program, which peers.py has in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.version = json.loads(self._marked())

    def rate(self, work: Work) -> float | None:
        """Tokens a second; None where it does no such work. All paths have the mean length."""
        if work.given:
            return None
        requests = work.requests()[:: work.paths]
        tokens = work.tokens  # the mean of the lengths that are drawn, too
        asked = [{"prompt": one.tokens, "tokens": tokens, "paths": work.paths} for one in requests]
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return float(self._marked())

    def _marked(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(MARK):
                return line.removeprefix(MARK).strip()
        raise SystemExit(f"{self._process.args!r}: it ended with {self._process.wait()}")


@contextmanager
def opened(name: str, python: Path, model: Path) -> Iterator[Peer]:
    """A peer that has loaded a model."""
    script = Path(__file__).with_name("peers.py")
    process = subprocess.Popen(
        [str(python), str(script), name, str(model)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Peer(process)
    finally:
        process.kill()
        process.wait()


def compared(
    load: Callable[[], Any],
    works: dict[str, Work],
    *,
    plain: bool = True,
    peers: Mapping[str, Path] = {},
    model: Path = Path(),
    rounds: int = 1,
) -> dict[str, list[dict[str, float]]]:
    """Rounds of each work, all ways in turn: units a second by work and way.

    `load` gives the model anew: the engine packs the weights of its own. `plain` is transformers;
    `peers` are other programs, with the Python that has them, which load the folder `model`.
    """
    threads = torch.get_num_threads()
    library = load() if plain else None
    decoder = Decoder(load())
    ours(
        decoder, Work(1, examples=8, question=8, tokens=2).requests()
    )  # what is tried, is tried now
    found: dict[str, list[dict[str, float]]] = {name: [] for name in works}
    with ExitStack() as going:
        others = {
            name: going.enter_context(opened(name, python, model)) for name, python in peers.items()
        }
        for name, work in works.items():
            for _ in range(rounds):
                rates: dict[str, float | None] = {"engine": ours(decoder, work.requests())}
                torch.set_num_threads(threads)  # the engine left as many as it found best
                if library is not None:
                    rates["generate"] = generate(library, work)
                for label, peer in others.items():
                    rates[f"{label} {peer.version}"] = peer.rate(work)
                found[name].append({way: rate for way, rate in rates.items() if rate is not None})
    return found
