"""Chooses next tokens, by one random number each that depends on nothing but the path it is on."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from harness.models.backend import Request, Sampling, packed


def uniforms(request: Request, count: int) -> npt.NDArray[np.float64]:
    """The random numbers in [0, 1) of the first `count` steps of a path.

    Number i is a function of (seed, prompt tokens, path, i): Philox is a counter-based generator
    (Salmon et al., 2011, "Parallel random numbers: as easy as 1, 2, 3"), here keyed by a digest.
    """
    digest = hashlib.sha256(f"{request.seed},{request.path},".encode() + packed(request.tokens))
    generator = np.random.Generator(
        np.random.Philox(key=int.from_bytes(digest.digest()[:16], "little"))
    )
    return generator.random(count)


class Sampler:
    """The settings and random numbers of the rows of one batch."""

    def __init__(self, requests: Sequence[Request], steps: int, device: torch.device) -> None:
        """Prepare for `steps` tokens of each row; row i is a path of `requests[i]`."""
        numbers = np.zeros((len(requests), steps))
        groups: dict[Sampling, list[int]] = {}
        for row, request in enumerate(requests):
            if not request.sampling.greedy:
                limit = min(steps, request.sampling.max_tokens)
                numbers[row, :limit] = uniforms(request, limit)
                settings = request.sampling
                # of the settings, only these three matter here
                group = Sampling(settings.temperature, settings.top_k, settings.top_p)
                groups.setdefault(group, []).append(row)
        # float32 on mps, which has no float64; there sampling is that much coarser
        precision = torch.float32 if device.type == "mps" else torch.float64
        self._numbers = torch.from_numpy(numbers).to(device, precision)
        self._groups = [
            (group, torch.tensor(rows, device=device)) for group, rows in groups.items()
        ]

    def choose(self, logits: torch.Tensor, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The token of each row at `step`, and its log-probability before any truncation.

        `logits` [rows, vocabulary]; returns [rows] int64 and [rows] float32 (natural logarithm).
        """
        logits = logits.float()
        tokens = logits.argmax(-1)
        for sampling, rows in self._groups:
            tokens[rows] = draw(logits[rows], sampling, self._numbers[rows, step])
        # of whole rows, because the log-softmax of a row must not depend on how many are sampled
        logprobs = logits.log_softmax(-1).gather(-1, tokens[:, None])[:, 0]
        return tokens, logprobs


def draw(logits: torch.Tensor, sampling: Sampling, numbers: torch.Tensor) -> torch.Tensor:
    """One token for each row by inversion of the cumulative distribution.

    `logits` [rows, vocabulary], `numbers` [rows] in [0, 1); returns [rows] int64. Temperature comes
    first, then `top_k` (all that tie with the k-th stay), then `top_p` (the fewest most likely
    tokens that reach it). Tokens are taken in the order of their ids, so a rounding error in the
    logits moves a choice only where the number falls on the very edge between two.
    """
    logits = logits / sampling.temperature
    if 0 < sampling.top_k < logits.shape[-1]:
        least = logits.topk(sampling.top_k).values[:, -1:]
        logits = logits.masked_fill(logits < least, -math.inf)
    probabilities = logits.softmax(-1)
    if sampling.top_p < 1:
        probabilities = _nucleus(probabilities, sampling.top_p)
    cumulative = probabilities.cumsum(-1, dtype=numbers.dtype)
    total = cumulative[:, -1:]
    # Rounding can lift number * total to the total itself, where no token is.
    wanted = torch.minimum(numbers[:, None] * total, total.nextafter(torch.zeros_like(total)))
    # `right`: a token without probability repeats the sum before it, and is never the first above.
    return torch.searchsorted(cumulative, wanted, right=True)[:, 0].clamp(max=logits.shape[-1] - 1)


def _nucleus(probabilities: torch.Tensor, top_p: float) -> torch.Tensor:
    """Zero all but the most likely tokens that together reach `top_p` (Holtzman et al., 2020)."""
    ordered, order = probabilities.sort(stable=True, dim=-1, descending=True)
    before = ordered.cumsum(-1) - ordered
    kept = ordered.masked_fill(before >= top_p, 0.0)
    return torch.zeros_like(probabilities).scatter(-1, order, kept)
