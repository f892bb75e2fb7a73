"""Executor `slurm`: cells in jobs of Slurm, which submitit submits; short ones go together."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Any, ClassVar, Self

from pydantic import Field

from bench import BenchError, Executor, Job, Pool, hookimpl

from .bundling import Bundles, wall_minutes
from .copying import contents, numbered
from .demand import wants_gpu
from .sign_of_life import NAME
from .slurm_job import SlurmCell, SlurmJob
from .slurm_queue import unfinished

FOLDER = ".slurm"
LINGER_SECONDS = 1.0
"""A bundle waits so long for another cell to join."""

TICK_SECONDS = 0.5
LAST_SECONDS = 20.0
"""How long jobs may take to end once they are cancelled."""

OVERHEAD_GIB = 1.0
"""What a job takes beside its cell: the process that has the libraries loaded."""


class Slurm(Executor):
    """Each cell in a job of Slurm, short ones together; both ends see the folder that they travel by."""

    name: ClassVar[str] = "slurm"
    requires: ClassVar[tuple[str, ...]] = ("submitit",)
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    partition: str | None = Field(None, description="partition to submit to")
    account: str | None = Field(None, description="account to charge")
    cpus: int | None = Field(
        None, ge=1, description="CPUs of a job; by default its threads, alone the whole node"
    )
    gpus: int | None = Field(None, ge=0, description="GPUs of a job; by default 1 if the device is cuda")
    memory: float | None = Field(
        None, gt=0, description="GiB of a job; by default the limit of its cells, if any"
    )
    minutes: int = Field(
        60, ge=1, description="most minutes of a job; cells that take longer go on in its next turn"
    )
    timeouts: int = Field(20, ge=0, description="how often a job whose time is up is queued again")
    bundle_minutes: float = Field(
        10, ge=0, description="cells go together until they are expected to take so long"
    )
    jobs: int = Field(16, ge=1, description="most jobs that wait or run at once")
    options: dict[str, str] = Field({}, description="further options of sbatch, as in constraint: a100")
    folder: Path | None = Field(
        None, description="folder that nodes see too; by default in the results folder"
    )
    poll: float = Field(15, gt=0, le=120, description="seconds between two looks at Slurm's queue")

    def open(self, files: Sequence[Path], modules: Sequence[str]) -> AbstractContextManager[Pool]:
        """Get ready; the first job is submitted with the first cell."""
        return SlurmPool(self, files, modules)

    def parameters(self, jobs: Sequence[Job]) -> dict[str, Any]:
        """Return what is asked of Slurm for a bundle, whose cells are of one kind, in submitit's words."""
        job = jobs[0]
        limit = None if job.bounds.memory is None else job.bounds.memory / 2**10 + OVERHEAD_GIB
        memory = self.memory or limit
        gpus = self.gpus if self.gpus is not None else int(wants_gpu(job, there_are=False))
        return {
            "job_name": "bench",
            "time": wall_minutes(jobs, self.minutes),
            "cpus_per_task": self.cpus or job.threads,
            "exclusive": None if job.shared else True,
            "gpus_per_node": gpus or None,
            "mem": None if memory is None else f"{round(memory * 2**10)}MB",
            "partition": self.partition,
            "account": self.account,
            "additional_parameters": dict(self.options) or None,
        }


class SlurmPool:
    """Jobs of Slurm, at most so many at once; a thread submits them, hears of them and looks after them."""

    def __init__(self, executor: Slurm, files: Sequence[Path], modules: Sequence[str]) -> None:
        self.executor = executor
        self.files = contents(numbered(files))
        self.modules = tuple(modules)
        self.folder: Path | None = None
        self._bundles: Bundles[SlurmCell] = Bundles(executor.jobs, 60 * executor.bundle_minutes)
        self._jobs: list[SlurmJob] = []
        self._numbers: set[str] = set()
        self._submitted = 0
        self._joined = self._looked = monotonic()
        self._lock = Lock()
        self._over = Event()
        self._keeper = Thread(target=self._keep, daemon=True)

    def __enter__(self) -> Self:
        """Begin to look after jobs. Raises BenchError where there is no Slurm."""
        if shutil.which("sbatch") is None or shutil.which("srun") is None:
            raise BenchError(
                "executor slurm: no sbatch and srun on this machine; start the run where jobs are submitted"
            )
        self._keeper.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Cancel what still waits or runs; once all jobs have ended, leave nothing in the folder."""
        self._over.set()
        self._keeper.join()
        for job in self._jobs:
            job.cancel()
        end = monotonic() + LAST_SECONDS
        while self._numbers & (unfinished() or set()) and monotonic() < end:
            sleep(TICK_SECONDS)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            with suppress(OSError):
                self.folder.parent.rmdir()

    def takes(self, job: Job) -> bool:
        """Tell whether a job can join a bundle, or one more can be submitted."""
        with self._lock:
            return self._bundles.takes(job, self._submitted_seconds())

    def submit(self, job: Job) -> SlurmCell:
        """Put a job into a bundle."""
        cell = SlurmCell(job)
        with self._lock:
            if self.folder is None:
                parent = self.executor.folder or job.folder / FOLDER
                self.folder = parent.absolute() / secrets.token_hex(8)
            self._bundles.put(cell, self._submitted_seconds())
            self._joined = monotonic()
        return cell

    def _submitted_seconds(self) -> list[float]:
        return [job.seconds_left for job in self._jobs]

    def _keep(self) -> None:
        while not self._over.wait(TICK_SECONDS):
            with self._lock:
                self._start()
            living = self._look() if monotonic() - self._looked >= self.executor.poll else None
            for job in self._jobs:
                job.hear(living)
            with self._lock:
                self._jobs = [job for job in self._jobs if not job.is_over]

    def _start(self) -> None:
        lingered = monotonic() - self._joined >= LINGER_SECONDS
        for bundle in self._bundles.all() if lingered else self._bundles.full():
            self._submitted += 1
            folder = (self.folder or Path()) / str(self._submitted)
            job = SlurmJob(folder, bundle.held, self.files, self.modules)
            asked = self.executor.parameters([cell.job for cell in bundle.held])
            job.submit(asked, self.executor.timeouts)
            self._jobs.append(job)
            self._numbers.add(job.number)

    def _look(self) -> set[str] | None:
        """Return the jobs that wait or run, or None if Slurm does not answer; give a sign of life."""
        self._looked = monotonic()
        if self.folder is not None:
            with suppress(OSError):
                (self.folder / NAME).touch()
        return unfinished()


@hookimpl
def bench_executors() -> list[type[Executor]]:
    """Bring the executor."""
    return [Slurm]
