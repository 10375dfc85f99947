"""Trains the bundled reference model from nothing, on the training streams of our own generators.

    python -m harness.reference.train --tokens 40_000_000 --checkpoints checkpoints --log training.jsonl
    python -m harness.reference.train --checkpoints checkpoints --export harness/reference/model

The first command writes a checkpoint every few minutes and goes on from the last one when it is given
again, with a larger `--tokens` if there is time for more: the learning rate is constant after a warm-up and
falls only over the last part. `--start FOLDER` begins with an exported model instead of nothing, to teach it
formats that were not there. The second command writes what is there as bf16 safetensors with configuration
and tokenizer. On a GPU the same commands use it.
"""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path
from typing import Any

import click
import jsonlines
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from harness.reference import batches, corpus, tokens
from harness.reference.batches import IGNORED, Batch, Rows
from harness.reference.network import Network, Shape

VOCABULARY_DOCUMENTS = 30_000
VOCABULARY_MULTIPLE = 64
BATCHES = (Rows("long", 6, 1344), Rows("short", 32, 256))
"""What one optimizer step sees: few-shot rows longer than any prompt of ours, and packed short documents."""
WARMUP_STEPS = 150
FALLING = 0.3
"""The last part of the budget, over which the learning rate falls to nearly nothing."""
CLIP = 1.0
EMBEDDING = "model/embed_tokens/weight"


def tokenizer_of(seed: int) -> PreTrainedTokenizerFast:
    """The tokenizer that belongs to a seed."""
    texts = corpus.sample_texts(random.Random(f"{seed}/vocabulary"), VOCABULARY_DOCUMENTS)
    return tokens.build(texts, corpus.SPELLED_NAMES)


