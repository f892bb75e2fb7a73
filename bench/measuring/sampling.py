"""Samples of the memory that a process and its descendants hold, taken beside the work they do."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter, thread_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

    from .nvml import Gpu

INTERVAL_SECONDS = 0.2
SOON_SECONDS = 0.05
"""After a phase has begun: it holds something by then."""

ALLOWANCE_SECONDS = 0.05
SHARE = 0.0025
"""What looking at this process may take: so much at once, and this share of the time gone by. At the end of a
phase the same share of its time may be taken once more; together that is at most half a percent."""

DESCENDANTS_SHARE = 0.01
"""What finding its descendants and looking at them may take: among thousands of processes that is long."""

Held = Counter[str]
"""Bytes, by how they are counted: `pss` (shared pages by their part) and `uss` (pages of its own)."""


class Samples:
    """The most that this process, and its descendants together, have held since `restart`.

    Descendants that were there before are not the cell's. Looking at this process makes the kernel visit
    all its pages, which takes 10 ms with torch loaded, and is done as often as the budget allows; its
    descendants are looked at every 0.2 s. So the two are from different moments, and reported separately.
    """

    def __init__(self, gpu: Gpu | None = None) -> None:
        import psutil

        self.process = psutil.Process()
        self.others = set(self.process.children(recursive=True))
        self.gpu = gpu
        self.budget = Budget()
        with self.budget.charged():
            self.baseline = held(self.process)
        self.budget.spent = 0.0  # nothing was measured yet that it could have slowed
        self.own: Held = Counter()
        self.descendants: Held = Counter()
        self.era = 0
        self.lock = threading.Lock()

    def watch(self) -> None:
        """Begin to sample, in a thread."""
        self.over, self.woken = threading.Event(), threading.Event()
        arguments = (self.over, self.woken)
        threading.Thread(target=self._run, args=arguments, name="bench-memory", daemon=True).start()

    def wake(self) -> None:
        """Ask for a sample soon."""
        self.woken.set()

    def rest(self) -> None:
        """End the sampling. The thread is not waited for: its last sample is of no phase."""
        self.over.set()
        self.woken.set()

    def restart(self) -> tuple[Held, Held]:
        """Return the most that this process, and that its descendants were seen to hold, and start over."""
        with self.lock:
            self.era += 1
            highest = self.own, self.descendants
            self.own, self.descendants = Counter(), Counter()
        return highest

    def look(self, *, own: bool) -> None:
        """Take a sample: of the descendants, and of this process if asked to."""
        era = self.era
        children = set(self.process.children(recursive=True)) - self.others if has_children() else set()
        theirs = sum(map(held, children), Counter())
        ours = self._look_at_own(children) if own else Counter()
        with self.lock:
            if era == self.era:  # otherwise it began in another phase
                self.own |= ours
                self.descendants |= theirs

    def _look_at_own(self, children: set[psutil.Process]) -> Held:
        with self.budget.charged():
            used = self.gpu and self.gpu.process_bytes([self.process.pid, *(child.pid for child in children)])
            return held(self.process) + Counter({"gpu_process": used or 0})

    def _run(self, over: threading.Event, woken: threading.Event) -> None:
        pause = INTERVAL_SECONDS
        while not over.is_set():
            if woken.wait(pause):
                woken.clear()
                over.wait(SOON_SECONDS)
            if not over.is_set():
                began, charged = thread_time(), self.budget.spent
                self.look(own=self.budget.allows())
                took = thread_time() - began - (self.budget.spent - charged)
                pause = max(INTERVAL_SECONDS, took / DESCENDANTS_SHARE)


class Budget:
    """Counts what looking at this process takes of a core's time, and says whether it may look again."""

    def __init__(self) -> None:
        self.began = perf_counter()
        self.spent = 0.0
        self.last = 0.0

    def allows(self) -> bool:
        """Return whether one more look, as expensive as the last one, is within the allowance."""
        return self.spent + self.last <= ALLOWANCE_SECONDS + SHARE * (perf_counter() - self.began)

    def allows_at_end(self, seconds: float) -> bool:
        """Return whether it is cheap enough at the end of a phase that took these seconds."""
        return self.last <= SHARE * seconds

    @contextmanager
    def charged(self) -> Iterator[None]:
        """Count what the context takes."""
        began = thread_time()
        yield
        self.last = thread_time() - began
        self.spent += self.last


def has_children() -> bool:
    """Tell whether this process has any child; True where the system cannot say so at once."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    except (AttributeError, OSError):
        return True
    return True


def held(process: psutil.Process) -> Held:
    """Return what a process holds; nothing of one that has ended, and no PSS where Linux does not report it.

    PSS and USS as proc(5) defines them; huge pages of hugetlbfs are in USS alone.
    """
    import psutil

    rollup = Path(f"/proc/{process.pid}/smaps_rollup")
    with suppress(psutil.Error, OSError):
        if not rollup.exists():
            return Counter({"uss": process.memory_full_info().uss})
        fields = dict(line.split(":") for line in rollup.read_text().splitlines()[1:])
        sizes = {name: int(size.split()[0]) * 1024 for name, size in fields.items()}
        own = sizes["Private_Clean"] + sizes["Private_Dirty"] + sizes["Private_Hugetlb"]
        return Counter({"pss": sizes["Pss"], "uss": own})
    return Counter()
