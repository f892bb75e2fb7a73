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
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cached_property
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, ClassVar, Self

from ...api import Executor, Job, Listen, Pool, Progress, Result
from ...errors import BenchError
from ...hookspecs import hookimpl
from ...records.record import Record
from ...trial.far_end import run_job
from ...trial.job import ATTENTIVE_SECONDS
from ..sharing import Room

PRELOAD = "bench.running.executors.preload"
MODULES = "BENCH_PRELOAD"
"""The environment variable that names the modules to load ahead, with commas between them."""

GRACE_SECONDS = 5

PROCESSES = threading.Lock()
"""Held while a process is started or looked at: `multiprocessing` then reads the exit codes of all that have
ended, and each can be read only once."""


class Process(Executor):
    """Each cell in a fresh process, forked from one that has the heavy libraries loaded."""

    name: ClassVar[str] = "process"

    def open(self, files: Sequence[Path], modules: Sequence[str]) -> AbstractContextManager[Pool]:
        """Get ready; the server starts with the first cell."""
        return ProcessPool(files, modules)


class ProcessPool:
    """A fork server where the system has one that is safe, otherwise processes from scratch.

    It takes one job at a time; of those that may share the machine, as many as there is room for.
    """

    def __init__(self, files: Sequence[Path], modules: Sequence[str]) -> None:
        self.files = [str(file) for file in files]
        self.context = _context(modules)
        self._jobs: dict[Any, Job] = {}
        self._over = False

    @cached_property
    def room(self) -> Room:
        """What this machine has for cells."""
        return Room.here()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """End the cells that still run; the server ends with this process."""
        with PROCESSES:
            self._over = True
            children = list(self._jobs)
        for child in children:
            _stop(child)

    def takes(self, job: Job) -> bool:
        """Tell whether there is room for a job beside those that run."""
        with PROCESSES:
            running = list(self._jobs.values())
        return self.room.admits(job, running)

    def submit(self, job: Job) -> ProcessJob:
        """Start the job's process. Raises BenchError if the pool is closed."""
        ours, theirs = self.context.Pipe()
        child: Any = self.context.Process(  # type: ignore[attr-defined]  # missing from the base in typeshed
            target=_main, args=(theirs, job.to_json(), self.files)
        )
        # In a thread of its own: an interrupt comes in the main one, and would leave a process half started.
        with ThreadPoolExecutor(1) as starter:
            starter.submit(self._start, child, job).result()
        theirs.close()
        return ProcessJob(self, job, child, ours)

    def _start(self, child: Any, job: Job) -> None:
        with PROCESSES:
            if self._over:
                raise BenchError("the run is over")
            _start_server(self.context)
            child.start()
            self._jobs[child] = job

    def end(self, child: Any) -> None:
        """Stop a process, if it still runs, and free its room."""
        _stop(child)
        with PROCESSES:
            self._jobs.pop(child, None)


class ProcessJob:
    """A job in a process of its own, and our end of the pipe to it."""

    def __init__(self, pool: ProcessPool, job: Job, child: Any, pipe: Connection) -> None:
        self.pool = pool
        self.job = job
        self.child = child
        self.pipe = pipe

    def result(self, listen: Listen) -> Result:
        """Wait for the record, or the end of the process."""
        try:
            record = _receive(self.pipe, self.child.sentinel, listen)
            if record is not None and self.job.shared:
                self.pool.room.learn(Record.model_validate(record))
            _has_ended(self.child, GRACE_SECONDS)
        finally:
            self.pool.end(self.child)
            self.pipe.close()
        if record is None:
            return Result(self.job.folder, cause=_death(self.child.exitcode))
        return Result(self.job.folder, record)

    def close(self) -> None:
        """Nothing is held any longer."""


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

    Ctrl-C in a terminal goes to all processes there. The server ends with this one anyway; interrupted while
    it loads libraries, it would only print a traceback.
    """
    if context.get_start_method() != "forkserver":
        return
    resource_tracker.ensure_running()  # the server's start does so too, and would let signals through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _receive(pipe: Connection, death: int, listen: Listen) -> dict[str, Any] | None:
    """Pass progress on until the record comes; None if the child dies first."""
    while True:
        # The end of the pipe is not enough of a sign: processes that the cell has forked may hold it open.
        if not wait([pipe, death], ATTENTIVE_SECONDS):
            continue
        if not pipe.poll():
            return None
        try:
            message: dict[str, dict[str, Any]] = json.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            return None
        if "record" in message:
            return message["record"]
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


def _main(pipe: Connection, job: str, files: Sequence[str]) -> None:
    """The child: run the trial, send the record."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    threading.Thread(target=_end_with_parent, args=(pipe,), daemon=True).start()
    run_job(
        job, [Path(file) for file in files], lambda message: pipe.send_bytes(json.dumps(message).encode())
    )


def _end_with_parent(pipe: Connection) -> None:
    """The parent sends nothing; the read ends when the parent does."""
    try:
        pipe.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)


@hookimpl
def bench_executors() -> list[type[Executor]]:
    """Return the executor."""
    return [Process]
