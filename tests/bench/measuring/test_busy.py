"""Threads of other programs count, those that wake for a moment do not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.measuring.busy import LOADAVG, free_cores, running_elsewhere


class Looks:
    """A file of Linux that says something else each time somebody pauses."""

    def __init__(self, folder: Path, *running: int) -> None:
        self.file = folder / "loadavg"
        self.left = list(running)
        self.pause(0)

    def pause(self, seconds: float) -> None:
        running = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        self.file.write_text(f"0.20 0.18 0.12 {running}/80 11206\n")


@pytest.mark.parametrize(
    ("running", "others"),
    [([1], 0), ([3], 2), ([5, 5, 1], 0), ([1, 1, 9, 1, 1, 1], 0), ([2, 1, 2, 2, 1, 2, 2, 2, 2, 2, 2], 1)],
)
def test_the_thread_that_looks_and_short_disturbances_do_not_count(
    tmp_path: Path, running: list[int], others: int
) -> None:
    looks = Looks(tmp_path, *running)
    assert running_elsewhere(looks.file, looks.pause) == others


@pytest.mark.parametrize("content", [None, "", "0.20 0.18 0.12", "0.20 0.18 0.12 many/80 1"])
def test_where_it_is_not_said_it_is_not_known(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "loadavg"
    if content is not None:
        file.write_text(content)
    assert running_elsewhere(file, lambda seconds: None) is None


@pytest.mark.parametrize(
    ("cores", "running", "free"), [(2, 0, 2), (2, 1, 1), (2, 2, 1), (64, 30, 34), (4, None, 4), (8, 100, 1)]
)
def test_a_core_is_free_that_nobody_uses_and_one_always_is(
    cores: int, running: int | None, free: int
) -> None:
    assert free_cores(cores, lambda: running) == free


@pytest.mark.skipif(not LOADAVG.exists(), reason="only Linux says it")
def test_a_busy_loop_is_seen() -> None:
    loop = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True)\nwhile True: pass"], stdout=subprocess.PIPE
    )
    try:
        assert loop.stdout is not None
        loop.stdout.read(1)
        assert (running_elsewhere() or 0) >= 1
    finally:
        loop.kill()
        loop.communicate()
