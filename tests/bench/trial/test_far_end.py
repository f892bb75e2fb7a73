"""`python -m bench.trial`: jobs come as lines, and each ends with a last word, whatever becomes of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import psutil
import pytest

import fakes
import mischief
import trials
from bench.registry import Registry
from bench.trial.job import Job

SECONDS = 60


@pytest.fixture(scope="module")
def registry() -> Registry:
    return fakes.registry(mischief.FILE)


@pytest.fixture
def far_end() -> Iterator[subprocess.Popen[str]]:
    command = [
        sys.executable,
        "-m",
        "bench.trial",
        "--modules",
        "json,no.such.module",
        fakes.FILE,
        mischief.FILE,
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        yield process
        process.kill()


def order(registry: Registry, folder: Path, **settings: Any) -> Job:
    names = {"backbone": "layers", "dataset": "points", "task": "point-classification"}
    parts = {kind: registry.create(kind, {"name": name}) for kind, name in names.items()}
    return trials.job(
        fakes.cell(registry.create("objective", {"name": "mischief", **settings}), **parts), folder
    )


def begin(process: subprocess.Popen[str], job: Job) -> IO[str]:
    """Hand a job over; return what its messages come by."""
    jobs = cast(IO[str], process.stdin)
    jobs.write(f"{job.to_json()}\n")
    jobs.flush()
    return cast(IO[str], process.stdout)


def last_word(messages: IO[str]) -> dict[str, Any]:
    for line in messages:
        message: dict[str, Any] = json.loads(line)
        if "progress" not in message:
            return message
    raise EOFError


def test_one_job_after_another_whatever_becomes_of_them(
    tmp_path: Path, registry: Registry, far_end: subprocess.Popen[str]
) -> None:
    ends = []
    for deed in ("none", "segfault", "bug", "exit 0", "garbage", "none"):
        word = last_word(begin(far_end, order(registry, tmp_path / deed, deed=deed)))
        ends.append(word["end"]["cause"] if "end" in word else word["record"]["status"])
    assert ends == ["done", "signal", "failed", "exit", "garbage", "done"]
    out, _ = far_end.communicate()  # which ends its stdin
    assert (out, far_end.returncode) == ("", 0)


def test_asked_to_end_it_takes_no_further_job(
    tmp_path: Path, registry: Registry, far_end: subprocess.Popen[str]
) -> None:
    messages = begin(far_end, order(registry, tmp_path, deed="hang", pid_file=str(tmp_path / "pid")))
    while not (tmp_path / "pid").exists():
        messages.readline()
    far_end.send_signal(signal.SIGTERM)
    assert last_word(messages)["end"]["cause"] == "signal"
    assert far_end.wait(SECONDS) == 0


@pytest.mark.parametrize("deed", ["hang", "stubborn"])
def test_whoever_started_it_is_gone_and_it_ends_with_its_cell(
    tmp_path: Path, registry: Registry, far_end: subprocess.Popen[str], deed: str
) -> None:
    messages = begin(far_end, order(registry, tmp_path, deed=deed, pid_file=str(tmp_path / "pid")))
    while not (tmp_path / "pid").exists():
        messages.readline()
    cell = psutil.Process(int((tmp_path / "pid").read_text()))
    assert cell.pid != os.getpid()
    cast(IO[str], far_end.stdin).close()
    messages.close()
    assert far_end.wait(SECONDS) == 0
    assert psutil.wait_procs([cell], timeout=SECONDS)[1] == []
