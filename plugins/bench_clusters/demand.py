"""What a cell takes of a node, and how many such cells there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

from bench import Job


class Node(NamedTuple):
    """A machine of a cluster, and what it has in all; memory in bytes."""

    id: str
    cpus: float
    gpus: float
    memory: float


class Demand(NamedTuple):
    """What a cell is given; memory in bytes, 0 where none is asked for."""

    cpus: float
    gpus: float
    memory: int

    @classmethod
    def of(
        cls, job: Job, nodes: Sequence[Node], cpus: float | None, gpus: float | None, memory: float | None
    ) -> Self:
        """Return what a job takes, but for what its user says; `memory` is in GiB.

        One that is timed alone has a node to itself, so it gets all CPUs of the largest.
        """
        if cpus is None:
            whole = max((node.cpus for node in nodes), default=1.0)
            cpus = float(job.threads or 1) if job.shared else whole
        if gpus is None:
            gpus = 1.0 if wants_gpu(job, any(node.gpus for node in nodes)) else 0.0
        limit = job.bounds.memory
        bytes_ = memory * 2**30 if memory is not None else (limit or 0) * 2**20
        return cls(cpus, gpus, round(bytes_))

    def places(self, nodes: Sequence[Node]) -> int:
        """Return how many cells like this nodes can run at once."""
        return sum(self._places(node) for node in nodes)

    def _places(self, node: Node) -> int:
        pairs = zip(self, (node.cpus, node.gpus, node.memory), strict=True)
        return int(min(has // needs for needs, has in pairs if needs > 0))

    def __str__(self) -> str:
        parts = [f"{self.cpus:g} CPUs"]
        if self.gpus:
            parts.append(f"{self.gpus:g} GPUs")
        if self.memory:
            parts.append(f"{self.memory / 2**30:.1f} GiB")
        return " and ".join(parts)


def wants_gpu(job: Job, there_are: bool) -> bool:
    """Tell whether a job runs on a GPU: it says so, or takes what there is."""
    return job.device.startswith("cuda") or (job.device == "auto" and there_are)
