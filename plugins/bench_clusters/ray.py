"""Executor `ray`: a task of Ray Core a cell, on one machine or on many."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field

from bench import BenchError, Cause, Executor, Job, Listen, Pool, Progress, Result, hookimpl
from bench.toolkit.messages import one_line

from .copying import contents, numbered, write_one
from .demand import Demand, Node
from .ray_connection import connect
from .ray_task import Order, clear, run_cell

LAST_SECONDS = 10.0
"""How long nodes may take to clear away what cells have left."""

KEPT = ("OMP_NUM_THREADS",)
"""Variables that Ray sets for its workers by itself; cells get those of the run, or none."""


class Ray(Executor):
    """Each cell a task of Ray, on its nodes, or on this machine where no address is given."""

    name: ClassVar[str] = "ray"
    requires: ClassVar[tuple[str, ...]] = ("ray",)
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    address: str | None = Field(
        None, description="a cluster's address, `auto` to find it; none: starts Ray here"
    )
    cpus: float | None = Field(
        None, gt=0, description="CPUs of a cell; by default its threads, alone all of a node"
    )
    gpus: float | None = Field(None, ge=0, description="GPUs of a cell; by default 1 if it runs on one")
    memory: float | None = Field(None, gt=0, description="GiB of a cell; by default its limit, if it has one")
    scratch: Path | None = Field(None, description="where nodes keep files meanwhile; by default as here")

    def open(self, files: Sequence[Path], modules: Sequence[str]) -> AbstractContextManager[Pool]:
        """Connect to the cluster, or start Ray on this machine."""
        return RayPool(self, files, modules)


class RayPool:
    """Submits as many tasks as the cluster has room for."""

    def __init__(self, executor: Ray, files: Sequence[Path], modules: Sequence[str]) -> None:
        self.executor = executor
        self.files = contents(numbered(files))
        self.modules = tuple(modules)
        parent = executor.scratch or Path(tempfile.gettempdir())
        self.scratch = parent / f"bench-{secrets.token_hex(8)}"
        self.under_way: set[RayJob] = set()
        self._ours = False

    def __enter__(self) -> Self:
        """Connect."""
        import ray

        self._ours = not ray.is_initialized()
        if self._ours:
            connect(self.executor.address)
        return self

    def __exit__(self, *exception: object) -> None:
        """End the cells that still run, and leave nothing on any node."""
        import ray

        for job in list(self.under_way):
            job.close()
        if self.executor.address is not None:
            with suppress(Exception):  # of a node that is gone nothing is left
                self._clear_nodes()
        if self._ours:
            ray.shutdown()
        clear(str(self.scratch))

    def takes(self, job: Job) -> bool:
        """Tell whether there is room for a job like this beside those under way."""
        nodes = _nodes()
        return len(self.under_way) < self._demand(job, nodes).places(nodes)

    def submit(self, job: Job) -> RayJob:
        """Submit a task. Raises BenchError if no node can ever run it."""
        nodes = _nodes()
        demand = self._demand(job, nodes)
        if demand.places(nodes) == 0:
            raise BenchError(f"executor ray: no node has {demand}; executor.cpus, gpus, memory ask for less")
        folder = self.scratch / f"{job.id}-{secrets.token_hex(4)}"  # another attempt may have left the first
        order = Order(
            text=job.moved(folder, self.scratch / "cache").to_json(),
            folder=str(folder),
            needs=contents(job.needs),
            files=self.files,
            modules=self.modules,
            scratch=str(self.scratch),
            directory=os.getcwd(),
            environment={name: os.environ.get(name) for name in KEPT},
        )
        options = {"num_cpus": demand.cpus, "num_gpus": demand.gpus, "memory": demand.memory or None}
        return RayJob(self, _task(run_cell, max_retries=0, **options).remote(order))

    def _clear_nodes(self) -> None:
        import ray

        tasks = [_task(clear, num_cpus=0, scheduling_strategy=_only(node)) for node in _nodes()]
        clearing = [task.remote(str(self.scratch)) for task in tasks]
        ray.wait(clearing, num_returns=len(clearing), timeout=LAST_SECONDS)

    def _demand(self, job: Job, nodes: Sequence[Node]) -> Demand:
        asked = self.executor
        return Demand.of(job, nodes, cpus=asked.cpus, gpus=asked.gpus, memory=asked.memory)


class RayJob:
    """A task, whose messages are heard as they come."""

    def __init__(self, pool: RayPool, messages: Any) -> None:
        self.pool = pool
        self.messages = messages
        self.folder = Path(tempfile.mkdtemp(prefix="bench-"))
        self._over = False
        pool.under_way.add(self)

    def result(self, listen: Listen) -> Result:
        """Pass progress on until the task ends; a worker or node that is gone is no fault of the cell."""
        from ray.exceptions import RayError, RayTaskError

        word: dict[str, Any] = {}
        try:
            word = self._hear(listen)
        except RayTaskError as error:
            raise BenchError(f"executor ray: {one_line(error.cause or error)}") from error
        except RayError as error:
            cause, reason = _loss(error)
            word = {"end": {"cause": cause, "reason": reason}}
        self._over = True
        return Result(self.folder, word.get("record"), **word.get("end", {}))

    def _hear(self, listen: Listen) -> dict[str, Any]:
        import ray

        word: dict[str, Any] = {}
        for reference in self.messages:
            message = ray.get(reference)
            if "progress" in message:
                listen(Progress(**message["progress"]))
            elif "file" in message:
                write_one(message["file"], message["content"], self.folder)
            else:
                word = message
        return word

    def close(self) -> None:
        """Kill the worker of a task that has not ended, and with it the cell."""
        import ray

        if not self._over:
            with suppress(Exception):
                ray.cancel(self.messages, force=True)
        self.pool.under_way.discard(self)
        shutil.rmtree(self.folder, ignore_errors=True)


def _loss(error: Exception) -> tuple[Cause, str]:
    """Return what became of the place where a cell ran."""
    from ray.exceptions import LocalRayletDiedError, NodeDiedError, OutOfMemoryError

    if isinstance(error, OutOfMemoryError):
        return "memory", "its node ran out of memory, and Ray ended the worker that it ran in"
    if isinstance(error, NodeDiedError | LocalRayletDiedError):
        return "lost", "the node that it ran on is gone"
    return "lost", "the worker that it ran in is gone"


def _task(function: Any, **options: Any) -> Any:
    return _remote(function).options(**{name: value for name, value in options.items() if value is not None})


@cache
def _remote(function: Any) -> Any:
    import ray

    return ray.remote(function)


def _only(node: Node) -> Any:
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    return NodeAffinitySchedulingStrategy(node.id, soft=False)


def _nodes() -> list[Node]:
    import ray

    return [
        Node(node["NodeID"], found.get("CPU", 0), found.get("GPU", 0), found.get("memory", 0))
        for node in ray.nodes()
        if node["Alive"]
        for found in [node["Resources"]]
    ]


@hookimpl
def bench_executors() -> list[type[Executor]]:
    """Bring the executor."""
    return [Ray]
