"""Packs the chains of a run into small pieces that a browser unpacks when a problem is opened.

A piece holds some problems of one column, compressed. The chains of a problem are ranked (see
`chains.ranked`) and laid in layers: the first, the second, the next two, the next four and so on. Where
all of them would make the page too large, the last layers are left out, for every problem alike.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.report.page.chains import ranked, shown

PROBLEMS = 50
"""Problems in a piece: what is unpacked when one of them is opened."""

LONGEST = 100_000
"""Characters of a chain that the page holds at most; of a longer one, the beginning and the end."""

LEVEL = 6  # of zlib: 9 takes twice as long for two per cent


def packed(content: Any) -> str:
    """JSON, compressed (zlib) and written in base64, as the page's `unpacked` reads it."""
    # Half a surrogate pair has no UTF-8; Python's escape for it is JSON's escape as well.
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("utf-8", "backslashreplace"), LEVEL)).decode()


@dataclass(frozen=True, slots=True)
class Piece:
    """One layer of some problems of one column: where it belongs, and its content as text."""

    column: int
    number: int
    layer: int
    content: str


@dataclass(slots=True)
class Packer:
    """Takes the samples of columns one after the other and packs what fits into `budget` bytes."""

    budget: int
    pieces: dict[tuple[int, int, int], str] = field(default_factory=dict)
    every: int = 1
    """Of so many pieces one is kept: 1 wherever one chain of every problem fits."""

    _sizes: list[int] = field(default_factory=list)
    _layers: int | None = None
    _waiting: list[Mapping[str, Any]] = field(default_factory=list)
    _column: int = 0
    _number: int = 0

    def begin(self, column: int) -> None:
        """What is added from here on belongs to this column."""
        self._flush()
        self._column, self._number = column, 0

    def add(self, sample: Mapping[str, Any]) -> None:
        """The next problem of the column."""
        self._waiting.append(sample)
        if len(self._waiting) == PROBLEMS:
            self._flush()

    def finish(self) -> list[Piece]:
        """All pieces that the page holds."""
        self._flush()
        return [Piece(*key, content) for key, content in self.pieces.items()]

    @property
    def chains(self) -> int | None:
        """How many chains of a problem the page holds at most; None where it holds all."""
        return None if self._layers is None else 2 ** max(self._layers - 1, 0)

    def _flush(self) -> None:
        samples, self._waiting = self._waiting, []
        if not samples:
            return
        if self._number % self.every == 0:
            for layer, content in self._layered(samples):
                self._keep(layer, packed(content))
        self._number += 1

    def _layered(self, samples: list[Mapping[str, Any]]) -> Iterator[tuple[int, Any]]:
        orders = [ranked(sample["chains"]) for sample in samples]
        most = max(map(len, orders), default=0)
        layer, first, last = 0, 0, 1
        while layer == 0 or (first < most and (self._layers is None or layer < self._layers)):
            yield (
                layer,
                [
                    [_cut(shown(s["chains"][place], place + 1)) for place in order[first:last]]
                    for s, order in zip(samples, orders, strict=True)
                ],
            )
            layer, first, last = layer + 1, last, 2 * last

    def _keep(self, layer: int, content: str) -> None:
        while len(self._sizes) <= layer:
            self._sizes.append(0)
        self.pieces[self._column, self._number, layer] = content
        self._sizes[layer] += len(content)
        while sum(self._sizes) > self.budget and self._reduce():
            pass

    def _reduce(self) -> bool:
        """Leave out the last layer, or of a single one every second piece; whether there was one."""
        last = len(self._sizes) - 1
        if last:
            self._layers = last
            self._sizes.pop()
            gone = [key for key in self.pieces if key[2] == last]
        else:
            self.every *= 2
            gone = [key for key in self.pieces if key[1] % self.every]
            self._sizes[0] -= sum(len(self.pieces[key]) for key in gone)
        for key in gone:
            del self.pieces[key]
        return bool(gone)


def _cut(chain: dict[str, Any]) -> dict[str, Any]:
    text = chain["text"]
    if len(text) <= LONGEST:
        return chain
    half = LONGEST // 2
    left = len(text) - 2 * half
    return {
        **chain,
        "text": f"{text[:half]}\n\n[… {left:,} characters are left out here …]\n\n{text[-half:]}",
        "read": None,
    }
