"""Joules are what the machine's counters say, by codecarbon's own readers: here of readings that were written down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.energy.counters import Counters, Hardware, counters
from harness.errors import UserError

pytest.importorskip("codecarbon")

RANGE = 262_143_328_850
"""Microjoules after which a processor's counter begins at 0 again, as most say it."""

RAPL = {
    "package-0": (262_140_000_000, 262_143_000_000, 1_671_150),
    "package-1": (90_000_000_000, 90_002_000_000, 90_003_500_000),
}
"""Microjoules at the start, after one second and after two; the first runs over in the second."""

NVML = (5_000_000, 5_301_000, 5_699_000)
"""Millijoules of a GPU at the same times."""


@pytest.fixture
def powercap(tmp_path: Path) -> Path:
    """A folder as Linux shows it, with two processors and a part of one."""
    place = tmp_path / "intel-rapl" / "subsystem"
    for number, name in enumerate([*RAPL, "core"]):
        folder = place / (f"intel-rapl:{number}" if name != "core" else "intel-rapl:0:0")
        folder.mkdir(parents=True)
        (folder / "name").write_text(f"{name}\n")
        (folder / "max_energy_range_uj").write_text(f"{RANGE}\n")
        (folder / "energy_uj").write_text("17\n")
    show(place, 0)
    return place


def show(place: Path, moment: int) -> None:
    for number, readings in enumerate(RAPL.values()):
        (place / f"intel-rapl:{number}" / "energy_uj").write_text(f"{readings[moment]}\n")


class Clock:
    """Seconds as they are set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    for vendor in ("PYNVML_AVAILABLE", "AMDSMI_AVAILABLE"):
        monkeypatch.setattr(f"codecarbon.core.gpu.{vendor}", False)


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> SimpleNamespace:
    """NVML as its Python binding has it, of one GPU."""

    class NVMLError(Exception):
        pass

    def unsupported(*_: Any) -> int:
        raise NVMLError("not supported")

    library = SimpleNamespace(
        NVMLError=NVMLError,
        nvmlInit=lambda: None,
        nvmlDeviceGetCount=lambda: 1,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetName=lambda _: "A GPU",
        nvmlDeviceGetUUID=lambda _: "GPU-4e81",
        nvmlDeviceGetEnforcedPowerLimit=lambda _: 700_000,
        nvmlDeviceGetMemoryInfo=lambda _: SimpleNamespace(total=1, free=1, used=0),
        nvmlDeviceGetTotalEnergyConsumption=lambda _: NVML[int(clock.now)],
        nvmlDeviceGetPowerUsage=lambda _: 250_000,
        unsupported=unsupported,
    )
    monkeypatch.setattr("codecarbon.core.gpu_nvidia.pynvml", library)
    monkeypatch.setattr("codecarbon.core.gpu.PYNVML_AVAILABLE", True)
    monkeypatch.setattr("codecarbon.core.gpu.AMDSMI_AVAILABLE", False)
    return library


def opened(place: Path, clock: Clock) -> Counters:
    machine = counters(powercap=str(place), clock=clock)
    assert machine is not None
    return machine


@pytest.mark.usefixtures("no_gpu")
def test_the_joules_of_processors_are_those_of_their_counters_also_where_one_runs_over(
    powercap: Path, clock: Clock
) -> None:
    machine = opened(powercap, clock)
    assert machine.names == ("processors (RAPL)",)
    for moment in (1, 2):
        clock.now = moment
        show(powercap, moment)
        machine.joules()
    first = (RANGE - RAPL["package-0"][0] + RAPL["package-0"][2]) / 1e6
    second = (RAPL["package-1"][2] - RAPL["package-1"][0]) / 1e6
    assert machine.joules() == pytest.approx(first + second, rel=1e-9)


def test_the_joules_of_a_gpu_are_those_of_its_counter(
    nvml: SimpleNamespace, clock: Clock, tmp_path: Path
) -> None:
    machine = opened(tmp_path / "none", clock)
    assert machine.names == ("GPUs (NVML)",)
    clock.now = 1
    assert machine.parts() == {"GPUs (NVML)": pytest.approx(301.0, rel=1e-9)}
    clock.now = 2
    assert machine.joules() == pytest.approx(699.0, rel=1e-9)


def test_a_gpu_without_a_counter_is_measured_by_its_power(
    nvml: SimpleNamespace, clock: Clock, tmp_path: Path
) -> None:
    nvml.nvmlDeviceGetTotalEnergyConsumption = nvml.unsupported
    machine = opened(tmp_path / "none", clock)
    clock.now = 2
    # codecarbon comes to kWh by hours here, and by a rounded factor elsewhere
    assert machine.joules() == pytest.approx(2 * 250.0, rel=1e-6)


@pytest.mark.usefixtures("no_gpu")
def test_idle_power_is_the_mean_over_the_time_that_is_waited(powercap: Path, clock: Clock) -> None:
    machine = opened(powercap, clock)

    def sleep(seconds: float) -> None:
        clock.now += seconds
        show(powercap, 1)

    assert machine.idle(2.0, sleep) == pytest.approx(5.0 / 2.0)  # 3 J and 2 J in two seconds


@pytest.mark.usefixtures("no_gpu")
def test_a_machine_without_counters_has_no_figure(tmp_path: Path) -> None:
    assert counters(powercap=str(tmp_path / "none")) is None
    with pytest.raises(UserError, match=r"RAPL.*NVML.*leave --energy out"):
        counters(required=True, powercap=str(tmp_path / "none"))


def test_while_it_is_entered_it_is_read_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Steady:
        def __init__(self) -> None:
            self.calls: list[float] = []

        def start(self) -> None:
            self.calls.clear()

        def measure_power_and_energy(self, last_duration: float) -> tuple[Any, Any]:
            from codecarbon.core.units import Energy

            self.calls.append(last_duration)
            return None, Energy.from_millijoules(1000 * last_duration)

    monkeypatch.setattr("harness.energy.counters.OFTEN", 0.06)
    steady = Steady()
    hardware: dict[str, Hardware] = {"one watt": steady}
    with Counters(hardware) as machine:
        for _ in waiting():
            if len(steady.calls) > 2:
                break
        total = machine.joules()
    assert total == pytest.approx(sum(steady.calls))
    assert all(one >= 0.02 for one in steady.calls)


def waiting() -> Iterator[None]:
    import time

    for _ in range(500):
        time.sleep(0.01)
        yield
    raise AssertionError("it was not read in five seconds")
