"""Running `bench` as people do: another process, its output, its exit code, and the records it left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.records.record import Record
from bench.records.store import Store


def bench(*arguments: object, cwd: Path | None = None, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command and check its exit code."""
    command = [sys.executable, "-m", "bench", *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def run_suite(text: str, folder: Path, *arguments: object) -> list[Record]:
    """Run a suite and return its records in the order in which they were started."""
    suite = folder / "suite.yaml"
    suite.write_text(text)
    bench("run", suite, "--results", folder / "results", *arguments)
    return sorted(Store(folder / "results" / "suite").records(), key=lambda record: record.started)
