"""A split as batches: prepared examples, or the features that a frozen encoder made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from ..api import Batch, Features, Sample, Task
from ..toolkit.moving import moved
from .arrays import Array
from .context import Context
from .examples import Examples
from .features import FeatureReader
from .order import evaluation_order, steps, training_order
from .prepared import TARGETS, TEXTS, targets_of
from .seeding import generator

CHUNK = 4096
HELD_TARGETS = 2**26
"""Labels of eight million examples, but not the masks of many images."""


class Source(Protocol):
    """Where batches come from."""

    def __len__(self) -> int:
        """Return the number of examples."""
        ...

    @property
    def lengths(self) -> Array | None:
        """The length of each example; None where all are alike."""
        ...

    def batch(self, indices: Sequence[int]) -> Batch:
        """Return the examples at these positions, on the CPU."""
        ...

    def targets(self, indices: Array) -> dict[str, Any]:
        """Return what is asked of the examples at these positions, on the CPU."""
        ...

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Return the batch, randomly changed."""
        ...


class PreparedSource:
    """Prepared examples, put together by the task."""

    def __init__(self, examples: Examples, task: Task) -> None:
        self.examples = examples
        self.task = task
        self._stacks = type(task).collate is Task.collate

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.examples)

    @property
    def lengths(self) -> Array | None:
        """The lengths of the first input that varies."""
        return self.examples.lengths

    def batch(self, indices: Sequence[int]) -> Batch:
        """Return the task's batch of these examples."""
        at = np.asarray(indices)
        # A task that stacks arrays is spared the handling of each: they are taken at once.
        block = self.examples.block(at) if self._stacks else None
        batch = self.task.collate(self.examples.samples(at)) if block is None else _stacked(block)
        return replace(batch, indices=indices)

    def targets(self, indices: Array) -> dict[str, Any]:
        """Return the targets of a batch of these examples."""
        return _collated(self.task, self.examples.targets(indices))

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Return what the task makes of the batch."""
        return self.task.augment(batch, generator)


class EncodedSource:
    """Features in place of inputs; the encoder looked at each example once, so nothing is augmented.

    Targets of up to `held` bytes are held in memory.
    """

    def __init__(self, features: FeatureReader, task: Task, held: int = HELD_TARGETS) -> None:
        self.features = features
        self.task = task
        self.held = held

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.features.arrays)

    @property
    def lengths(self) -> Array | None:
        """The lengths of the sequences that were kept."""
        return self.features.lengths

    def batch(self, indices: Sequence[int]) -> Batch:
        """Return the features of these examples with their targets."""
        at = np.asarray(indices)
        return Batch({}, self.targets(at), indices, self.features.batch(at))

    def targets(self, indices: Array) -> dict[str, Any]:
        """Return the targets that are kept with the features."""
        return self._targets(self.features.rows[indices])

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Return the batch as it is."""
        return batch

    def _targets(self, rows: Array) -> dict[str, Any]:
        if self._all_targets is None:
            return self._collate(rows)
        index = torch.from_numpy(rows)
        return {name: values.index_select(0, index) for name, values in self._all_targets.items()}

    @cached_property
    def _all_targets(self) -> dict[str, Tensor] | None:
        """The targets of all rows, collated once; None where they are ragged, texts or too large."""
        arrays = self.features.arrays
        uneven = arrays.lengths(TARGETS) is not None or any(name.startswith(TEXTS) for name in arrays.columns)
        if uneven or arrays.size(TARGETS) > self.held:
            return None
        starts = range(0, len(self), CHUNK)
        parts = [self._collate(np.arange(start, min(start + CHUNK, len(self)))) for start in starts]
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}

    def _collate(self, rows: Array) -> dict[str, Any]:
        return _collated(self.task, targets_of(self.features.arrays, rows))


