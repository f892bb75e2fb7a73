"""Runs of `bench` whose processes can all be found, whatever they become."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import psutil

import fakes
import mischief
from bench.records.record import Record
from bench.records.store import Store

MARK = "BENCH_TEST_RUN"
PATIENCE_SECONDS = 60


class Run:
    """`bench run` on a suite in a process of its own; its descendants are known by their environment."""

    def __init__(
        self, folder: Path, suite: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder / "results" / "suite"
        self.mark = f"{MARK}={uuid4()}"
        file = folder / "suite.yaml"
        if not file.exists():  # others may be reading it
            file.write_text(suite)
        plugins = ("--plugin", str(fakes.FILE), "--plugin", str(mischief.FILE))
        command = ["-m", "bench", "run", str(file), "--results", str(folder / "results"), *plugins]
        name, value = self.mark.split("=")
        self.output = folder / f"{value}.txt"
        with self.output.open("w") as output:  # a pipe that nobody reads would hold it up
            self.process = subprocess.Popen(
                [sys.executable, *command, *arguments],
                env={**os.environ, **(environment or {}), name: value},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def end(self) -> tuple[int, str]:
        """Wait for its end; return its exit code and what it printed."""
        return self.process.wait(), self.output.read_text()

    def kill(self) -> float:
        """Kill it; return for how many seconds something of it lived on."""
        self.process.kill()
        seconds = self.seconds_alive()
        if seconds < math.inf:
            self.end()
        return seconds

    def processes(self) -> list[str]:
        """What is alive of it."""
        found = []
        for process in psutil.process_iter():
            try:
                alive = process.status() != psutil.STATUS_ZOMBIE
                if alive and self.mark.encode() in Path(f"/proc/{process.pid}/environ").read_bytes():
                    found.append(" ".join(process.cmdline()))
            except (psutil.Error, OSError):
                continue
        return found

    def is_gone(self) -> bool:
        """Whether nothing of it is alive, at the latest after a while: a busy machine takes its time."""
        return self.seconds_alive() < math.inf

    def seconds_alive(self) -> float:
        """Wait until nothing of it is alive; return how many seconds that took, infinity if too many."""
        began = time.monotonic()
        while self.processes():
            if time.monotonic() - began > PATIENCE_SECONDS:
                return math.inf
            time.sleep(0.02)
        return time.monotonic() - began

    def records(self) -> list[Record]:
        store = Store(self.folder)
        found = store.records()
        assert store.unreadable == []
        return found

    def leftovers(self) -> list[Path]:
        return list(self.folder.rglob(".*.part"))
