"""A run that gives no sign of life for long is taken for dead, and not before."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event, Thread

from bench_clusters.sign_of_life import watch_over

PATIENCE = 3.0


def test_whoever_works_for_a_run_ends_some_time_after_it(tmp_path: Path) -> None:
    file, ended = tmp_path / "alive", Event()
    Thread(target=watch_over, args=(file, ended.set, PATIENCE, 0.05), daemon=True).start()
    for _ in range(10):
        file.touch()
        assert not ended.wait(0.5)
    began = time.monotonic()
    assert ended.wait(30)
    assert time.monotonic() - began >= PATIENCE - 1
