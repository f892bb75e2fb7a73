"""Runs each cell in a fresh process, forked from a server that has the heavy libraries loaded.

So a cell starts in milliseconds, its memory is its own, and its death is a record. What is forked is the
cell's warden, which starts the cell and stands over it. The parent holds one end of a pipe: what the warden
sends is progress, and at last the record or how the cell ended; when the parent is gone, the pipe breaks and
the warden ends everything.
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
from typing import Any, ClassVar, Self, cast

from ...api import Bounds, Executor, Job, Listen, Pool, Progress, Result
from ...errors import BenchError
from ...hookspecs import hookimpl
from ...records.record import Record
from ...trial.bounds import Patience
from ...trial.far_end import guard_job
from ...trial.job import ATTENTIVE_SECONDS
from ...trial.job import Job as CellJob
from ...trial.warden import GRACE_SECONDS
from ..sharing import Room

PRELOAD = "bench.running.executors.preload"
MODULES = "BENCH_PRELOAD"
"""The environment variable that names the modules to load ahead, with commas between them."""

RUNNER = "BENCH_RUNNER"
"""The environment variable with the number of the process that the server must not outlive."""

SLACK_SECONDS = 3 * GRACE_SECONDS
"""By how much a warden may be late before it is given up itself."""

PROCESSES = threading.Lock()
"""Held while a process is started or looked at: `multiprocessing` then reads the exit codes of all that have
ended, and each can be read only once."""

LOST: dict[str, Any] = {"cause": "lost", "reason": "the process that watched over the cell is gone"}

STARTER = ThreadPoolExecutor(1)
"""The thread that starts all processes: an interrupt comes in the main one, and would leave a process half
started. The fork server dies with it, as it does when this process is killed.
"""


class Process(Executor):
    """Each cell in a fresh process, forked from one that has the heavy libraries loaded."""

    name: ClassVar[str] = "process"

    def open(self, files: Sequence[Path], modules: Sequence[str]) -> AbstractContextManager[Pool]:
        """Get ready; the server loads libraries from now on."""
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
        """Start the server, which is not waited for."""
        STARTER.submit(_start_server, self.context).result()
        return self

    def __exit__(self, *exception: object) -> None:
        """End the cells that still run; the server ends with this process."""
        with PROCESSES:
            self._over = True
            children = list(self._jobs)
        for child in children:
            _ask_to_end(child)
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
        STARTER.submit(self._start, child, job).result()
        theirs.close()
        return ProcessJob(self, job, child, ours)

    def _start(self, child: Any, job: Job) -> None:
        with PROCESSES:
            if self._over:
                raise BenchError("the run is over")
            _start_server(self.context)
            try:
                child.start()
            except (EOFError, OSError):  # the server has died just now
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
        """Wait for the warden's last word, or its end."""
        try:
            word = _receive(self.pipe, cast(CellJob, self.job).bounds, listen)
            _has_ended(self.child, GRACE_SECONDS if word else 0)
        finally:
            self.pool.end(self.child)
            self.pipe.close()
        record = word.get("record")
        if record is not None and self.job.shared:
            self.pool.room.learn(Record.model_validate(record))
        return Result(self.job.folder, record, **word.get("end", LOST))

    def close(self) -> None:
        """Nothing is held any longer."""


def _context(modules: Sequence[str]) -> BaseContext:
    # Frameworks of macOS, Metal among them, do not bear to be used after a fork.
    if sys.platform == "darwin" or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    os.environ |= {MODULES: ",".join(modules), RUNNER: str(os.getpid())}
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


def _receive(pipe: Connection, bounds: Bounds, listen: Listen) -> dict[str, dict[str, Any]]:
    """Pass progress on until the last word comes, and return that; nothing if the warden is gone or stuck."""
    patience = Patience(bounds.later(SLACK_SECONDS))
    while True:
        if not wait([pipe], ATTENTIVE_SECONDS):
            if patience.lost():
                return {}
            continue
        try:
            message: dict[str, dict[str, Any]] = json.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            return {}
        patience.heard()
        if "progress" not in message:
            return message
        listen(Progress(**message["progress"]))


def _stop(warden: Any) -> None:
    """End a warden, which takes a while to end its cell first."""
    _ask_to_end(warden)
    if not _has_ended(warden, 2 * GRACE_SECONDS):
        warden.kill()
    _has_ended(warden, None)


def _ask_to_end(warden: Any) -> None:
    if not _has_ended(warden, 0):  # its number may be another process's by then
        warden.terminate()


def _has_ended(child: Any, seconds: float | None) -> bool:
    """Wait for the end of a process for so long, None for ever; return whether it has come."""
    wait([child.sentinel], seconds)
    with PROCESSES:
        return not child.is_alive()


def _main(pipe: Connection, job: str, files: Sequence[str]) -> None:
    """The warden's process."""

    def send(message: dict[str, Any]) -> None:
        pipe.send_bytes(json.dumps(message, allow_nan=False).encode())

    guard_job(job, [Path(file) for file in files], send, pipe.fileno())


@hookimpl
def bench_executors() -> list[type[Executor]]:
    """Return the executor."""
    return [Process]
