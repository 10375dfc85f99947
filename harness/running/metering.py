"""What a run measures beside its answers: energy where the machine counts it, and computation."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from typing import Any

from harness.energy.carbon import Carbon, carbon
from harness.energy.counters import Counters, counters
from harness.energy.shares import Shares
from harness.models.compute import Compute
from harness.models.gather import Watching
from harness.models.model import Model
from harness.records.record import Score


@dataclass(slots=True)
class Metering:
    """The counters of this machine, and the carbon behind what they count; each None where there is none."""

    counters: Counters | None = None
    carbon: Carbon | None = None
    idle: float | None = field(default=None, init=False)

    @contextmanager
    def on(self) -> Iterator[None]:
        """Meanwhile the counters are read. First of all what the machine takes when it is idle."""
        with self.counters or nullcontext():
            if self.counters is not None:
                self.idle = round(self.counters.idle(), 3)
            yield

    def shares(self) -> Shares | None:
        """What charges the replies of one model; None where nothing is measured."""
        return None if self.counters is None else Shares(self.counters.joules)

    def column(self, model: Model) -> Taken:
        """What a column takes that begins now."""
        shape = getattr(model.backend, "shape", None)
        return Taken(self, None if shape is None else Compute(shape))

    def noted(self) -> dict[str, Any]:
        """For `run.json`."""
        return {
            "counters": list(self.counters.names) if self.counters else [],
            "idle_watts": self.idle,
            "carbon": asdict(self.carbon) if self.carbon else None,
        }

    def parts(self) -> dict[str, float]:
        """The joules counted so far, by what took them."""
        return self.counters.parts() if self.counters else {}


class Taken:
    """What a column takes: the operations of its replies, and what the counters count while it runs.

    What the counters count cannot be told apart where columns run side by side.
    """

    def __init__(self, metering: Metering, compute: Compute | None) -> None:
        self._metering = metering
        self._compute = compute
        self._before, self._began = metering.parts(), time.perf_counter()

    @property
    def watching(self) -> Watching | None:
        """To be given what the column asks, with the replies."""
        return None if self._compute is None else self._compute.add

    def noted(self) -> Score:
        """The fields of `scores.json` that say what the column took, when it has ended.

        `flops` are the operations of the column by itself. `energy` is what the counters counted while it
        ran in this process, by what took it, with what the machine takes when it is idle; `joules`,
        which another part adds up, are those of its replies, whenever they were made.
        """
        noted: Score = {}
        if self._compute is not None:
            noted["flops"] = asdict(self._compute.operations)
        if self._before:
            after = self._metering.parts()
            counted = {
                name: round(after[name] - joules, 3) for name, joules in self._before.items()
            }
            seconds = round(time.perf_counter() - self._began, 3)
            idle = self._metering.idle
            noted["energy"] = {"counted": counted, "seconds": seconds, "idle_watts": idle}
            if self._metering.carbon is not None:
                noted["carbon"] = asdict(self._metering.carbon)
        return noted


def metering(energy: bool | None, region: str | None) -> Metering:
    """What is measured where a run says so: `energy` None is wherever it can be.

    Raises `UserError` for energy that was asked for and cannot be measured, and for a region that is not
    known.
    """
    behind = None if region is None else carbon(region)
    found = None if energy is False else counters(required=energy is True)
    if behind is not None and found is None:
        print(
            f"energy is not measured here, so that nothing is said of carbon in {behind.region}",
            file=sys.stderr,
        )
    return Metering(found, behind)
