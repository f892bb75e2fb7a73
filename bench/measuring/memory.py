"""Memory: the peak of each phase, of the process tree and of the GPU."""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from ..api import Gauge, Meter, Reading, Run
from ..hookspecs import hookimpl

MIB = 2**20
INTERVAL_SECONDS = 0.05
PHASES = ("load", "prepare", "train", "encode", "evaluate")


class MemoryGauge(Gauge):
    """Samples the process tree in a thread while a phase runs; a GPU's peak comes from torch's counter.

    The baseline is what the process held before the cell: the interpreter and the libraries.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.tree = ProcessTree()
        self.baseline = self.tree.unique_bytes()
        self.peaks: dict[str, int] = defaultdict(int)
        self.gpu_peaks: dict[str, tuple[int, int]] = {}
        self.phases: list[str] = []
        self.over = threading.Event()
        self.sampler = threading.Thread(target=self._sample, name="bench-memory", daemon=True)
        self.sampler.start()

    def enter(self, phase: str) -> None:
        """Account what comes to the phase."""
        self._account()
        self.phases.append(phase)

    def leave(self, phase: str) -> None:
        """Account the end of the phase, where its memory is often highest."""
        self._account()
        self.phases.pop()

    def close(self) -> Reading:
        """Return the peaks in MiB over the baseline."""
        self.over.set()
        self.sampler.join()
        reading: dict[str, float | str] = {
            "method": self.tree.method,
            "baseline_mib": self.baseline / MIB,
        }
        for phase in PHASES:
            if phase in self.peaks:
                reading[f"{phase}_peak_mib"] = max(0, self.peaks[phase] - self.baseline) / MIB
            if phase in self.gpu_peaks:
                allocated, reserved = self.gpu_peaks[phase]
                reading[f"{phase}_gpu_allocated_mib"] = allocated / MIB
                reading[f"{phase}_gpu_reserved_mib"] = reserved / MIB
        return reading

    def _sample(self) -> None:
        while not self.over.wait(INTERVAL_SECONDS):
            self._see()

    def _see(self) -> None:
        if phase := next(reversed(self.phases), None):
            self.peaks[phase] = max(self.peaks[phase], self.tree.unique_bytes())

    def _account(self) -> None:
        self._see()
        if self.run.device.type == "cuda" and self.phases:
            import torch

            before = self.gpu_peaks.get(self.phases[-1], (0, 0))
            now = (
                torch.cuda.max_memory_allocated(self.run.device),
                torch.cuda.max_memory_reserved(self.run.device),
            )
            self.gpu_peaks[self.phases[-1]] = max(before[0], now[0]), max(before[1], now[1])
            torch.cuda.reset_peak_memory_stats(self.run.device)


class ProcessTree:
    """This process and its children."""

    def __init__(self) -> None:
        import psutil

        self.process = psutil.Process()
        self.rollup = Path("/proc/self/smaps_rollup").exists()
        self.method = f"{'PSS' if self.rollup else 'USS'} of the process tree, sampled every 50 ms"

    def unique_bytes(self) -> int:
        """Return the memory that the tree holds, pages it shares with others counted by their share.

        Linux tells that (PSS); elsewhere only pages that nobody shares count (USS).
        """
        import psutil

        total = 0
        with suppress(psutil.Error):
            for process in (self.process, *self.process.children(recursive=True)):
                with suppress(psutil.Error, OSError):
                    total += _pss(process.pid) if self.rollup else process.memory_full_info().uss
        return total


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


class Memory(Meter):
    """Peak memory by phase."""

    name: ClassVar[str] = "memory"
    table: ClassVar[str] = "memory"
    columns: ClassVar[dict[str, str]] = {
        "method": "how process memory was measured",
        "baseline_mib": "MiB held before the cell began: interpreter and libraries",
        **{f"{phase}_peak_mib": f"peak MiB over the baseline, {phase}" for phase in PHASES},
        **{f"{phase}_gpu_allocated_mib": f"peak MiB of tensors on the GPU, {phase}" for phase in PHASES},
        **{f"{phase}_gpu_reserved_mib": f"peak MiB that torch held on the GPU, {phase}" for phase in PHASES},
    }

    def open(self, run: Run) -> MemoryGauge:
        """Start on a cell."""
        return MemoryGauge(run)


@hookimpl
def bench_meters() -> list[type[Meter]]:
    """Return the meter."""
    return [Memory]
