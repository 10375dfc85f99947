"""What a run was made with: versions, hardware, and the commit of the harness."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

PACKAGES = (
    "harness",
    "torch",
    "transformers",
    "tokenizers",
    "accelerate",
    "datasets",
    "numpy",
    "pydantic_monty",
)
DISTRIBUTIONS = {"harness": "reasoning-harness", "pydantic_monty": "pydantic-monty"}
"""Names of packages where they are not the names that are imported."""


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide results, without importing any."""
    numbers = {"python": platform.python_version()}
    for name in PACKAGES:
        distribution = DISTRIBUTIONS.get(name, name)
        try:
            numbers[name] = importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue
    return numbers


def hardware() -> dict[str, Any]:
    """Platform, processor, cores, memory in bytes, and GPUs where torch is loaded already."""
    return {
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory": _memory(),
        "gpus": _gpus(),
    }


def commit() -> str | None:
    """The git commit of the checkout that this harness runs from, `-dirty` where it is changed.

    None where it does not run from a checkout. Installed into an environment that lies inside
    somebody else's repository, the harness is no part of that repository: it must track this file.
    """
    here = Path(__file__).resolve()
    if _git(here.parent, "ls-files", "--error-unmatch", here.name) is None:
        return None
    head = _git(here.parent, "rev-parse", "HEAD")
    changes = _git(here.parent, "status", "--porcelain", "--untracked-files=no")
    return f"{head}-dirty" if head and changes else head


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None


def _gpus() -> list[str]:
    torch = sys.modules.get("torch")  # importing it for a note would take seconds
    if torch is None or not torch.cuda.is_available():
        return []
    return [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
