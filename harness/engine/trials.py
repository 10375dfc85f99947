"""What was found by trying on this machine, remembered: the next run with such a model need not try."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import torch

WORTH = 0.02
"""Seconds: what is found faster is not remembered."""

MATTER = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "MKL_CBWR")
"""Variables that choose a processor's instructions."""


def remembered(subject: object, trial: Callable[[], tuple[int, ...]]) -> tuple[int, ...]:
    """The numbers that a trial finds, from an earlier one with the same subject on this machine.

    Kept in `reasoning-harness/trials` in the user's folder for caches; where nothing can be written
    there, it is tried every time.
    """
    file = folder() / f"{_digest(subject)}.json"
    try:
        found = json.loads(file.read_text(encoding="ascii"))
        if isinstance(found, list) and all(type(number) is int for number in found):
            return tuple(found)
    except (OSError, ValueError):  # not there yet, or half written
        pass
    began = time.perf_counter()
    numbers = trial()
    if time.perf_counter() - began > WORTH:
        _write(file, numbers)
    return numbers


def folder() -> Path:
    """Where trials are remembered."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "reasoning-harness" / "trials"


def _write(file: Path, numbers: tuple[int, ...]) -> None:
    draft = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(numbers), encoding="ascii")
        draft.replace(file)
    except OSError:  # a home that cannot be written to costs another trial, nothing else
        return


def _digest(subject: object) -> str:
    machine = (
        platform.machine(),
        _processor(),
        torch.__version__,
        torch.backends.cpu.get_cpu_capability(),
        torch.get_num_threads(),
        [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())],
        [os.environ.get(name) for name in MATTER],
    )
    return hashlib.sha256(repr((machine, subject)).encode()).hexdigest()[:32]


def _processor() -> str:
    """Family, model and abilities of the processor, where the system tells them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    said = [line for line in lines if line.startswith(("model", "cpu family", "stepping", "flags"))]
    return "\n".join(sorted(set(said)))