def shape_of(tokenizer: PreTrainedTokenizerFast) -> Shape:
    """The model's size, its vocabulary rounded up to a multiple that products like."""
    return Shape(vocabulary=-(-len(tokenizer) // VOCABULARY_MULTIPLE) * VOCABULARY_MULTIPLE)


def rate(done: int, budget: int, step: int, peak: float) -> float:
    """Learning rate: linear warm-up, constant, then linear to a hundredth over the last part of the budget."""
    left = max(1 - done / budget, 0.0)
    return peak * min((step + 1) / WARMUP_STEPS, max(left / FALLING, 0.01), 1.0)


def loss(network: Network, batch: Batch) -> Tensor:
    """Mean cross-entropy in nats over the learned positions of a batch."""
    mask = None if batch.documents is None else batches.mask(batch.documents)
    hidden = network(batch.tokens, batch.positions, mask).flatten(0, 1)[batch.places]
    summed = functional.cross_entropy(
        network.logits(hidden).float(), batch.targets, ignore_index=IGNORED, reduction="sum"
    )
    # documents that are cut before anything is learned can fill a small batch: its mean is no number
    return summed / (batch.targets != IGNORED).sum().clamp(min=1)


class Training:
    """A training run: the network, its optimizer, and how far they are."""

    def __init__(self, seed: int, peak: float, device: torch.device, checkpoints: Path) -> None:
        self.seed, self.peak, self.device = seed, peak, device
        # Kept beside the checkpoint: a later corpus may count its words otherwise.
        words = checkpoints / "tokenizer"
        if not words.exists():
            tokenizer_of(seed).save_pretrained(words)
        self.tokenizer = PreTrainedTokenizerFast.from_pretrained(words)
        self.network = Network(shape_of(self.tokenizer), seed).to(device)
        matrices = [p for p in self.network.parameters() if p.dim() > 1]
        scales = [p for p in self.network.parameters() if p.dim() == 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": 0.05}, {"params": scales, "weight_decay": 0.0}],
            lr=peak,
            betas=(0.9, 0.98),
            fused=True,
        )
        self.step = self.done = 0
        self.seconds = 0.0

    def start(self, folder: Path) -> None:
        """Begin with the weights of an exported model: words that both vocabularies have keep their vectors."""
        theirs = PreTrainedTokenizerFast.from_pretrained(folder).get_vocab()
        ours = self.tokenizer.get_vocab()
        both = sorted(ours.keys() & theirs.keys())
        to, of = [ours[word] for word in both], [theirs[word] for word in both]
        weights = load_file(folder / "model.safetensors", device=str(self.device))
        with torch.no_grad():
            for name, weight in self.network.weights.items():
                stored = weights[name.replace("/", ".")].float()
                if name == EMBEDDING:
                    weight[to] = stored[of]
                else:
                    weight.copy_(stored)

    def save(self, path: Path) -> None:
        """Write a checkpoint; a half-written one never takes the place of a whole one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "seed": self.seed,
            "step": self.step,
            "done": self.done,
            "seconds": self.seconds,
        }
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint. Every batch follows from (seed, step), so nothing else is needed."""
        state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        if state["seed"] != self.seed:
            raise click.ClickException(
                f"{path} was made with --seed {state['seed']}, not {self.seed}: "
                "give that seed or another --checkpoints folder"
            )
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.done, self.seconds = state["step"], state["done"], state["seconds"]

    def advance(self, compiled: Any, budget: int) -> dict[str, float]:
        """One optimizer step over one batch of each kind; what is to be logged of it."""
        began = time.perf_counter()
        for group in self.optimizer.param_groups:
            group["lr"] = rate(self.done, budget, self.step, self.peak)
        report = {"step": self.step, "rate": group["lr"]}
        for rows in BATCHES:
            drawn = batches.batch(corpus.sequence, self.tokenizer, rows, self.seed, self.step)
            loss = compiled(self.network, drawn.to(self.device))
            (loss / len(BATCHES)).backward()
            report[f"loss_{rows.kind}"] = float(loss.detach())
            self.done += rows.tokens
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        spent = time.perf_counter() - began
        self.seconds += spent
        return report | {"tokens": self.done, "seconds": self.seconds, "step_seconds": spent}

    def export(self, folder: Path) -> None:
        """Write the model as transformers reads it: bf16 safetensors, configuration, tokenizer."""
        shape = self.network.shape
        config = LlamaConfig(
            vocab_size=shape.vocabulary,
            hidden_size=shape.width,
            intermediate_size=shape.inner,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            num_key_value_heads=shape.key_heads,
            max_position_embeddings=shape.positions,
            rms_norm_eps=shape.epsilon,
            rope_parameters={"rope_type": "default", "rope_theta": shape.rope_base},
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=self.tokenizer.eos_token_id,
            pad_token_id=self.tokenizer.pad_token_id,
        )
        model = LlamaForCausalLM(config)
        weights = {name.replace("/", "."): value for name, value in self.network.weights.items()}
        model.load_state_dict(weights | {"lm_head.weight": weights["model.embed_tokens.weight"]})
        model.generation_config = GenerationConfig(
            eos_token_id=self.tokenizer.eos_token_id, pad_token_id=self.tokenizer.pad_token_id
        )
        model.bfloat16().save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)


@click.command()
@click.option("--tokens", "budget", default=40_000_000, help="Tokens to train on in all.")
@click.option("--seed", default=0, help="Weights, vocabulary and documents follow from it.")
@click.option("--peak", default=2e-3, help="The highest learning rate.")
@click.option("--checkpoints", type=click.Path(path_type=Path), default=Path("checkpoints"))
@click.option("--start", type=click.Path(path_type=Path), help="An exported model to begin with.")
@click.option("--every", default=300.0, help="Seconds between checkpoints.")
@click.option("--log", type=click.Path(path_type=Path), default=Path("training.jsonl"))
@click.option("--device", default="cuda" if torch.cuda.is_available() else "cpu")
@click.option(
    "--compile/--no-compile", "compiling", default=True, help="Compiled is twice as fast."
)
@click.option(
    "--export", type=click.Path(path_type=Path), help="Write the model here; do not train."
)
def main(
    budget: int,
    seed: int,
    peak: float,
    checkpoints: Path,
    start: Path | None,
    every: float,
    log: Path,
    device: str,
    compiling: bool,
    export: Path | None,
) -> None:
    """Train the reference model, or --export what has been trained."""
    latest = checkpoints / "latest.pt"
    if export is not None and not latest.exists():
        raise click.ClickException(f"there is no {latest}: train first, or name its --checkpoints")
    training = Training(seed, peak, torch.device(device), checkpoints)
    if latest.exists():
        training.load(latest)
    elif start is not None:
        training.start(start)
    if export is not None:
        training.export(export)
        return
    # A stop between two steps loses nothing.
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: stopping.append(received))
    compiled = torch.compile(loss, dynamic=False) if compiling else loss
    saved = time.perf_counter()
    with log.open("a", encoding="utf-8") as file:
        lines = jsonlines.Writer(file, flush=True)
        while training.done < budget and not stopping:
            report = training.advance(compiled, budget)
            if training.step % 20 == 0:
                lines.write({name: round(value, 5) for name, value in report.items()})
            if time.perf_counter() - saved > every:
                training.save(latest)
                saved = time.perf_counter()
    training.save(latest)


if __name__ == "__main__":
    main()
