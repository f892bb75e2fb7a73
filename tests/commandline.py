"""Running `bench` as people do: its output, its exit code, and the records it left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.cli.main import call
from bench.records.record import Record
from bench.records.store import Store


def bench(*arguments: object, cwd: Path | None = None, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command in another process and check its exit code."""
    command = [sys.executable, "-m", "bench", *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def run_suite(text: str, folder: Path, *arguments: object) -> list[Record]:
    """Run a suite in another process and return its records in the order in which they were started."""
    bench("run", *_arguments(text, folder), *arguments)
    return _records(folder)


def run_here(text: str, folder: Path, *arguments: object, executor: str = "inline") -> list[Record]:
    """Run a suite as `run_suite` does, but in this process, which has loaded torch already."""
    command = ["run", *_arguments(text, folder), "--executor", executor, *arguments]
    assert call(list(map(str, command))) == 0
    return _records(folder)


def _arguments(text: str, folder: Path) -> list[object]:
    suite = folder / "suite.yaml"
    suite.write_text(text)
    return [suite, "--results", folder / "results"]


def _records(folder: Path) -> list[Record]:
    return sorted(Store(folder / "results" / "suite").records(), key=lambda record: record.started)
