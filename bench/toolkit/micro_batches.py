"""What authors of objectives reuse: the gradients of a batch, computed part by part in less memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ..api import Batch, Features, Run


def backward(
    run: Run,
    batch: Batch,
    loss: Callable[[Batch], Tensor],
    scale: Callable[[Tensor], Tensor] = lambda value: value,
) -> Tensor:
    """Add the gradients of a batch's loss to those there are; return the loss, a scalar without a graph.

    The loss is computed in the run's precision, and `scale` is what a loss scaler makes of it. Both are
    computed for `run.micro_batches` parts of the batch, one after the other; each counts by its examples, so
    the sum is that of the whole where the loss is a mean over examples.
    """
    losses = []
    for part in micro_batches(batch, run.micro_batches):
        with run.autocast():
            value = loss(part)
        if part is not batch:
            value = value * (part.size / batch.size)
        torch.autograd.backward(scale(value))
        losses.append(value.detach())
    return losses[0] if len(losses) == 1 else torch.stack(losses).sum()


def micro_batches(batch: Batch, count: int) -> list[Batch]:
    """Return a batch in so many parts of nearly equal size, in order: at most one for each example."""
    count = min(count, batch.size)
    if count < 2:
        return [batch]
    sizes = _sizes(batch.size, count)
    counts = batch.rows if batch.features is None else batch.features.rows
    rows = sizes if counts is None else [int(part.sum()) for part in torch.split(counts, sizes)]
    parts = zip(
        _each(batch.inputs, rows),
        _each(batch.targets, sizes),
        _cut(batch.indices, sizes),
        _features(batch.features, rows, sizes),
        _cut(batch.rows, sizes),
        strict=True,
    )
    return [Batch(*part) for part in parts]


def _sizes(total: int, count: int) -> list[int]:
    """Return so many sizes with this total, of which the first may be larger by one."""
    size, more = divmod(total, count)
    return [size + (number < more) for number in range(count)]


def _cut(value: Any, sizes: Sequence[int]) -> Sequence[Any]:
    """Return consecutive parts of a tensor or list; of None, and of what holds nothing, itself each time."""
    if value is None or not len(value):
        return [value] * len(sizes)
    if isinstance(value, Tensor):
        return torch.split(value, list(sizes))
    ends = [sum(sizes[: number + 1]) for number in range(len(sizes))]
    return [value[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def _each(values: Mapping[str, Any], sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Return the parts of named values."""
    cut = {name: _cut(value, sizes) for name, value in values.items()}
    return [{name: parts[number] for name, parts in cut.items()} for number in range(len(sizes))]


def _features(
    features: Features | None, rows: Sequence[int], sizes: Sequence[int]
) -> Sequence[Features | None]:
    if features is None:
        return [None] * len(sizes)
    single = _each({"pooled": features.pooled, "mask": features.mask}, rows)
    counts, asked = _cut(features.rows, sizes), _each(features.asked, sizes)
    maps = [_cut(map_, rows) for map_ in features.maps]
    memory = [_cut(layer, rows) for layer in features.memory]
    return [
        replace(
            features,
            **single[number],
            rows=counts[number],
            asked=asked[number],
            maps=tuple(parts[number] for parts in maps),
            memory=tuple(parts[number] for parts in memory),
        )
        for number in range(len(sizes))
    ]
