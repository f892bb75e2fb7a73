"""A bound on the time that somebody's code takes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

TICKS = 20
"""In so many parts time is counted; of a stop, however long, only one is."""


class TimeBoundReached(BaseException):
    """The time is up. No `Exception`, so that the code which takes too long does not catch it."""


@contextmanager
def time_bound(seconds: float, message: str) -> Iterator[None]:
    """Raise TimeBoundReached with a message if what is done here takes longer.

    Time in which the process is stopped does not count. There is no bound in other threads than the main
    one, and where the system has no such timer.
    """
    if current_thread() is not main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    left = TICKS

    def tick(number: int, frame: FrameType | None) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            left = TICKS  # code that catches this has as long again; unwinding is not interrupted
            raise TimeBoundReached(message)

    before = signal.signal(signal.SIGALRM, tick)
    signal.setitimer(signal.ITIMER_REAL, seconds / TICKS, seconds / TICKS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
