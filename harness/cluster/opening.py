"""From a model's name to a model with workers: what they open, and how they come to have it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from harness.cluster.pool import Pool
from harness.cluster.size import Cluster, Size, connect, sharing, size_of
from harness.cluster.weights import sent
from harness.cluster.workers import Workers
from harness.errors import UserError
from harness.models import load
from harness.models.folder import here
from harness.models.local import Local
from harness.request import Backend


def spread(name: str, settings: Mapping[str, Any], backend: Backend, cluster: Cluster) -> Workers:
    """The model `backend`, opened by `load(name, **settings)`, with its replies made by workers.

    Raises `UserError` where there is no cluster, or where it cannot have such workers.
    """
    if not isinstance(backend, Local):
        raise UserError(f"{name} is not a local model, of which alone there are replicas")
    connect(cluster)
    size = partial(size_of, cluster)
    first = size()
    opening = partial(_opened, settings=elsewhere(settings, backend, first), share=sharing(first))

    def pool() -> Pool:
        import ray

        code = bool(settings.get("trust_remote_code"))
        parts = partial(sent, backend.files, ray.put, code=code)
        entry = Path(name).name if name.endswith(".gguf") else ""
        return Pool(opening, _place(name), backend.identity, size, parts, entry)

    return Workers(backend, pool, first.workers)


def elsewhere(settings: Mapping[str, Any], backend: Local, size: Size) -> dict[str, Any]:
    """The settings with which a worker opens the model: what is decided already it does not decide."""
    there = {**settings, "chat": backend.chat}
    if backend.wanted.system is not None:
        there["system"] = backend.wanted.system  # the text, and not the file, which is here
    if there.get("device") is None and size.gpus != 1:
        there["device"] = "cpu" if not size.gpus else "auto" if size.gpus > 1 else "cuda"
    return there


def _place(name: str) -> str:
    """A model's name for a process with another current folder."""
    if name == "reference" or (not name.endswith(".gguf") and here(name) is None):
        return name
    return str(Path(name).expanduser().resolve())


def _opened(spec: str, *, settings: Mapping[str, Any], share: float) -> Local:
    """In a worker: the model, which leaves the others on its machine their part of the memory."""
    options = {name: value for name, value in settings.items() if value is not None}
    backend = _local(spec, options)
    if share > 1 and "memory" not in options:
        import torch

        from harness.engine.memory import SHARE, available

        free = available(torch.device(backend.device))
        backend = _local(spec, {**options, "memory": SHARE * free / share / 1e9})
    return backend


def _local(spec: str, options: Mapping[str, Any]) -> Local:
    backend = load(spec, **options)
    assert isinstance(backend, Local)  # of another kind there are no workers
    return backend
