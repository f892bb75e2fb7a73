"""Time bounds: what takes too long is ended, even where it catches all errors."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from threading import Thread

import pytest

from bench.toolkit.time_bound import TimeBoundReached, time_bound


def endless() -> None:
    while True:
        with suppress(Exception):
            time.sleep(60)


def test_what_takes_too_long_is_ended() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(TimeBoundReached, match=r"^too long$"), time_bound(0.05, "too long"):
        endless()
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_what_catches_everything_is_interrupted_again() -> None:
    def stubborn() -> None:
        for _ in range(3):
            with suppress(BaseException):
                time.sleep(60)
        time.sleep(60)

    with pytest.raises(TimeBoundReached), time_bound(0.05, "too long"):
        stubborn()


def test_what_is_quick_goes_on() -> None:
    with time_bound(60, "too long"):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_other_threads_have_none() -> None:
    done = []

    def work() -> None:
        with time_bound(0.01, "too long"):
            time.sleep(0.05)
        done.append(True)

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
