"""Energy: joules by phase, by the counters of the GPU or the processor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import ClassVar, Protocol

from ..api import WHOLE, Figure, Gauge, Meter, PhaseGauge, Reading, Run, Step
from ..hookspecs import hookimpl
from .nvml import find_gpu

POWERCAP = Path("/sys/class/powercap")
MICRO = 1e-6
READING_SECONDS = 20.0
"""A package at 1 kW goes through the smallest range of its counter, 65 kJ, in a minute."""


class Joules(Protocol):
    """A counter of energy."""

    def joules(self) -> float | None:
        """Return the energy used since some fixed moment; None where it cannot be read."""
        ...


class EnergyGauge(PhaseGauge):
    """Reads a counter at the edges of phases. Where it cannot be read, at any time, nothing is reported."""

    def __init__(self, run: Run, method: str, counter: Joules) -> None:
        super().__init__()
        self.run = run
        self.method = method
        self.counter = counter
        self.joules: dict[str, float] = defaultdict(float)
        self.readable = True
        self.since = 0.0
        self._read()

    def pause(self) -> None:
        """Account for what was used up to now."""
        self.run.synchronize()
        before = self.since
        self._read()
        if self.phase is not None:
            self.joules[self.phase] += self.since - before

    def step(self, step: Step) -> None:
        """Read a counter that would otherwise wrap around unseen in a long phase."""
        if perf_counter() - self.read_at >= READING_SECONDS:
            self.pause()

    def close(self, earlier: Mapping[str, Reading]) -> Reading:
        """Return the joules of each phase."""
        if not self.readable:
            return {}
        by_phase = {phase: {"joules": joules} for phase, joules in self.joules.items()}
        return {WHOLE: {"energy_method": self.method}, **by_phase}

    def _read(self) -> None:
        joules = self.counter.joules()
        self.readable = self.readable and joules is not None
        self.since = joules or 0.0
        self.read_at = perf_counter()


class Rapl:
    """The counters of all processor packages together: running average power limit, by Linux's powercap."""

    def __init__(self, folder: Path = POWERCAP) -> None:
        # A package holds its cores and memory, which have counters of their own; `psys` would hold it again.
        names = sorted(folder.glob("intel-rapl:*/name"))
        self.packages = [name.parent for name in names if _text(name).startswith("package")]
        self.last: dict[Path, int] = {}
        self.total = 0

    def joules(self) -> float | None:
        """Return what all packages used since the first call; None if there is none that may be read.

        A counter starts over at the end of its range, which may happen once between calls.
        """
        try:
            for package in self.packages:
                now = int(_text(package / "energy_uj"))
                before = self.last.get(package, now)
                ended = now < before
                self.total += now - before + ended * int(_text(package / "max_energy_range_uj"))
                self.last[package] = now
        except (OSError, ValueError):
            return None
        return self.total * MICRO if self.packages else None


def _text(file: Path) -> str:
    return file.read_text().strip()


class Energy(Meter):
    """Joules by phase. Never an estimate: what cannot be read is absent."""

    name: ClassVar[str] = "energy"
    table: ClassVar[str] = "throughput"
    exclusive: ClassVar[bool] = True
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("joules", "J", "energy that was taken during the phase", "lower", by_phase=True),
        Figure(
            "energy_method",
            doc="what the joules are of: the whole GPU or processor, not the process alone",
        ),
    )

    def open(self, run: Run) -> Gauge:
        """Start on a cell."""
        if run.device.type == "cuda":
            gpu = find_gpu(run.device)
            return EnergyGauge(run, "whole GPU, by NVML", gpu) if gpu else Gauge()
        if run.device.type == "cpu":
            return EnergyGauge(run, "whole processor, all packages, by RAPL", Rapl())
        return Gauge()


@hookimpl
def bench_meters() -> list[type[Meter]]:
    """Return the meter."""
    return [Energy]
