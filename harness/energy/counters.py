"""The machine's own counters of energy, read by codecarbon: processors by RAPL, GPUs by NVML or AMD SMI.

Nothing here estimates. Where a machine has no counter, codecarbon's tracker goes by tables of what
processors may take at most; what it would say is no measurement, and is left alone.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from harness.errors import UserError

POWERCAP = "/sys/class/powercap/intel-rapl/subsystem"
"""Where Linux shows the counters of processors, AMD's too."""

IDLE = 3.0
"""Seconds for which the machine is looked at before it does anything."""

OFTEN = 1.0
"""Seconds between readings: a counter of RAPL runs over after minutes, and not every GPU has one."""

FRESH = 0.02
"""Seconds for which a reading is good: the counters themselves move no faster."""

MISSING = (
    "energy cannot be measured: the package that reads the counters is missing: "
    "pip install 'reasoning-harness[energy]'"
)
NONE = (
    "energy cannot be measured: this machine shows neither a processor's counter (RAPL, to be read under "
    "/sys/class/powercap) nor a GPU's (NVML): leave --energy out"
)


class Hardware(Protocol):
    """What codecarbon calls a piece of hardware that it measures."""

    def start(self) -> None:
        """Begin here."""

    def measure_power_and_energy(self, last_duration: float) -> tuple[Any, Any]:
        """Power, and energy (`kWh`) since the last call, which was so many seconds ago."""


class Counters:
    """Joules that the machine took since this was opened, by what took them.

    `hardware` are codecarbon's objects by what they are called; `clock` tells seconds. While it is
    entered, a thread reads them every second. Safe to be used by several threads.
    """

    def __init__(
        self, hardware: dict[str, Hardware], clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._hardware = hardware
        self._clock = clock
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_reading, name="energy", daemon=True)
        self._taken = dict.fromkeys(hardware, 0.0)
        self._last = clock()
        for one in hardware.values():
            one.start()

    @property
    def names(self) -> tuple[str, ...]:
        """What is counted, in words."""
        return tuple(self._hardware)

    def joules(self) -> float:
        """All joules so far."""
        return sum(self.parts().values())

    def parts(self) -> dict[str, float]:
        """Joules so far, by what took them."""
        with self._lock:
            passed = self._clock() - self._last
            if passed >= FRESH:
                self._last += passed
                for name, one in self._hardware.items():
                    self._taken[name] += _joules(one.measure_power_and_energy(passed)[1])
            return dict(self._taken)

    def idle(self, seconds: float = IDLE, sleep: Callable[[float], None] = time.sleep) -> float:
        """Watts of the machine as it is, over so many seconds."""
        before, began = self.joules(), self._clock()
        sleep(seconds)
        return (self.joules() - before) / (self._clock() - began)

    def __enter__(self) -> Counters:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()

    def _keep_reading(self) -> None:
        while not self._ended.wait(OFTEN):
            self.joules()


def counters(
    *,
    required: bool = False,
    powercap: str = POWERCAP,
    clock: Callable[[], float] = time.perf_counter,
) -> Counters | None:
    """The counters of this machine; None where it has none, or the package that reads them is missing.

    `powercap` is the folder in which Linux shows those of processors. Raises `UserError` instead where they
    are `required`.
    """
    # what it has to say about a counter that may not be read is said here in one line
    logging.getLogger("codecarbon").setLevel(logging.CRITICAL)
    try:
        from codecarbon.core import cpu, gpu
        from codecarbon.core.config import normalize_gpu_ids
        from codecarbon.external.hardware import CPU, GPU
    except ImportError as error:
        if required:
            raise UserError(MISSING) from error
        return None
    hardware: dict[str, Hardware] = {}
    if cpu.is_rapl_available(powercap):
        hardware["processors (RAPL)"] = CPU(
            output_dir=".", mode="intel_rapl", model="", tdp=0, rapl_dir=powercap
        )
    if gpu.is_gpu_details_available():
        seen = normalize_gpu_ids(os.environ.get("CUDA_VISIBLE_DEVICES") or None)
        gpus = GPU.from_utils(seen)
        if gpus.num_gpus:
            hardware["GPUs (NVML)" if gpu.PYNVML_AVAILABLE else "GPUs (AMD SMI)"] = gpus
    if not hardware and required:
        raise UserError(NONE)
    return Counters(hardware, clock) if hardware else None


def _joules(energy: Any) -> float:
    """Codecarbon counts in kWh, to which it comes from joules by a rounded factor: back by the same."""
    return float(energy.kWh) / float(type(energy).JOULES_TO_KWH)
