"""Energy: joules by phase, by the counters of the GPU or the processor."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from time import perf_counter
from typing import ClassVar, Protocol

from ..api import Gauge, Meter, Reading, Run, Step
from ..hookspecs import hookimpl
from .nvml import find_gpu

PHASES = ("load", "prepare", "compile", "train", "encode", "evaluate", "checkpoint")
POWERCAP = Path("/sys/class/powercap")
MICRO = 1e-6
READING_SECONDS = 20.0
"""A package at 1 kW goes through the smallest range of its counter, 65 kJ, in a minute."""


class Joules(Protocol):
    """A counter of energy."""

    def joules(self) -> float | None:
        """Return what was taken since some moment; None where it cannot be read."""
        ...


class EnergyGauge(Gauge):
    """Reads a counter at the edges of phases. Where it cannot be read, at first or later, nothing is told."""

    def __init__(self, run: Run, method: str, counter: Joules) -> None:
        self.run = run
        self.method = method
        self.counter = counter
        self.phases: list[str] = []
        self.joules: dict[str, float] = defaultdict(float)
        self.readable = True
        self.since = 0.0
        self._read()

    def enter(self, phase: str) -> None:
        """Account what was up to now to the phase around."""
        self._account()
        self.phases.append(phase)

    def step(self, step: Step) -> None:
        """Read a counter that would else begin anew unseen in a long phase."""
        if perf_counter() - self.read_at >= READING_SECONDS:
            self._account()

    def leave(self, phase: str) -> None:
        """Account what was up to now to the phase that ends."""
        self._account()
        self.phases.pop()

    def close(self) -> Reading:
        """Return the joules of each phase."""
        if not self.readable:
            return {}
        joules = {f"{phase}_joules": self.joules[phase] for phase in PHASES if phase in self.joules}
        return {"energy_method": self.method, **joules}

    def _account(self) -> None:
        self.run.synchronize()
        before = self.since
        self._read()
        if self.phases:
            self.joules[self.phases[-1]] += self.since - before

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
        """Return what all packages took since the first call; None if there is none that may be read.

        A counter begins anew when it has come to the end of its range, which may happen once between calls.
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
    columns: ClassVar[dict[str, str]] = {
        "energy_method": "what the joules are of: the whole GPU or processor, not the process alone",
        **{f"{phase}_joules": f"joules, {phase}" for phase in PHASES},
    }

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
