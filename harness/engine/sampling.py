"""Chooses next tokens, by one random number each that depends on nothing but the path it is on."""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from harness.models.backend import Request, Sampling, packed

PIECE = 128
"""Words of the vocabulary that are added up, or compared, before pieces are."""

AT_ONCE = 2**20
"""Logits worked on at once: so many stay in the processor's cache, and need no new memory."""

CANDIDATES = (256, 4096, sys.maxsize)
"""Among so many most likely tokens a nucleus is looked for, one after the other."""


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


@dataclass(frozen=True, slots=True)
class Choice:
    """The next token of each row: `tokens`, and their `logprobs` before any truncation.

    `top` are, of rows that ask for it, the log-probabilities of the most likely tokens, best first;
    `certainty` is, of rows that ask for it, KL(uniform || model) in nats.
    """

    tokens: list[int]
    logprobs: list[float]
    top: dict[int, tuple[float, ...]]
    certainty: dict[int, float]


@torch.inference_mode()
def choose(logits: torch.Tensor, settings: Sequence[Sampling], numbers: Sequence[float]) -> Choice:
    """One token for each row: the likeliest, or by inversion of the cumulative distribution.

    `logits` [rows, vocabulary] in any precision; `numbers` [rows] in [0, 1), or of a greedy row how
    many likelier tokens are passed over. A row's choice depends on its own logits, settings and
    number alone, to the bit.
    """
    choice = Choice([], [], {}, {})
    rows = max(8, AT_ONCE // logits.shape[1])
    for start in range(0, len(settings), rows):
        some = list(settings[start : start + rows])
        piece = logits[start : start + len(some)].float()
        tokens, total = _tokens(piece, some, numbers[start : start + len(some)])
        likely = piece.gather(-1, tokens[:, None])[:, 0] - total
        choice.tokens.extend(tokens.tolist())
        choice.logprobs.extend(likely.tolist())
        wanted = max(asked.top_logprobs for asked in some)
        if wanted:
            best = (largest(piece, wanted) - total[:, None]).tolist()
            for row, asked in enumerate(some):
                if asked.top_logprobs:
                    choice.top[start + row] = tuple(best[row][: asked.top_logprobs])
        if any(asked.certainty for asked in some):
            certain = certainties(piece, total).tolist()
            choice.certainty.update(
                (start + row, certain[row]) for row, asked in enumerate(some) if asked.certainty
            )
    return choice


def _tokens(
    logits: torch.Tensor, settings: Sequence[Sampling], numbers: Sequence[float]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens [rows], and the logarithms of the sums of exponentials [rows]."""
    shifted, plain, total = _exponentials(logits)
    # by what decides a draw: rows that differ in their length or stop texts alone go together
    groups: dict[tuple[float, ...], list[int]] = {}
    for row, one in enumerate(settings):
        groups.setdefault((one.temperature, one.top_k, one.top_p, one.min_p), []).append(row)
    tokens = torch.zeros(len(settings), dtype=torch.int64, device=logits.device)
    for rows in groups.values():
        sampling = settings[rows[0]]
        some = slice(len(rows)) if len(rows) == len(settings) else rows
        if sampling.greedy:
            tokens[some] = shifted[some].argmax(-1)
            if passing := [row for row in rows if numbers[row]]:
                tokens[passing] = ranked(shifted[passing], [int(numbers[row]) for row in passing])
            continue
        # float32 on mps, which has no float64; there sampling is that much coarser
        precision = torch.float32 if logits.device.type == "mps" else torch.float64
        given = torch.tensor([numbers[row] for row in rows], dtype=precision, device=logits.device)
        weights = plain[some] if sampling.temperature == 1 else None
        tokens[some] = draw(shifted[some], sampling, given, weights)
    return tokens, total


def draw(
    logits: torch.Tensor,
    sampling: Sampling,
    numbers: torch.Tensor,
    weights: torch.Tensor | None = None,
) -> torch.Tensor:
    """One token for each row by inversion of the cumulative distribution.

    `logits` [rows, vocabulary] float32 with the greatest 0 in each row, `numbers` [rows] in [0, 1),
    `weights` exp(logits) if they are known and the temperature is 1; returns [rows] int64.
    Temperature comes first, then `top_k`, then `top_p` (the fewest most likely tokens that reach
    it), then `min_p` (at least so much of the likeliest one's probability); whatever ties with the
    last that stays, stays. Tokens are taken in the order of their ids, so a rounding error in the
    logits moves a choice only where the number falls on the very edge between two.
    """
    tempered = logits if sampling.temperature == 1 else logits / sampling.temperature
    weights = tempered.exp() if weights is None else weights
    least = _least(tempered, weights, sampling)
    if least is not None:
        weights = weights.masked_fill(tempered < least, 0.0)
    pieces = _sums(weights).to(numbers.dtype).cumsum(-1)
    wanted = numbers[:, None] * pieces[:, -1:]
    # Rounding can lift number * total to the total itself, where no token is.
    wanted = torch.minimum(wanted, pieces[:, -1:].nextafter(torch.zeros_like(wanted)))
    # `right`: what has no probability repeats the sum before it, and is never the first above.
    piece = torch.searchsorted(pieces, wanted, right=True).clamp_(max=pieces.shape[1] - 1)
    before = torch.where(piece > 0, pieces.gather(1, (piece - 1).clamp_(min=0)), 0.0)
    inside = piece * PIECE + torch.arange(PIECE, device=logits.device)
    valid = inside < weights.shape[1]
    inside = inside.clamp_(max=weights.shape[1] - 1)
    own = weights.gather(1, inside).mul_(valid).to(numbers.dtype)
    place = torch.searchsorted(own.cumsum(-1) + before, wanted, right=True)
    # Added up within its piece the last weight may fall short of the piece's own sum by rounding.
    last = torch.where(own > 0, torch.arange(PIECE, device=logits.device), -1).amax(-1)
    return inside.gather(1, torch.minimum(place, last[:, None]))[:, 0]


def ranked(logits: torch.Tensor, ranks: Sequence[int]) -> torch.Tensor:
    """The token of each row that is likeliest but `ranks` others, [rows] int64.

    Equally likely tokens are ranked by their ids, so that no two ranks have the same token.
    """
    ranks = [min(rank, logits.shape[1] - 1) for rank in ranks]
    wanted = torch.tensor(ranks, device=logits.device)[:, None]
    values = largest(logits, max(ranks) + 1).gather(1, wanted)
    among = (wanted - (logits > values).sum(-1, keepdim=True)) + 1
    equal = logits == values
    return (equal & (equal.cumsum(-1) == among)).int().argmax(-1)


@torch.inference_mode()
def likeliest(
    logits: torch.Tensor, count: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The `count` likeliest tokens of each row, and all that tie with the last of them.

    `logits` [rows, vocabulary] in any precision; returns rows, tokens and log-probabilities, [found]
    each, in the order of rows, of falling probability in a row, and of ids where that is equal.
    """
    logits = logits.float()
    total = _exponentials(logits)[2]
    places = (logits >= largest(logits, count)[:, -1:]).nonzero()
    values = logits[places[:, 0], places[:, 1]]
    likely = (values - total[places[:, 0]]).cpu().numpy().astype(np.float64)
    rows, tokens = places.cpu().numpy().T
    order = np.lexsort((tokens, -values.cpu().numpy(), rows))
    return rows[order], tokens[order], likely[order]


def certainties(logits: torch.Tensor, total: torch.Tensor) -> torch.Tensor:
    """KL(uniform || model) of each row in nats, [rows]; `total` are the logarithms of its sums.

    Self-certainty of one token (Kang et al., 2025, arXiv:2502.18581): the mean of -log(V p) over
    the V words of the vocabulary.
    """
    vocabulary = logits.shape[1]
    return total - _sums(logits).sum(-1) / vocabulary - math.log(vocabulary)


def largest(values: torch.Tensor, count: int) -> torch.Tensor:
    """The `count` largest values of each row in falling order, [rows, count or all there are].

    They lie in those `count` pieces whose own largest value is largest; only these are sorted.
    """
    vocabulary = values.shape[1]
    count = min(count, vocabulary)
    pieces = vocabulary // PIECE
    if count >= pieces:
        return values.topk(count).values
    whole = values[:, : pieces * PIECE].unflatten(1, (pieces, PIECE))
    best = whole.amax(-1).topk(count).indices
    chosen = whole.gather(1, best[:, :, None].expand(-1, -1, PIECE)).flatten(1)
    return torch.cat([chosen, values[:, pieces * PIECE :]], 1).topk(count).values


def _exponentials(logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits with 0 for the greatest of a row, exponentials of these, the logarithms of their sums [rows]."""
    top = logits.amax(-1, keepdim=True)
    shifted = logits - top
    plain = shifted.exp()
    return shifted, plain, (top + _sums(plain).sum(-1, keepdim=True).log())[:, 0]


def _sums(weights: torch.Tensor) -> torch.Tensor:
    """Sums over pieces of the vocabulary, [rows, pieces]."""
    spare = -weights.shape[1] % PIECE
    if spare:
        weights = torch.nn.functional.pad(weights, (0, spare))
    pieces: torch.Tensor = weights.unflatten(1, (-1, PIECE)).sum(-1)
    return pieces


def _least(logits: torch.Tensor, weights: torch.Tensor, sampling: Sampling) -> torch.Tensor | None:
    """The least logit that stays, [rows, 1] (the greatest is 0); None where all stay."""
    least: torch.Tensor | None = None
    if 0 < sampling.top_k < logits.shape[1]:
        least = largest(logits, sampling.top_k)[:, -1:]
    if sampling.top_p < 1:
        if least is not None:
            weights = weights.masked_fill(logits < least, 0.0)
        nucleus = _nucleus(logits, _sums(weights).sum(-1, keepdim=True), sampling.top_p)
        least = nucleus if least is None else torch.maximum(least, nucleus)
    if sampling.min_p > 0:
        floor = torch.full_like(logits[:, :1], math.log(sampling.min_p))
        least = floor if least is None else torch.maximum(least, floor)
    return least


def _nucleus(logits: torch.Tensor, total: torch.Tensor, top_p: float) -> torch.Tensor:
    """The least logit of the nucleus (Holtzman et al., 2020, arXiv:1904.09751), [rows, 1]."""
    least = torch.empty_like(total)
    open_rows = torch.arange(len(logits), device=logits.device)
    for count in CANDIDATES:
        ordered = largest(logits[open_rows], count)
        weights = ordered.exp()
        inside = weights.cumsum(-1) - weights < top_p * total[open_rows]
        least[open_rows] = ordered.gather(1, inside.sum(-1, keepdim=True) - 1)
        # a nucleus that holds every candidate may go on behind the last one
        open_rows = open_rows[inside[:, -1]]
        if ordered.shape[1] == logits.shape[1] or not len(open_rows):
            break
    return least
