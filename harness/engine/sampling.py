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

from harness.request import GenerationSettings, Request, packed

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
def choose(
    logits: torch.Tensor,
    settings: Sequence[GenerationSettings],
    numbers: Sequence[float],
    texts: Sequence[Sequence[int]] = (),
) -> Choice:
    """One token for each row: the likeliest, or by inversion of the cumulative distribution.

    `logits` [rows, vocabulary] in any precision; `numbers` [rows] in [0, 1), or of a greedy row how
    many likelier tokens are passed over; `texts` are the tokens of each row so far, prompt and reply,
    which a repetition penalty needs. A row's choice depends on its own logits, settings and
    number alone, to the bit.
    """
    choice = Choice([], [], {}, {})
    rows = min(len(settings), max(8, AT_ONCE // logits.shape[1]))
    # the same memory for all pieces: new memory costs more than what is computed in it
    piece_memory, chances_memory = logits.new_empty(2, rows, logits.shape[1], dtype=torch.float32)
    for start in range(0, len(settings), rows):
        some = list(settings[start : start + rows])
        piece = piece_memory[: len(some)].copy_(logits[start : start + len(some)])
        chances = torch.softmax(piece, -1, out=chances_memory[: len(some)])
        total = piece.amax(-1) - chances.amax(-1).log()  # the logarithm of the sum of exponentials
        given = numbers[start : start + len(some)]
        if any(one.reshapes for one in some):
            other = reshaped(piece, some, texts[start : start + len(some)])
            tokens = _tokens(other, torch.softmax(other, -1), some, given)
        else:
            tokens = _tokens(piece, chances, some, given)
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


def reshaped(
    logits: torch.Tensor, settings: Sequence[GenerationSettings], texts: Sequence[Sequence[int]]
) -> torch.Tensor:
    """A copy of the logits in which repeated tokens are less likely and suppressed ones impossible.

    The penalty of Keskar et al. (2019, arXiv:1909.05858), as transformers applies it: the logits of
    tokens that stand in the text, prompt included, are divided by it, or multiplied if negative.
    """
    logits = logits.clone()
    for row, one in enumerate(settings):
        if one.repetition_penalty != 1:
            seen = torch.tensor(sorted(set(texts[row])), device=logits.device)
            values = logits[row, seen]
            penalty = one.repetition_penalty
            logits[row, seen] = torch.where(values > 0, values / penalty, values * penalty)
        if one.suppressed:
            logits[row, list(one.suppressed)] = -torch.inf
    return logits


def _tokens(
    logits: torch.Tensor,
    chances: torch.Tensor,
    settings: Sequence[GenerationSettings],
    numbers: Sequence[float],
) -> torch.Tensor:
    """Tokens [rows], from logits and their softmax, which is overwritten."""
    # by what decides a draw: rows that differ in their length or stop texts alone go together
    groups: dict[tuple[float, ...], list[int]] = {}
    for row, one in enumerate(settings):
        groups.setdefault((one.temperature, one.top_k, one.top_p, one.min_p), []).append(row)
    tokens = torch.zeros(len(settings), dtype=torch.int64, device=logits.device)
    for rows in groups.values():
        sampling = settings[rows[0]]
        some = slice(len(rows)) if len(rows) == len(settings) else rows
        if sampling.greedy:
            tokens[some] = logits[some].argmax(-1)
            if passing := [row for row in rows if numbers[row]]:
                tokens[passing] = ranked(logits[passing], [int(numbers[row]) for row in passing])
            continue
        # float32 on mps, which has no float64; there sampling is that much coarser
        precision = torch.float32 if logits.device.type == "mps" else torch.float64
        given = torch.tensor([numbers[row] for row in rows], dtype=precision, device=logits.device)
        if sampling.temperature == 1:
            tempered = chances[some]
        else:
            own = chances if isinstance(some, slice) else None
            tempered = torch.div(logits[some], sampling.temperature, out=own)
            # A softmax takes each row by itself. What takes all numbers of a tensor in one go, such
            # as `exp2`, would be as fast, but computes the last few in another way than the rest.
            tempered = torch.softmax(tempered, -1, out=tempered)
        # A row without numbers (NaN) must not fail its neighbours: it gets a token with a probability
        # that is none, by which it fails alone. Where only the temperature was too small for float32,
        # the likeliest token is the right one.
        broken = tempered[:, 0].isnan()
        if broken.any():
            likeliest_tokens = logits[some].argmax(-1)
            tempered[broken] = 1.0
            drawn = draw(tempered, sampling, given)
            tokens[some] = torch.where(broken, likeliest_tokens, drawn)
        else:
            tokens[some] = draw(tempered, sampling, given)
    return tokens


def draw(
    weights: torch.Tensor, sampling: GenerationSettings, numbers: torch.Tensor
) -> torch.Tensor:
    """One token for each row by inversion of the cumulative distribution.

    `weights` [rows, vocabulary] float32 are probabilities at the temperature asked for, and are
    overwritten; `numbers` [rows] in [0, 1); returns [rows] int64. `top_k` comes first, then `top_p`
    (the fewest most likely tokens that reach it), then `min_p` (at least so much of the likeliest
    one's probability); whatever ties with the last that stays, stays. Tokens are taken in the order
    of their ids, so a rounding error in the logits moves a choice only where the number falls on the
    very edge between two.
    """
    if 0 < sampling.top_k < weights.shape[1]:
        weights.masked_fill_(weights < largest(weights, sampling.top_k)[:, -1:], 0.0)
    if sampling.top_p < 1:
        weights.masked_fill_(weights < _nucleus(weights, sampling.top_p), 0.0)
    if sampling.min_p > 0:
        weights.masked_fill_(weights < sampling.min_p * weights.amax(-1, keepdim=True), 0.0)
    pieces = _sums(weights).to(numbers.dtype).cumsum(-1)
    wanted = numbers[:, None] * pieces[:, -1:]
    # Rounding can lift number * total to the total itself, where no token is.
    wanted = torch.minimum(wanted, pieces[:, -1:].nextafter(torch.zeros_like(wanted)))
    # `right`: what has no probability repeats the sum before it, and is never the first above.
    piece = torch.searchsorted(pieces, wanted, right=True).clamp_(max=pieces.shape[1] - 1)
    before = torch.where(piece > 0, pieces.gather(1, (piece - 1).clamp_(min=0)), 0.0)
    inside = piece * PIECE + torch.arange(PIECE, device=weights.device)
    valid = inside < weights.shape[1]
    inside = inside.clamp_(max=weights.shape[1] - 1)
    own = weights.gather(1, inside).mul_(valid).to(numbers.dtype)
    place = torch.searchsorted(own.cumsum(-1) + before, wanted, right=True)
    # Added up within its piece the last weight may fall short of the piece's own sum by rounding.
    last = torch.where(own > 0, torch.arange(PIECE, device=weights.device), -1).amax(-1)
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
    total = logits.logsumexp(-1)
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


def _sums(weights: torch.Tensor) -> torch.Tensor:
    """Sums over pieces of the vocabulary, [rows, pieces]."""
    spare = -weights.shape[1] % PIECE
    if spare:
        weights = torch.nn.functional.pad(weights, (0, spare))
    pieces: torch.Tensor = weights.unflatten(1, (-1, PIECE)).sum(-1)
    return pieces


def _nucleus(weights: torch.Tensor, top_p: float) -> torch.Tensor:
    """The least weight in the nucleus (Holtzman et al., 2020, arXiv:1904.09751), [rows, 1]."""
    wanted = top_p * _sums(weights).sum(-1, keepdim=True)
    least = torch.empty_like(wanted)
    open_rows = torch.arange(len(weights), device=weights.device)
    for count in CANDIDATES:
        ordered = largest(weights[open_rows], count)
        inside = ordered.cumsum(-1) - ordered < wanted[open_rows]
        least[open_rows] = ordered.gather(1, inside.sum(-1, keepdim=True) - 1)
        # a nucleus that holds every candidate may go on behind the last one
        open_rows = open_rows[inside[:, -1]]
        if ordered.shape[1] == weights.shape[1] or not len(open_rows):
            break
    return least
