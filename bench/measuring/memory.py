"""Memory: the most that each phase held, of the process tree and of the GPU."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from time import perf_counter
from typing import ClassVar

from ..api import Gauge, Meter, Reading, Run
from ..hookspecs import hookimpl
from .allocator import give_back
from .nvml import find_gpu
from .sampling import Samples

MIB = 2**20

PHASES = ("load", "prepare", "compile", "train", "encode", "evaluate", "checkpoint")


class MemoryGauge(Gauge):
    """Asks the kernel and torch for peaks at the edges of phases, and takes samples meanwhile.

    Figures of processes are over a baseline: what this one held before the cell, which is the interpreter,
    the libraries, and pages that it shares with the server it was forked from.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.samples = Samples(find_gpu(run.device))
        self.peak = ProcessPeak()
        self.baseline = self.peak.restart()
        self.phases: list[tuple[str, float]] = []
        self.highest: dict[str, dict[str, int]] = defaultdict(dict)
        self._restart_torch()  # an earlier cell may have run in this process

    def enter(self, phase: str) -> None:
        """Account what was up to now to the phase around."""
        self._account()
        if not self.phases:
            self.samples.watch()
        if phase not in self.highest:
            self.samples.wake()
        self.phases.append((phase, perf_counter()))

    def leave(self, phase: str) -> None:
        """Account what was up to now to the phase that ends."""
        if self.samples.budget.allows_at_end(perf_counter() - self.phases[-1][1]):
            self.samples.look(own=True)
        self._account()
        self.phases.pop()
        if not self.phases:
            self.samples.rest()

    def close(self) -> Reading:
        """Return the figures in MiB."""
        baseline = {"peak": self.baseline, **self.samples.baseline}
        reading: dict[str, float | str | None] = {
            "method": self.peak.method,
            "baseline_mib": self.baseline / MIB,
        }
        reading |= {f"baseline_{key}_mib": size / MIB for key, size in self.samples.baseline.items()}
        for phase in filter(self.highest.get, PHASES):
            reading |= {f"{phase}_{key}_mib": None for key in self.samples.baseline}  # unless one was taken
            for key, size in self.highest[phase].items():
                reading[f"{phase}_{key}_mib"] = max(0, size - baseline.get(key, 0)) / MIB
        return reading

    def _account(self) -> None:
        own, descendants = self.samples.restart()
        sampled = {key: size + descendants[key] for key, size in own.items()}
        peak = self.peak.read() + (descendants["pss"] or descendants["uss"])
        give_back()  # what this phase has freed is not the next one's
        self.peak.restart()
        if self.phases:
            highest = self.highest[self.phases[-1][0]]
            for key, size in {"peak": peak, **sampled, **self._restart_torch()}.items():
                highest[key] = max(size, highest.get(key, 0))

    def _restart_torch(self) -> dict[str, int]:
        """Return torch's own peaks, which no sample is too seldom for, and have it begin anew."""
        if self.run.device.type != "cuda":
            return {}
        import torch

        peaks = {
            "gpu_allocated": torch.cuda.max_memory_allocated(self.run.device),
            "gpu_reserved": torch.cuda.max_memory_reserved(self.run.device),
        }
        torch.cuda.reset_peak_memory_stats(self.run.device)
        return peaks


class ProcessPeak:
    """The most memory this process has held since `restart`, in bytes.

    Linux keeps the peak itself and lets it be reset (proc(5), clear_refs), so that no peak is too short
    to be seen. Where that is not to be had, the memory held at the moment of asking stands for it.
    """

    def __init__(self) -> None:
        try:
            Path("/proc/self/clear_refs").write_text("5")
            self.by_kernel = True
        except OSError:
            self.by_kernel = False
        peak = "peak resident set by the kernel" if self.by_kernel else "resident set at the edges of phases"
        self.method = f"{peak}; children, PSS and USS by samples; all over the baseline"

    def restart(self) -> int:
        """Begin anew, and return the memory held now."""
        if self.by_kernel:
            Path("/proc/self/clear_refs").write_text("5")
        return self.read()

    def read(self) -> int:
        """Return the peak."""
        if self.by_kernel:
            return _kibibytes(Path("/proc/self/status"), "VmHWM:")
        import psutil

        return int(psutil.Process().memory_info().rss)


def _kibibytes(path: Path, key: str) -> int:
    """Return the value of a line such as `VmHWM:  1234 kB` in bytes."""
    for line in path.read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    return 0


class Memory(Meter):
    """Peak memory by phase."""

    name: ClassVar[str] = "memory"
    table: ClassVar[str] = "memory"
    columns: ClassVar[dict[str, str]] = {
        "method": "how process memory was measured",
        "baseline_mib": "MiB held before the cell began: interpreter and libraries",
        "baseline_pss_mib": "the same by PSS",
        "baseline_uss_mib": "the same by USS",
        **{
            f"{phase}_{key}_mib": f"{doc}, {phase}"
            for phase in PHASES
            for key, doc in {
                "peak": "peak MiB of the process and its children over the baseline",
                "pss": "the same by samples, shared pages by their part (PSS)",
                "uss": "the same by samples, without shared pages (USS)",
                "gpu_allocated": "peak MiB of tensors on the GPU",
                "gpu_reserved": "peak MiB that torch held on the GPU",
                "gpu_process": "MiB of process and children on the GPU by the driver's count (NVML), sampled",
            }.items()
        },
    }

    def open(self, run: Run) -> MemoryGauge:
        """Start on a cell."""
        return MemoryGauge(run)


@hookimpl
def bench_meters() -> list[type[Meter]]:
    """Return the meter."""
    return [Memory]
