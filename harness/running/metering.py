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

    @contextmanager
    def column(self, model: Model) -> Iterator[Score]:
        """The fields of `scores.json` that say what a column took, filled in when it has ended.

        `flops` are the operations of the column by itself. `energy` is what the counters counted while it
        ran in this process, by what took it, with what the machine takes when it is idle; `joules`,
        which another part adds up, are those of its replies, whenever they were made.
        """
        noted: Score = {}
        shape = getattr(model.backend, "shape", None)
        compute = None if shape is None else Compute(shape)
        before, began = self._parts(), time.perf_counter()
        with model.watched(None if compute is None else compute.add):
            yield noted
        if compute is not None:
            noted["flops"] = asdict(compute.operations)
        if before:
            after = self._parts()
            counted = {name: round(after[name] - joules, 3) for name, joules in before.items()}
            seconds = round(time.perf_counter() - began, 3)
            noted["energy"] = {"counted": counted, "seconds": seconds, "idle_watts": self.idle}
            if self.carbon is not None:
                noted["carbon"] = asdict(self.carbon)

    def noted(self) -> dict[str, Any]:
        """For `run.json`."""
        return {
            "counters": list(self.counters.names) if self.counters else [],
            "idle_watts": self.idle,
            "carbon": asdict(self.carbon) if self.carbon else None,
        }

    def _parts(self) -> dict[str, float]:
        return self.counters.parts() if self.counters else {}


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
