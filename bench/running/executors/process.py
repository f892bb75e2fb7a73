"""Runs each cell in a fresh process, forked from a server that has the heavy libraries loaded.

So a cell starts in milliseconds, its memory is its own, and its death is a record. The parent holds one
end of a pipe: what the child sends is progress and at last the record; when the parent is gone, the
pipe breaks and the child ends itself.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from io import TextIOWrapper
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, ClassVar, Self, cast

from ...measuring.allocator import keep_freed_memory
from ...records.record import Record
from ...registry import Registry, load
from ...trial.job import ATTENTIVE_SECONDS, Job, Progress
from ...trial.outcome import Attempt

PRELOAD = "bench.running.executors.preload"
MODULES = "BENCH_PRELOAD"
"""The environment variable that names the modules to load ahead, with commas between them."""

GRACE_SECONDS = 5

PROCESSES = threading.Lock()
"""Held while a process is started or looked at: `multiprocessing` then reads the exit codes of all that have
ended, and each can be read only once."""


class ProcessExecutor:
    """A fork server where the system has one that is safe, else processes from scratch."""

    concurrent: ClassVar[bool] = True

    def __init__(self, registry: Registry, modules: Sequence[str] = ()) -> None:
        self.registry = registry
        self.context = _context(modules)
        self._children: set[Any] = set()
        self._over = False

    def __enter__(self) -> Self:
        """Return itself; the server starts with the first cell."""
        return self

    def __exit__(self, *exception: object) -> None:
        """End the cells that still run; the server ends with this process."""
        with PROCESSES:
            self._over = True
            children = list(self._children)
        for child in children:
            _stop(child)

    def execute(self, job: Job, listen: Callable[[Progress], None]) -> Record:
        """Run the cell in a child and wait for its record."""
        attempt = Attempt(job)
        ours, theirs = self.context.Pipe()
        files = [str(path) for path in self.registry.files]
        child: Any = self.context.Process(  # type: ignore[attr-defined]  # missing from the base in typeshed
            target=_main, args=(theirs, job.to_json(), files, str(job.log_path))
        )
        if not self._start(child):
            return attempt.failed("the run is over")
        theirs.close()
        try:
            text = _receive(ours, child.sentinel, listen)
            _has_ended(child, GRACE_SECONDS)
        finally:
            _stop(child)
            self._children.discard(child)
            ours.close()
        if text is not None:
            return Record.model_validate_json(text)
        return attempt.failed(f"{_death(child.exitcode)}; output in {job.log_path}")

    def _start(self, child: Any) -> bool:
        with PROCESSES:
            if not self._over:
                _start_server(self.context)
                child.start()
                self._children.add(child)
            return not self._over


def _context(modules: Sequence[str]) -> BaseContext:
    # Frameworks of macOS, Metal among them, do not bear to be used after a fork.
    if sys.platform == "darwin" or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    os.environ[MODULES] = ",".join(modules)
    context.set_forkserver_preload([PRELOAD])
    return context


def _start_server(context: BaseContext) -> None:
    """Start the fork server, if it is needed and does not run.

    Ctrl-C in a terminal goes to all processes there. The server ends with this one anyhow; while it loads
    libraries it would only print where it was.
    """
    if context.get_start_method() != "forkserver":
        return
    resource_tracker.ensure_running()  # the server's start does so too, and would let signals through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _receive(pipe: Connection, death: int, listen: Callable[[Progress], None]) -> str | None:
    """Pass progress on until the record comes; None if the child dies before."""
    while True:
        # The end of the pipe alone does not tell: processes that the cell has forked may hold it open.
        if not wait([pipe, death], ATTENTIVE_SECONDS):
            continue
        if not pipe.poll():
            return None
        try:
            message = json.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            return None
        if "record" in message:
            return str(message["record"])
        listen(Progress(**message["progress"]))


def _stop(child: Any) -> None:
    if not _has_ended(child, 0):
        child.terminate()
    if not _has_ended(child, GRACE_SECONDS):
        child.kill()
    _has_ended(child, None)


def _has_ended(child: Any, seconds: float | None) -> bool:
    """Wait for the end of a process for so long, None for ever; return whether it has come."""
    wait([child.sentinel], seconds)
    with PROCESSES:
        return not child.is_alive()


def _death(exit_code: int) -> str:
    if exit_code >= 0:
        return f"the cell's process ended with exit code {exit_code}"
    name = signal.Signals(-exit_code).name
    hint = " (out of memory?)" if name == "SIGKILL" else ""
    return f"the cell's process was ended by {name}{hint}"


def _main(pipe: Connection, job_text: str, files: Sequence[str], log: str) -> None:
    """The child: run the trial, send the record."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    _redirect(Path(log))
    threading.Thread(target=_end_with_parent, args=(pipe,), daemon=True).start()
    keep_freed_memory()
    from ...trial.trial import run_trial

    def listen(progress: Progress) -> None:
        pipe.send_bytes(json.dumps({"progress": asdict(progress)}).encode())

    registry = load([Path(file) for file in files])
    job = Job.from_json(job_text, registry)
    record = run_trial(job, registry.meters(), listen, registry.metrics())
    pipe.send_bytes(json.dumps({"record": record.model_dump_json()}).encode())


def _redirect(log: Path) -> None:
    """Let everything the cell prints, also from C code, go to its log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(file, sys.stdout.fileno())
    os.dup2(file, sys.stderr.fileno())
    os.close(file)
    # So that lines printed just before a sudden death are there.
    cast(TextIOWrapper, sys.stdout).reconfigure(line_buffering=True)


def _end_with_parent(pipe: Connection) -> None:
    """The parent sends nothing; the read ends when the parent does."""
    try:
        pipe.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)
