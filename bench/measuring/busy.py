"""How busy other programs keep the machine at this moment."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import sleep

LOADAVG = Path("/proc/loadavg")
LOOKS = 11
PAUSE_SECONDS = 0.002


def running_elsewhere(file: Path = LOADAVG, pause: Callable[[float], object] = sleep) -> int | None:
    """Return how many threads of other programs run or wait for a core; None where Linux does not say.

    The median of several looks within 20 ms, as a program that wakes for a moment does not matter. Linux
    also counts the thread that looks, which is left out; proc(5), loadavg.
    """
    found = []
    for _ in range(LOOKS):
        try:
            running, _ = file.read_text().split()[3].split("/")
            found.append(int(running) - 1)
        except (OSError, ValueError, IndexError):
            return None
        pause(PAUSE_SECONDS)
    return max(0, round(median(found)))


def free_cores(cores: int | None = None, running: Callable[[], int | None] = running_elsewhere) -> int:
    """Return how many of the machine's cores no other program uses, at least one."""
    cores = cores or os.cpu_count() or 1
    return max(1, cores - (running() or 0))
