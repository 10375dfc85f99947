"""How much memory there is, and how many rows fit into it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from harness.engine.columns import BLOCK
from harness.engine.shapes import COUNTS

SHARE = 0.6
"""Of the free memory, what the engine takes unless it is told: others live here, too."""

NODES = 0.25
"""Of the engine's memory, what prompts' shared stretches may fill; rows get twice as much, and the
last quarter is for what a forward pass needs in passing, and for `TAILS`."""

TAILS = 0.1
"""Of the engine's memory, what chains that ended may fill, for those who go on from them."""


def available(device: torch.device) -> int:
    """Free memory in bytes where a model computes."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    free = _machine_free()
    container = container_free()
    return free if container is None else min(free, container)


def _machine_free() -> int:
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        for line in meminfo.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    # where the system does not tell what is free, half of all there is
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def container_free(
    root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")
) -> int | None:
    """What the limits of this process's control groups leave free, in bytes; None without a limit.

    A container sees its host's memory in `/proc/meminfo`, and is killed at a limit of its own. Both
    versions of control groups are read (kernel documentation, cgroup-v1/memory.rst and cgroup-v2.rst);
    pages of files that were not used of late count as free.
    """
    try:
        lines = own.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    free = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            names = ("memory.max", "memory.current", "inactive_file")
            groups = _groups(root, path)
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            groups = _groups(root / "memory", path)
        else:
            continue
        free += [left for group in groups if (left := _left(group, *names)) is not None]
    return min(free, default=None)


def _groups(root: Path, path: str) -> list[Path]:
    """A control group and those that it is in. Inside a container the path may be the host's."""
    group = root / path.lstrip("/")
    return [one for one in (group, *group.parents) if one == root or root in one.parents]


def _left(group: Path, limit: str, usage: str, reclaimable: str) -> int | None:
    try:
        most = int((group / limit).read_text(encoding="ascii"))
        used = int((group / usage).read_text(encoding="ascii"))
        stat = (group / "memory.stat").read_text(encoding="ascii").split()
    except (OSError, ValueError):  # not there, or "max": no limit
        return None
    cached = dict(zip(stat[::2], stat[1::2], strict=False)).get(reclaimable, "0")
    return max(0, most - used + int(cached))


def keep_freed_memory() -> None:
    """Have memory that one step has let go stay with the program for the next.

    glibc hands it back to the operating system, which takes longer to give it out again, page by
    page, than what is computed in it. But it keeps up to twice the largest block below 32 MiB that
    was ever let go (mallopt(3), M_MMAP_THRESHOLD), and this lets one go. Nobody touches it, so it
    costs nothing; where memory is managed in another way it changes nothing.
    """
    torch.empty(2**25 - 2**14, dtype=torch.uint8)


def is_memory(error: BaseException) -> bool:
    """Whether memory ran out."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and "allocate memory" in str(error)
    )


def column_bytes(config: Any, size: int) -> int:
    """Bytes of one token's keys and values in all layers, in numbers of `size` bytes each."""
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return int(2 * heads * width * size * config.num_hidden_layers)


def row_bytes(config: Any, size: int, capacity: int) -> int:
    """Bytes that a row of `capacity` columns takes, with its logits and what a pass needs for it."""
    blocks = -(-capacity // BLOCK)
    inner = getattr(config, "intermediate_size", None) or 4 * config.hidden_size
    passing = 8 * config.vocab_size + 4 * size * (inner + config.hidden_size)
    return blocks * BLOCK * column_bytes(config, size) + int(passing)


def rows_that_fit(memory: int, each: int, most: int) -> int:
    """Rows of `each` bytes in the rows' part of `memory`: `most`, or the next lower of `COUNTS`.

    Few steps, because where the number of rows decides the last bits, it should seldom differ from
    one run to the next. At least one.
    """
    room = int(memory * 2 * NODES) // each
    if room >= most:
        return most
    return max(
        (count for count in COUNTS if count <= min(room, most)), default=max(1, min(room, most))
    )
