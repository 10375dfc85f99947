"""Measures linear layers in the shapes of real models: torch's own, and packed as the engine packs them.

python tests/benchmarks/linear.py [FILE.json]

Milliseconds for so many rows, the best of five, each way in turn. `ONEDNN_MAX_CPU_ISA=AVX2` shows the
layers of a processor with less than this one has.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from torch import nn

from harness.engine.linear import packed_weight, precision_of, product
from harness.running.provenance import hardware

SHAPES = {"Qwen2.5-0.5B": ((896, 896), (896, 4_864), (4_864, 896), (896, 151_936))}
ROWS = (1, 4, 16, 32, 320)
TIMES = 5


def main() -> None:
    """Measure, print a table, and write JSON where a file is named."""
    entries = [
        entry
        for model, shapes in SHAPES.items()
        for dtype in (torch.float32, torch.bfloat16)
        for shape in shapes
        for entry in measured(model, dtype, *shape)
    ]
    table = Table("weights", "inputs", "outputs", "packed in", "rows", "torch's", "packed", "times")
    for one in entries:
        row = [f"{value:,}" if isinstance(value, int) else str(value) for value in one.values()]
        table.add_row(*row[1:], f"{one['torch_ms'] / one['packed_ms']:.1f}")
    Console(width=100).print(table)
    if len(sys.argv) > 1:
        found = {
            "processor": hardware()["processor"],
            "cores": os.cpu_count(),
            "load": os.getloadavg()[0],
            "layers": entries,
        }
        Path(sys.argv[1]).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


@torch.inference_mode()
def measured(model: str, dtype: torch.dtype, inputs: int, outputs: int) -> list[dict[str, Any]]:
    """One layer, for every number of rows."""
    torch.manual_seed(0)
    layer = nn.Linear(inputs, outputs, bias=False).to(dtype).requires_grad_(False)
    precision = precision_of(layer, wide=True)
    packed = None if precision is None else packed_weight(layer, precision)
    found = []
    for rows in ROWS:
        given = torch.randn(rows, inputs).to(dtype)
        ways: list[Callable[[], object]] = [partial(layer, given)]
        if packed is not None:
            ways.append(partial(product, given, packed, None))
        times = [[seconds(way) for way in ways] for _ in range(TIMES)]
        best = [round(1e3 * min(each), 3) for each in zip(*times, strict=True)]
        found.append(
            {
                "model": model,
                "weights": str(dtype).removeprefix("torch."),
                "inputs": inputs,
                "outputs": outputs,
                "packed_in": str(precision).removeprefix("torch."),
                "rows": rows,
                "torch_ms": best[0],
                "packed_ms": best[-1],
            }
        )
    return found


def seconds(way: Callable[[], object]) -> float:
    """How long it takes once."""
    began = time.perf_counter()
    way()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
