"""Memory: the peak of each phase, of the process tree and of the GPU."""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, ClassVar

from ..api import Gauge, Meter, Reading, Run
from ..hookspecs import hookimpl

if TYPE_CHECKING:
    import psutil

MIB = 2**20
INTERVAL_SECONDS = 0.2
MOST_SAMPLING = 0.05
"""The share of the time that looking at other processes may take."""

PHASES = ("load", "prepare", "train", "encode", "evaluate")


class MemoryGauge(Gauge):
    """Asks the kernel for the process's peak at the edges of phases, and samples its children meanwhile.

    Figures are over a baseline: what the process held before the cell, which is the interpreter, the
    libraries, and pages that it shares with the server it was forked from. A GPU's peak is torch's count.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.peak = ProcessPeak()
        self.children = Children()
        self.baseline = self.peak.restart()
        self.peaks: dict[str, int] = defaultdict(int)
        self.gpu_peaks: dict[str, tuple[int, int]] = {}
        self.phases: list[str] = []

    def enter(self, phase: str) -> None:
        """Account what was up to now to the phase around."""
        self._account()
        if not self.phases:
            self.children.watch()
        self.phases.append(phase)

    def leave(self, phase: str) -> None:
        """Account what was up to now to the phase that ends."""
        self._account()
        self.phases.pop()
        if not self.phases:
            self.children.rest()

    def close(self) -> Reading:
        """Return the peaks in MiB over the baseline."""
        reading: dict[str, float | str] = {"method": self.peak.method, "baseline_mib": self.baseline / MIB}
        for phase in PHASES:
            if phase in self.peaks:
                reading[f"{phase}_peak_mib"] = max(0, self.peaks[phase] - self.baseline) / MIB
            if phase in self.gpu_peaks:
                allocated, reserved = self.gpu_peaks[phase]
                reading[f"{phase}_gpu_allocated_mib"] = allocated / MIB
                reading[f"{phase}_gpu_reserved_mib"] = reserved / MIB
        return reading

    def _account(self) -> None:
        reached = self.peak.read() + self.children.restart()
        self.peak.restart()
        if self.phases:
            self.peaks[self.phases[-1]] = max(self.peaks[self.phases[-1]], reached)
            self._account_gpu(self.phases[-1])

    def _account_gpu(self, phase: str) -> None:
        if self.run.device.type != "cuda":
            return
        import torch

        allocated, reserved = self.gpu_peaks.get(phase, (0, 0))
        self.gpu_peaks[phase] = (
            max(allocated, torch.cuda.max_memory_allocated(self.run.device)),
            max(reserved, torch.cuda.max_memory_reserved(self.run.device)),
        )
        torch.cuda.reset_peak_memory_stats(self.run.device)


class ProcessPeak:
    """The most memory this process has held since `restart`, in bytes.

    Linux keeps the peak itself and lets it be reset (proc(5), clear_refs), so that no peak is too short
    to be seen. Where that is not to be had, the memory held at the moment of asking stands for it.
    """

    def __init__(self) -> None:
        try:
            Path("/proc/self/clear_refs").write_text("5")
            self.method = (
                "peak resident set by the kernel, over the baseline; children by PSS at most every 0.2 s"
            )
        except OSError:
            self.method = (
                "resident set at the edges of phases, over the baseline; children by USS at most every 0.2 s"
            )
        self.by_kernel = self.method.startswith("peak")

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


class Children:
    """The most memory that children of this process have held together since `restart`, sampled.

    Those that were there before are not the cell's.
    """

    def __init__(self) -> None:
        import psutil

        self.process = psutil.Process()
        self.others = set(self.process.children(recursive=True))
        self.highest = 0
        self.lock = threading.Lock()  # so that no sample spans the edge of a phase

    def watch(self) -> None:
        """Begin to sample, in a thread."""
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._sample, name="bench-memory", daemon=True)
        self.thread.start()

    def rest(self) -> None:
        """End the sampling."""
        self.over.set()
        self.thread.join()

    def restart(self) -> int:
        """Return the highest sum seen, and begin anew."""
        with self.lock:
            highest, self.highest = self.highest, 0
        return highest

    def _sample(self) -> None:
        pause = INTERVAL_SECONDS
        while not self.over.wait(pause):
            began = perf_counter()
            with self.lock:
                children = set(self.process.children(recursive=True)) - self.others
                self.highest = max(self.highest, sum(map(_share, children)))
            # Where thousands of processes run, finding the children takes time from what is measured.
            pause = max(INTERVAL_SECONDS, (perf_counter() - began) / MOST_SAMPLING)


def _share(process: psutil.Process) -> int:
    """Return a process's memory, pages shared with others counted by their share where Linux tells."""
    import psutil

    with suppress(psutil.Error, OSError):
        rollup = Path(f"/proc/{process.pid}/smaps_rollup")
        return _kibibytes(rollup, "Pss:") if rollup.exists() else int(process.memory_full_info().uss)
    return 0


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
