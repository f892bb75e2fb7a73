"""A file that a run touches while it lasts, so that what works for it elsewhere does not outlive it long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

NAME = "alive"
PATIENCE_SECONDS = 600.0
"""After so long without a sign of life a run is taken for dead."""


def watch_over(
    file: Path,
    end: Callable[[], None],
    patience: float = PATIENCE_SECONDS,
    tick: float = PATIENCE_SECONDS / 20,
) -> None:
    """Wait until a file has not been touched for some seconds, by this machine's clock; then call `end`."""
    seen, since = _modified(file), monotonic()
    while monotonic() - since < patience:
        sleep(tick)
        if (now := _modified(file)) != seen:
            seen, since = now, monotonic()
    end()


def _modified(file: Path) -> int | None:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return None
