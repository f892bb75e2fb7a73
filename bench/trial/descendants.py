"""All processes that descend from this one, and their end. On Linux none escapes, however it hides."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import psutil

SHORT_SECONDS = 0.005
LAST_SECONDS = 5.0
"""How long a killed process may take to be gone; one that the kernel does not let go of is left to it."""

SET_PARENT_DEATH_SIGNAL = 1
SET_CHILD_SUBREAPER = 36


class Descendants:
    """The processes below this one. Those whose parent has ended become its children.

    `statuses` has the wait status of each child that has ended, by its number.
    """

    def __init__(self) -> None:
        _control(SET_CHILD_SUBREAPER, 1)
        self.statuses: dict[int, int] = {}

    def reap(self) -> bool:
        """Take note of the children that have ended; tell whether there still are any."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self.statuses[ended[0]] = ended[1]
            return True
        return False

    def wait(self, seconds: float, pid: int | None = None) -> bool:
        """Wait for a child, or for all, at most so long; tell whether they have ended."""
        end = monotonic() + seconds
        while self.reap() and pid not in self.statuses:
            if monotonic() >= end:
                return False
            sleep(SHORT_SECONDS)
        return True

    def end(self, grace: float) -> None:
        """Ask all to end, if there is any grace, and kill what is left after so many seconds."""
        if grace and self.reap():
            self._signal(signal.SIGTERM)
            self.wait(grace)
        end = monotonic() + LAST_SECONDS
        while self.reap() and monotonic() < end:
            self._signal(signal.SIGKILL)  # again and again: what is killed may just have started others
            self.wait(10 * SHORT_SECONDS)

    def own_bytes(self) -> int:
        """Return the main memory that they hold, but for what they share with files and this process."""
        mine = _own_bytes(psutil.Process())
        return sum(max(0, _own_bytes(process) - mine) for process in self._all())

    def _signal(self, number: int) -> None:
        for process in self._all():
            with suppress(psutil.Error):
                process.send_signal(number)

    def _all(self) -> Iterator[psutil.Process]:
        with suppress(psutil.Error):
            yield from psutil.Process().children(recursive=True)


def bytes_beyond_parent() -> int:
    """Return the main memory that this process holds, but for what it shares with files and its parent."""
    return max(0, _own_bytes(psutil.Process()) - _own_bytes(psutil.Process(os.getppid())))


def die_with(parent: int) -> None:
    """Have this process killed when its parent ends, or end it at once if that has happened. On Linux.

    By the parent the kernel means the thread that started this process.
    """
    _control(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def kills_for_memory() -> int:
    """Return how many processes the kernel of this machine has ended as there was no memory left."""
    with suppress(OSError, ValueError, KeyError):
        lines = Path("/proc/vmstat").read_text().splitlines()
        return int(dict(line.split() for line in lines)["oom_kill"])
    return 0


def _own_bytes(process: psutil.Process) -> int:
    try:
        memory = process.memory_info()
    except psutil.Error:
        return 0
    return int(memory.rss - getattr(memory, "shared", 0))


def _control(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
