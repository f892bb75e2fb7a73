"""What Slurm says of jobs."""

from __future__ import annotations

import getpass
import subprocess
from contextlib import suppress

PATIENCE_SECONDS = 60.0


def unfinished() -> set[str] | None:
    """Return the numbers of this user's jobs that wait or run; None if Slurm does not answer."""
    command = ["squeue", "--noheader", f"--user={getpass.getuser()}", "--format=%A"]
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS)
        return set(done.stdout.split())
    return None


def state_of(number: str) -> str:
    """Return how a job ended, as Slurm's accounting has it: `NODE_FAIL`; `unknown` where there is none."""
    command = ["sacct", "--noheader", "--parsable2", "--format=State", "--allocations", "-j", number]
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS)
        return next(iter(done.stdout.split()), "unknown")
    return "unknown"
