"""Does a task keep its contract?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..api import Batch, DatasetInfo, Encoder, Example, Features, Predictions, Sample, Task
from ..feeding.features import encode, look, with_asked
from ..registry import Registry
from ..toolkit.messages import fault_of
from ..toolkit.micro_batches import micro_batches
from ..trial.evaluation import as_arrays
from .breakdowns import check_breakdown
from .evaluations import check_kept, check_metrics
from .figures import check_primary
from .marks import check_marks
from .partners import batch_of, few_examples, partner_backbone, partner_data


def check_task(task: Task, registry: Registry) -> Iterator[str]:
    """Give what is wrong with a task, tried on a data set for it with a backbone of its modality."""
    dataset, _ = partner_data(registry, lambda other: other.name == task.name, f"data set for '{task.name}'")
    encoder = partner_backbone(registry, task).load()
    info, examples = dataset.info(), few_examples(dataset)
    encoder.eval()
    look(encoder, task)
    samples = [task.prepare(example, encoder.processor) for example in examples]
    batch = batch_of(task, encoder, examples)
    yield from _check_samples(task, encoder, samples[0], examples[0])
    yield from _check_collate(task, samples, batch)
    yield from _check_augment(task, batch)
    yield from check_marks(task, encoder)
    if task.target is not None:
        yield from check_primary(task.primary, task.figures)
        yield from _check_answers(task, encoder, batch, info)
        yield from _check_parts(task, encoder, batch, info)
        yield from check_kept(task, dataset, registry)
        yield from _check_native_head(task, encoder, info)


def _check_answers(task: Task, encoder: Encoder, batch: Batch, info: DatasetInfo) -> Iterator[str]:
    features = with_asked(encode(encoder, batch), task, batch.targets)
    head = task.head(encoder, info)
    try:
        predictions = task.predict(head, _read_by(task, features))
        loss = task.loss(head, _read_by(task, features), batch.targets)
    except Exception as error:
        # With all features it must work; if that fails too, that is the fault to report.
        task.predict(head, features)
        task.loss(head, features, batch.targets)
        yield f"its head looks at more of the features than 'reads' says: {type(error).__name__}: {error}"
        return
    if loss.ndim or not loss.isfinite() or not loss.requires_grad:
        yield f"its loss must be one finite number with a gradient, not {loss}"
    yield from _check_metrics(task, predictions, batch, info)


def _check_parts(task: Task, encoder: Encoder, batch: Batch, info: DatasetInfo) -> Iterator[str]:
    """Give a fault if there is no loss of parts of a batch, of inputs or of kept features."""
    if task.indivisible() is not None:
        return
    head = task.head(encoder, info)
    kept = replace(batch, inputs={}, rows=None, features=encode(encoder, batch))
    try:
        for part in (*micro_batches(batch, 2), *micro_batches(kept, 2)):
            features = encode(encoder, part) if part.features is None else part.features
            task.loss(head, with_asked(features, task, part.targets), part.targets)
    except Exception as error:
        yield f"it has no loss of a part of a batch ({fault_of(error)}); `indivisible` must say why"


def _check_native_head(task: Task, encoder: Encoder, info: DatasetInfo) -> Iterator[str]:
    head = task.native_head(encoder, info)
    if head is not None and not isinstance(head, nn.Module):
        yield f"native_head gives a {type(head).__name__}, neither a module nor None"


def _check_samples(task: Task, encoder: Encoder, sample: Sample, example: Example) -> Iterator[str]:
    first, second = _arrays(sample), _arrays(task.prepare(example, encoder.processor))
    for name, array in first.items():
        text = isinstance(array, str) and name.startswith("target")
        if not text and (not isinstance(array, np.ndarray) or array.dtype == object):
            yield f"prepare gives {name} as {type(array).__name__}, not as an array of numbers"
        elif not np.array_equal(array, second[name]):
            yield f"prepare gives another {name} for the same example"


def _arrays(sample: Sample) -> Mapping[str, np.ndarray | str]:
    inputs: dict[str, np.ndarray | str] = {f"input '{name}'": array for name, array in sample.inputs.items()}
    return inputs | {f"target '{name}'": array for name, array in sample.targets.items()}


def _check_collate(task: Task, samples: list[Sample], batch: Batch) -> Iterator[str]:
    try:
        targets = task.collate([replace(sample, inputs={}) for sample in samples]).targets
    except Exception as error:
        yield f"collate must do without inputs when features stand for them: {type(error).__name__}: {error}"
        return
    if targets.keys() != batch.targets.keys():
        yield "collate needs inputs to give targets"
    elif len({_shapes(sample.targets) for sample in samples}) == 1:
        alone = [task.collate([replace(sample, inputs={})]).targets for sample in samples]
        for name, values in targets.items():
            if not _equal(values, [one[name] for one in alone]):
                yield f"collate gives an example another target '{name}' in other company; stack targets"


def _equal(together: Tensor | list[str], alone: list[Tensor | list[str]]) -> bool:
    if isinstance(together, Tensor):
        return torch.equal(together, torch.cat([part for part in alone if isinstance(part, Tensor)]))
    return together == [text for part in alone for text in part]


def _shapes(arrays: Mapping[str, np.ndarray | str]) -> tuple[object, ...]:
    return tuple((name, np.shape(array)) for name, array in sorted(arrays.items()))


def _check_augment(task: Task, batch: Batch) -> Iterator[str]:
    first, second = (_augment(task, batch) for _ in range(2))
    if not (_same(first.inputs, second.inputs) and _same(first.targets, second.targets)):
        yield "augment draws from something else than the generator it is given"
    if first.size != batch.size:
        yield f"augment gives {first.size} examples for {batch.size}"


def _augment(task: Task, batch: Batch) -> Batch:
    copy = replace(batch, inputs=_copied(batch.inputs), targets=_copied(batch.targets))
    return task.augment(copy, torch.Generator().manual_seed(0))


def _copied(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.clone() if isinstance(value, Tensor) else value for name, value in values.items()}


def _same(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    return first.keys() == second.keys() and all(
        torch.equal(value, second[name]) if isinstance(value, Tensor) else value == second[name]
        for name, value in first.items()
    )


def _read_by(task: Task, features: Features) -> Features:
    """Return the parts of the features that are kept for the task, where features are kept."""
    pooled = features.pooled if "pooled" in task.reads else torch.empty(0)
    if "maps" not in task.reads:
        return Features(pooled, rows=features.rows, asked=features.asked, size=features.size)
    return replace(features, pooled=pooled)


def _check_metrics(task: Task, predictions: Predictions, batch: Batch, info: DatasetInfo) -> Iterator[str]:
    for name, values in predictions.items():
        if not isinstance(values, Tensor | list) or len(values) != batch.size:
            yield f"prediction '{name}' is neither a tensor with a leading batch axis nor a list of texts"
    found = yield from check_metrics(task.metrics(info), task.figures, predictions, batch)
    if found and task.primary.name not in found:
        yield f"its primary figure '{task.primary.name}' is not among {sorted(found)}"
    breakdown = task.breakdown(info)
    if found and breakdown is not None:
        statistics = as_arrays(task.metrics(info).statistics(predictions, batch.targets), batch.size)
        yield from check_breakdown(breakdown, statistics)
