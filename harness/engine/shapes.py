"""How many rows a pass has: which numbers give the same last bits, found by trying on this machine."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from harness.engine.trials import remembered

COUNTS = tuple(
    sorted(
        {*range(1, 8), *range(32, 321, 32), 512}
        | {quarter << power for power in range(1, 7) for quarter in range(4, 8)}
    )
)
"""Numbers of rows that are tried: the next is a quarter more at most."""

FEW = 4
"""Up to so many rows take about as long as one: what takes long is reading the weights, once."""

PROBES = 7
"""Rows that each trial consists of, over and over: no multiple of what a processor takes at once."""

TWICE = 64
"""Up to so many rows each probe is tried at two places; among more it stands at many anyway."""

TOKENS = COUNTS[-1]
"""At most so many tokens of prompts are read in one pass."""


class Shapes:
    """How many rows a forward pass has, for so many that are needed.

    Rows meet in the linear layers. There a row's result may depend, in its last bits, on how many
    others there are, because another kernel is chosen, but not on what they hold or where it stands.
    `counts` are the most of `COUNTS` that agree with one another in every layer. A pass has one of
    them, unless that were over a quarter more than needed: then speed decides, and `bitwise` says
    that a row may come out otherwise in other company; with `exact` the agreeing ones are used all
    the same.
    """

    def __init__(
        self, model: nn.Module, *, exact: bool = False, counts: Sequence[int] | None = None
    ) -> None:
        """Try the layers of a model; `counts` are known already where it was done before."""
        self.counts = agreeing(model) if counts is None else tuple(counts)
        self.exact = exact
        self._any = not exact and not _cover(self.counts)
        self._beyond = not _all_tried(model)

    @property
    def bitwise(self) -> bool:
        """Whether every row so far is the same to the bit in whatever company."""
        return not self._any and not self._beyond

    @property
    def most(self) -> int | None:
        """The most rows of one token that a pass may have; None where there is no such limit."""
        return self.counts[-1] if self.exact and self.counts else None

    def rows(self, needed: int, tokens: int = 1) -> int:
        """Rows of a pass of which `needed` have so many tokens to read each."""
        self._beyond = self._beyond or (needed > 1 and needed * tokens > TOKENS)
        enough = next((rows for rows in self._agreeing(tokens) if rows >= needed), needed)
        if self._any and enough > max(1.25 * needed, FEW):
            return next((count for count in COUNTS if count >= needed and tokens == 1), needed)
        return enough

    def at_once(self, available: int, tokens: int) -> int:
        """How many of the available rows of so many tokens each are read in one pass."""
        if self._any:
            return max(1, min(available, TOKENS // tokens))
        rows = self._agreeing(tokens)
        # one alone has one shape in any company; others join it only where they agree with it
        return max((each for each in rows if each <= available and rows[0] == 1), default=1)

    def kept(self, rows: int, tokens: int) -> int:
        """Of how many last tokens of each row logits are computed, where the last one's are needed.

        More than one only where so few rows would come out otherwise in the last layer.
        """
        if self._any:
            return 1
        return next((each for each in range(1, tokens + 1) if rows * each in self.counts), 1)

    def _agreeing(self, tokens: int) -> list[int]:
        return [count // tokens for count in self.counts if count % tokens == 0]


def _cover(counts: tuple[int, ...]) -> bool:
    """Whether there is one of them for any number of rows that is at most a quarter more."""
    pairs = zip((0, *counts), counts, strict=False)
    near = all(after <= max(1.25 * (before + 1), FEW) for before, after in pairs)
    return bool(counts) and counts[-1] == TOKENS and near


def _all_tried(model: nn.Module) -> bool:
    """Whether rows meet in plain linear layers alone.

    Among experts (three dimensions of weights) as many meet as happen to choose the same one.
    """
    others = any(isinstance(m, nn.Linear) and type(m) is not nn.Linear for m in model.modules())
    return not others and all(weight.dim() < 3 for weight in model.parameters())


def agreeing(model: nn.Module) -> tuple[int, ...]:
    """The most of `COUNTS` for which every linear layer of a model gives the same rows."""
    layers = _linear(model)
    return remembered((COUNTS, PROBES, sorted(map(str, layers))), lambda: tried(layers.values()))


def any_threads(model: nn.Module, counts: Sequence[int]) -> bool:
    """Whether one thread gives the same last bits as all of them, in every linear layer, for these numbers of rows.

    With all threads they are to agree with one another. Each of the numbers that a pass may have is tried: on a
    processor with AMX two threads gave other bits than one for 128 rows of 704, and for no other number of them.
    """
    layers = _linear(model)
    most = torch.get_num_threads()
    if most == 1 or not counts:
        return False

    def trial() -> tuple[int, ...]:
        # with all threads the numbers agree with one another, so that one of them stands for all
        known = [_mark(layer, counts[0]) for layer in layers.values()], _products()
        try:
            torch.set_num_threads(1)
            same = all(
                _mark(layer, count) == mark
                for layer, mark in zip(layers.values(), known[0], strict=True)
                for count in counts
            )
            same = same and _products() == known[1]
        finally:
            torch.set_num_threads(most)
        return tuple([1, most] if same else [most])

    subject = ("threads", tuple(counts), PROBES, sorted(map(str, layers)))
    return len(remembered(subject, trial)) > 1


@torch.inference_mode()
def _products() -> str:
    """A digest of products such as attention makes, for few rows and many."""
    chance, content = torch.Generator().manual_seed(0), b""
    for rows in (1, 3, 8, 320):
        query = torch.randn(rows, 3, 64, generator=chance)
        columns = torch.randn(rows, 64, 64, generator=chance)
        for result in (query @ columns.transpose(-1, -2), query @ columns):
            content += result.numpy().tobytes()
    return hashlib.sha256(content).hexdigest()


def tried(layers: Iterable[nn.Module]) -> tuple[int, ...]:
    """The most of `COUNTS` that agree with one another in each of these layers."""
    together: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for count in COUNTS:
        marks = [_mark(layer, count) for layer in layers]
        if None not in marks:
            together[tuple(mark for mark in marks if mark is not None)].append(count)
    # of equally many the ones that begin with fewer rows
    sets = [tuple(counts) for counts in together.values()]
    return max(sets, key=lambda counts: (len(counts), -counts[0]), default=())


def _linear(model: nn.Module) -> dict[tuple[object, ...], nn.Module]:
    """One linear layer of each kind: way of computing, shape and precision."""
    kinds: dict[tuple[object, ...], nn.Module] = {}
    for module in model.modules():
        if type(module) in (nn.Linear, Conv1D):
            weight = module.weight
            way = type(module.forward).__name__
            assert isinstance(weight, torch.Tensor)
            shape, device = tuple(weight.shape), weight.device
            kinds.setdefault((way, shape, weight.dtype, module.bias is None, device), module)
    return kinds


@torch.inference_mode()
def _mark(layer: nn.Module, count: int) -> str | None:
    """A digest of what a layer gives for each probe among so many rows.

    None where that depends on the place at which the probe stands.
    """
    weight = layer.weight
    assert isinstance(weight, torch.Tensor)
    width = weight.shape[0] if isinstance(layer, Conv1D) else weight.shape[1]
    chance = torch.Generator().manual_seed(0)
    probes = torch.randn(PROBES, width, generator=chance).to(weight.device, weight.dtype)
    known: torch.Tensor | None = None
    unknown = set(range(PROBES))
    for step in (1, -1) if count <= TWICE else (1,):
        for start in range(0, PROBES if count < PROBES else 1, count):
            places = (torch.arange(count) * step + start) % PROBES
            result = layer(probes[places.to(weight.device)])
            known = result.new_zeros(PROBES, result.shape[1]) if known is None else known
            for row, probe in enumerate(places[:PROBES].tolist()):
                if probe in unknown:
                    known[probe] = result[row]
                    unknown.remove(probe)
            if not torch.equal(result, known[places.to(weight.device)]):
                return None
    assert known is not None
    return hashlib.sha256(known.float().cpu().numpy().tobytes()).hexdigest()
