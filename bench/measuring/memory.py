"""Memory: the most that each phase held, of the process tree and of the GPU."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import ClassVar

from ..api import WHOLE, Figure, Meter, PhaseGauge, Reading, Run, Value
from ..hookspecs import hookimpl
from .allocator import give_back
from .nvml import find_gpu
from .sampling import Samples

MIB = 2**20


class MemoryGauge(PhaseGauge):
    """Asks the kernel and torch for peaks at the edges of phases, and takes samples meanwhile.

    Figures of processes are over a baseline: what this one held before the cell, which is the interpreter,
    the libraries, and pages that it shares with the server it was forked from.
    """

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run
        self.samples = Samples(find_gpu(run.device))
        self.peak = ProcessPeak()
        self.baseline = self.peak.restart()
        self.began: list[float] = []
        self.highest: dict[str, dict[str, int]] = defaultdict(dict)
        self._restart_torch()  # an earlier cell may have run in this process

    def enter(self, phase: str) -> None:
        """Watch while there is any phase, and take a sample soon after a new one has begun."""
        super().enter(phase)
        if len(self.phases) == 1:
            self.samples.watch()
        if phase not in self.highest:
            self.samples.wake()
        self.began.append(perf_counter())

    def leave(self, phase: str) -> None:
        """Take a last sample of the phase, if that is cheap for one of its length."""
        if self.samples.budget.allows_at_end(perf_counter() - self.began.pop()):
            self.samples.look(own=True)
        super().leave(phase)
        if not self.phases:
            self.samples.rest()

    def close(self, earlier: Mapping[str, Reading]) -> Reading:
        """Return the figures in MiB."""
        whole: dict[str, Value] = {"method": self.peak.method, "baseline_mib": self.baseline / MIB}
        whole |= {f"baseline_{key}_mib": size / MIB for key, size in self.samples.baseline.items()}
        return {WHOLE: whole, **{phase: self._over_baseline(phase) for phase in self.highest}}

    def _over_baseline(self, phase: str) -> dict[str, float | None]:
        baseline = {"peak": self.baseline, **self.samples.baseline}
        taken = {
            f"{key}_mib": max(0, size - baseline.get(key, 0)) / MIB
            for key, size in self.highest[phase].items()
        }
        return {**{f"{key}_mib": None for key in self.samples.baseline}, **taken}  # None without a sample

    def pause(self) -> None:
        """Account the peaks up to now."""
        own, descendants = self.samples.restart()
        sampled = {key: size + descendants[key] for key, size in own.items()}
        peak = self.peak.read() + (descendants["pss"] or descendants["uss"])
        give_back()  # what this phase has freed is not the next one's
        self.peak.restart()
        peaks = {"peak": peak, **sampled, **self._restart_torch()}
        if self.phase is not None:
            highest = self.highest[self.phase]
            for key, size in peaks.items():
                highest[key] = max(size, highest.get(key, 0))

    def _restart_torch(self) -> dict[str, int]:
        """Return torch's own peaks, which do not depend on how often samples are taken, and reset them."""
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
    to be seen. Where that is not possible, the memory held at the moment of asking stands for it.
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
        """Start over, and return the memory held now."""
        if self.by_kernel:
            Path("/proc/self/clear_refs").write_text("5")
        return self.read()

    def read(self) -> int:
        """Return the peak."""
        if self.by_kernel:
            return _bytes(Path("/proc/self/status"), "VmHWM:")
        import psutil

        return int(psutil.Process().memory_info().rss)


def _bytes(path: Path, key: str) -> int:
    """Return the value of a line such as `VmHWM:  1234 kB` in bytes."""
    for line in path.read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    return 0


class Memory(Meter):
    """Peak memory by phase."""

    name: ClassVar[str] = "memory"
    table: ClassVar[str] = "memory"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "peak_mib",
            "MiB",
            "peak of the process and its children over the baseline",
            "lower",
            headline=4,
            by_phase=True,
            role="memory",
        ),
        Figure(
            "pss_mib", "MiB", "the same by samples, shared pages by their part (PSS)", "lower", by_phase=True
        ),
        Figure("uss_mib", "MiB", "the same by samples, without shared pages (USS)", "lower", by_phase=True),
        Figure("gpu_allocated_mib", "MiB", "peak of tensors on the GPU", "lower", headline=5, by_phase=True),
        Figure("gpu_reserved_mib", "MiB", "peak that torch held on the GPU", "lower", by_phase=True),
        Figure(
            "gpu_process_mib",
            "MiB",
            "peak of process and children on the GPU by the driver's count (NVML), sampled",
            "lower",
            by_phase=True,
        ),
        Figure("baseline_mib", "MiB", "held before the cell began: interpreter and libraries"),
        Figure("baseline_pss_mib", "MiB", "the same by PSS"),
        Figure("baseline_uss_mib", "MiB", "the same by USS"),
        Figure("method", doc="how process memory was measured"),
    )

    def open(self, run: Run) -> MemoryGauge:
        """Start on a cell."""
        return MemoryGauge(run)


@hookimpl
def bench_meters() -> list[type[Meter]]:
    """Return the meter."""
    return [Memory]