class UnencodedSource(PreparedSource):
    """Prepared examples where their features are too large to be kept: the encoder runs for every batch.

    Otherwise everything is as with features: nothing is augmented, and examples come in the same order.
    """

    @property
    def lengths(self) -> Array | None:
        """The lengths that sequences of features would have."""
        return self.examples.lengths if "maps" in self.task.reads else None

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Return the batch as it is."""
        return batch


class SplitData:
    """The examples of a split, in batches on the cell's device."""

    def __init__(self, context: Context, source: Source) -> None:
        self.context = context
        self.source = source
        self.lengths = source.lengths

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.source)

    @property
    def steps(self) -> int:
        """The number of training batches in an epoch."""
        return steps(len(self), self.context.settings.batch_size)

    def take(self, indices: Sequence[int]) -> Batch:
        """Return the examples at these positions as one batch on the cell's device."""
        return to_device(self.source.batch(indices), self.context.device)

    def targets(self) -> Iterator[dict[str, Any]]:
        """Give what is asked of all examples, in their order, many at a time."""
        for start in range(0, len(self), CHUNK):
            yield self.source.targets(np.arange(start, min(start + CHUNK, len(self))))

    def batches(self, epoch: int | None = None, first: int = 0) -> Iterator[Batch]:
        """Give each example once: shuffled and augmented for an epoch, as it is without one."""
        if epoch is None:
            yield from self._for_evaluation()
            return
        for number, indices in enumerate(self._order(epoch)[first:], first):
            with self.context.stopwatch.waiting():
                batch = self.take(indices.tolist())
                # A stream for each batch, so that a training can go on in the middle of an epoch.
                random = generator(self.context.seed, "augment", epoch, number)
                batch = self.source.augment(batch, random)
            yield batch

    def _order(self, epoch: int) -> list[Array]:
        random = generator(self.context.seed, "batches", epoch)
        return training_order(len(self), self.context.settings.batch_size, self.lengths, random)

    def _for_evaluation(self) -> Iterator[Batch]:
        """Give each example once; a batch of more rows than examples are asked for is halved until it fits.

        How many rows examples are is not known before they are put together. One alone is never divided.
        """
        most = self.context.settings.eval_batch_size
        waiting = evaluation_order(len(self), most, self.lengths)[::-1]
        while waiting:
            indices = waiting.pop()
            with self.context.stopwatch.waiting():
                batch = self.source.batch(indices.tolist())
                if len(indices) > 1 and _rows(batch) > most:
                    waiting += np.array_split(indices, 2)[::-1]
                    continue
                batch = to_device(batch, self.context.device)
            yield batch


def _rows(batch: Batch) -> int:
    rows = batch.rows if batch.features is None else batch.features.rows
    return batch.size if rows is None else int(rows.sum())


def _collated(task: Task, targets: Sequence[Mapping[str, Array | str]]) -> dict[str, Any]:
    return task.collate([Sample({}, row) for row in targets]).targets


def _stacked(block: Mapping[str, Array]) -> Batch:
    parts: dict[str, dict[str, Tensor]] = {"inputs": {}, "targets": {}}
    for field, values in block.items():
        part, name = field.split(".", 1)
        parts[part][name] = torch.from_numpy(values)
    return Batch(parts["inputs"], parts["targets"])


def to_device(batch: Batch, device: torch.device) -> Batch:
    """Return the batch with its tensors on the device."""
    return replace(
        batch,
        inputs={name: moved(tensor, device) for name, tensor in batch.inputs.items()},
        targets={
            name: moved(value, device) if isinstance(value, Tensor) else value
            for name, value in batch.targets.items()
        },
        features=None if batch.features is None else _move_features(batch.features, device),
        rows=None if batch.rows is None else moved(batch.rows, device),
    )


def _move_features(features: Features, device: torch.device) -> Features:
    return replace(
        features,
        pooled=moved(features.pooled, device),
        maps=tuple(moved(tensor, device) for tensor in features.maps),
        mask=None if features.mask is None else moved(features.mask, device),
        rows=None if features.rows is None else moved(features.rows, device),
        memory=tuple(moved(tensor, device) for tensor in features.memory),
    )
