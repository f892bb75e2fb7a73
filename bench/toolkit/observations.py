"""Observations: what a linear head learns from, one vector after another, whatever a task's batches are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from ..api import Data, Features, Run, Targets
from ..errors import UnsuitableError
from .heads import NormalisedLinear

CHUNK = 256
"""Sequences that are looked at together: they are padded, and often few of their vectors count."""


@runtime_checkable
class LinearTask(Protocol):
    """A task whose loss is the mean over observations, each a vector that a linear head sees."""

    def observations(
        self, head: NormalisedLinear, features: Features, targets: Targets
    ) -> tuple[Tensor, Targets]:
        """Return the M vectors of a batch that count in the loss, `[M, ..., D]`, and the targets of each.

        The vectors are of those that the head sees. What is returned is a batch again, in which each
        observation is an example of its own: the loss of the head's layer on it is the same. Targets of two
        batches can be put end to end.
        """
        ...


@dataclass(frozen=True)
class Observations:
    """M observations of some examples: vectors `[M, ..., D]`, normalised as the head does, and targets."""

    vectors: Tensor
    targets: Targets
    examples: int

    def __len__(self) -> int:
        """Return M."""
        return len(self.vectors)


def linear_parts(run: Run) -> tuple[NormalisedLinear, LinearTask]:
    """Return the run's head and task. Raises UnsuitableError if they are not linear."""
    if not isinstance(run.head, NormalisedLinear) or not isinstance(run.task, LinearTask):
        raise UnsuitableError(
            f"task '{run.task.name}' has no linear head that can be solved for; use head gradient-descent"
        )
    return run.head, run.task


def observe(run: Run, *data: Data) -> Observations:
    """Return all observations of some data, in the order of the examples.

    Raises UnsuitableError as `linear_parts` does, if the data hold no features, if an example is several
    rows of inputs, and if there is no observation.
    """
    head, task = linear_parts(run)
    seen = [
        task.observations(head, features, targets)
        for part in data
        for features, targets in _chunks(run, part)
    ]
    vectors = torch.cat([vectors for vectors, _ in seen])
    if not len(vectors):
        raise UnsuitableError(f"nothing in the examples counts in the loss of task '{run.task.name}'")
    targets = {name: torch.cat([own[name] for _, own in seen]) for name in seen[0][1]}
    return Observations(head.normalise(vectors), targets, sum(map(len, data)))


def _chunks(run: Run, data: Data) -> Iterator[tuple[Features, Targets]]:
    # In the order of the examples, not as `batches` gives them: the last digit depends on it.
    size = len(data) if data.lengths is None else CHUNK
    if data.take([0]).features is None:
        raise UnsuitableError(
            "logistic-regression needs all features, and they do not fit into the cache; raise --cache-limit"
        )
    for start in range(0, len(data), size):
        batch = data.take(range(start, min(start + size, len(data))))
        features = run.forward(batch)
        if features.rows is not None:
            raise UnsuitableError(
                f"an example of task '{run.task.name}' is several rows of inputs; use head gradient-descent"
            )
        yield features, batch.targets
