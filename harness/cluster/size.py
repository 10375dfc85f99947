"""Where workers run: which Ray cluster, how many there are, and what each of them takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.errors import UserError

MISSING = "workers need a package that is missing: pip install 'reasoning-harness[ray]'"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where workers run. `address` is that of a Ray cluster, `auto` for the one that this machine is in,
    or one is started here, and `local` for a new one on this machine.

    `replicas` is the number of workers; None: as many as the GPUs allow, one a node where there are none.
    `gpus` is what each takes, also a part of one; None: one where there are any.
    Raises `UserError` for numbers that make no sense.
    """

    address: str = "local"
    replicas: int | None = None
    gpus: float | None = None

    def __post_init__(self) -> None:
        if self.replicas is not None and self.replicas < 1:
            raise UserError(f"replicas {self.replicas}: must be 1 or more")
        if self.gpus is not None and (self.gpus < 0 or (self.gpus > 1 and self.gpus % 1)):
            raise UserError(f"GPUs per replica {self.gpus:g}: give a whole number, or a part of 1")


@dataclass(frozen=True, slots=True)
class Size:
    """How many workers there are to be, and what each takes of GPUs and of cores, also a part of one."""

    workers: int
    gpus: float
    cores: float


def connect(cluster: Cluster) -> None:
    """Have Ray in this process, unless it is there already. Raises `UserError` where there is no cluster."""
    try:
        import ray
    except ImportError as error:
        raise UserError(MISSING) from error
    if ray.is_initialized():
        return
    quiet: dict[str, Any] = {"namespace": "harness", "log_to_driver": False}
    try:
        if cluster.address == "local":
            ray.init("local", include_dashboard=False, **quiet)
        else:
            ray.init(None if cluster.address == "auto" else cluster.address, **quiet)
    except Exception as error:  # Ray raises a bare one where its own processes do not start
        told = " ".join(str(error).split())
        if cluster.address == "local":
            raise UserError(f"Ray cannot be started on this machine: {told}") from error
        raise UserError(f"there is no Ray cluster at {cluster.address}: {told}") from error


def size_of(cluster: Cluster) -> Size:
    """How many workers there are to be by the nodes that the cluster has now.

    Raises `UserError` where they can never fit on this machine.
    """
    nodes = _nodes()
    gpus = cluster.gpus
    if gpus is None:
        gpus = 1 if any(node.get("GPU") for node in nodes) else 0
    if gpus:
        fitting = sum(int(node.get("GPU", 0) / gpus) for node in nodes)
        if cluster.address == "local" and fitting < (cluster.replicas or 1):
            raise UserError(
                f"{cluster.replicas or 1} replicas with {gpus:g} GPUs each do not fit on this machine, "
                f"which has {sum(node.get('GPU', 0) for node in nodes):g}: take {fitting}, or set the "
                "GPUs per replica"
            )
        return Size(cluster.replicas or max(1, fitting), gpus, 1)
    cores = [int(node["CPU"]) for node in nodes if node.get("CPU", 0) >= 1]
    workers = cluster.replicas or max(1, len(cores))
    # as many as leave room for all workers, or a part of one where there are more of them than cores
    each = range(max(cores, default=1), 0, -1)
    fits = (take for take in each if sum(number // take for number in cores) >= workers)
    return Size(workers, 0, next(fits, 1 / -(-workers // max(1, sum(cores)))))


def sharing(size: Size) -> float:
    """How many workers have one memory: those on a GPU, or those on a machine without."""
    return max(1.0, 1 / size.gpus if size.gpus else size.workers / len(_nodes()))


def _nodes() -> list[dict[str, float]]:
    """What each node has: CPU, GPU, memory."""
    import ray

    return [node["Resources"] for node in ray.nodes() if node["Alive"]]
