"""Who holds a results folder, or cells of it: a process on a host; and whether it has surely ended."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

ENDED = "ended"
"""When a process began that has ended, and whose parent has not taken note of it yet."""


class Holder(BaseModel):
    """A process on a host, since when it holds something, and the cells it runs, by id, and since when.

    Times are UTC in ISO 8601. `numbering` is who gave the process its number, and `born` when the process
    began by the clock of that kernel; both are empty where they cannot be told. `beats` counts the signs of
    life of a run that has joined others.
    """

    model_config = ConfigDict(frozen=True)

    host: str
    pid: int = Field(ge=1, lt=2**31)
    since: str
    cells: Mapping[str, str] = Field(default_factory=dict)
    numbering: str = ""
    born: str = ""
    beats: int = 0

    @classmethod
    def here(cls) -> Holder:
        """Return this process, from now on."""
        return cls(
            host=platform.node(),
            pid=os.getpid(),
            since=datetime.now(UTC).isoformat(timespec="seconds"),
            numbering=_numbering(),
            born=_born(os.getpid()),
        )

    def has_ended(self) -> bool:
        """Tell whether the process has surely ended, which can be told of those that this one could see."""
        if not self.numbering or self.numbering != _numbering():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:  # another user's
            return False
        born = _born(self.pid)
        return bool(born) and born != self.born

    def __str__(self) -> str:
        """Return it as people read it."""
        return f"process {self.pid} on {self.host}, since {self.since}"


@cache
def _numbering() -> str:
    """Return what numbers processes here: this start of the kernel, and the container's own namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _born(pid: int) -> str:
    """Return when a process began, in ticks since the kernel did; see proc(5), `/proc/pid/stat`."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return ENDED if state in "ZX" else rest[18]
