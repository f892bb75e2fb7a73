"""Contract checks that any plugin's author can run: `bench.testing.check(MyPlugin)`, or `bench check`.

A plugin is brought to life with the settings in its `examples`, together with partners of the right
modality from the registry, on a few real examples. What is found is told as a list of sentences, one a
fault; an empty list means that the contract is kept as far as can be seen.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, cast

import torch
from pydantic import ValidationError
from torch import Tensor, nn

from .api import (
    SPLITS,
    Backbone,
    Batch,
    Dataset,
    Encoder,
    Example,
    Features,
    Limits,
    Meter,
    Objective,
    Observer,
    Plugin,
    Settings,
    Task,
)
from .errors import BenchError
from .execution.job import Job
from .execution.trial import run_trial
from .planning.cell import Cell
from .planning.identity import canonical
from .planning.tasks import task_of
from .records.record import Record
from .registry import KINDS, Entry, Owner, Registry, load

FEW = 6
SHORT = Limits(steps=2, train_examples=16, val_examples=4, test_examples=4)


def check(cls: type[Plugin], registry: Registry | None = None) -> list[str]:
    """Return the faults of a plugin class; it need not be registered."""
    registry = registry or load()
    kind = next(kind for kind, base in KINDS.items() if issubclass(cls, base))
    registry.entries[kind].setdefault(cls.name, Entry(cls, Owner(cls.name, "unregistered", "0")))
    faults = list(_check_class(cls))
    for example in cls.examples:
        try:
            value = cls.model_validate(example)
            faults += _check_value(value)
            faults += LIVE[kind](value, registry)
        except ValidationError as error:
            faults.append(f"its own example {dict(example)} is not valid: {error.errors()[0]['msg']}")
        except Exception as error:
            faults.append(f"with {dict(example)}: {type(error).__name__}: {error}")
    return faults


def _check_class(cls: type[Plugin]) -> Iterator[str]:
    if not cls.__doc__:
        yield "has no docstring; its first line is what `bench list` shows"
    for name, field in cls.model_fields.items():
        if not field.description:
            yield f"setting '{name}' has no description"
    if not cls.model_config.get("frozen") or cls.model_config.get("extra") != "forbid":
        yield "its settings must stay frozen and closed, as bench.Plugin makes them"


def _check_value(value: Plugin) -> Iterator[str]:
    fields = value.model_dump(mode="json")
    if type(value).model_validate(fields) != value:
        yield "a value made from its own JSON data is another value"
    if canonical(value.identity()) != canonical(type(value).model_validate(fields).identity()):
        yield "equal values have different identities"


def _check_backbone(backbone: Backbone, registry: Registry) -> Iterator[str]:
    if not backbone.modalities():
        yield "reads no modality"
    dataset, task = _partner_data(registry, lambda task: task.modality in backbone.modalities())
    torch.manual_seed(0)
    encoder = backbone.load()
    module = cast(nn.Module, encoder)
    torch.manual_seed(0)
    twin = cast(nn.Module, backbone.load())
    if any(
        not torch.equal(a, b)
        for a, b in zip(module.state_dict().values(), twin.state_dict().values(), strict=True)
    ):
        yield "two loads from one seed give different weights"
    if not isinstance(encoder.processor.digest, str) or not encoder.processor.digest:
        yield "its processor has no digest"
    yield from _check_blocks(encoder)
    module.eval()
    batch = _batch(task, encoder, _examples(dataset))
    features = encoder(batch.inputs)
    yield from _check_features(encoder, features, batch.size)
    alone = encoder(_batch(task, encoder, _examples(dataset)[:1]).inputs)
    if not torch.allclose(alone.pooled, features.pooled[:1], rtol=1e-3, atol=1e-4):
        yield "in evaluation an example's features depend on what else is in its batch"
    torch.autograd.backward(features.pooled.float().square().sum())
    if not any(p.grad is not None and p.grad.any() for p in module.parameters()):
        yield "no gradient reaches any of its parameters"


def _check_blocks(encoder: Encoder) -> Iterator[str]:
    held = [id(p) for block in encoder.blocks() for p in block.parameters()]
    own = {id(p) for p in cast(nn.Module, encoder).parameters()}
    if len(held) != len(set(held)):
        yield "its blocks hold a parameter twice"
    if set(held) != own:
        yield f"its blocks hold {len(set(held) & own)} of its {len(own)} parameters"


def _check_features(encoder: Encoder, features: Features, count: int) -> Iterator[str]:
    if tuple(features.pooled.shape) != (count, encoder.spec.pooled):
        yield f"pooled is {list(features.pooled.shape)}, its spec says [{count}, {encoder.spec.pooled}]"
    if len(features.maps) != len(encoder.spec.channels):
        yield f"gives {len(features.maps)} maps, its spec says {len(encoder.spec.channels)}"
    axis = 1 if features.mask is None else 2
    for index, (found, channels) in enumerate(zip(features.maps, encoder.spec.channels, strict=False)):
        if found.shape[axis] != channels:
            yield f"map {index} is {list(found.shape)}, its spec says {channels} channels"
    if not features.pooled.isfinite().all():
        yield "its features are not finite"


def _check_dataset(dataset: Dataset, registry: Registry) -> Iterator[str]:
    dataset.check()
    task_of(dataset, registry)
    if dataset.fingerprint() != type(dataset).model_validate(dataset.model_dump()).fingerprint():
        yield "equal values have different fingerprints"
    info = dataset.info()
    for split in SPLITS:
        if split not in info.sizes:
            continue
        examples = dataset.load(split)
        if len(examples) != info.sizes[split]:
            yield f"{split}: has {len(examples)} examples, its info says {info.sizes[split]}"
        targets = [examples[index].target for index in range(min(FEW, len(examples)))]
        if targets != [dataset.load(split)[index].target for index in range(len(targets))]:
            yield f"{split}: a second load has another order"
        if info.classes and any(isinstance(t, int) and not 0 <= t < len(info.classes) for t in targets):
            yield f"{split}: a target is no index into its {len(info.classes)} classes"


def _check_task(task: Task, registry: Registry) -> Iterator[str]:
    dataset, _ = _partner_data(registry, lambda other: other.name == task.name)
    backbone = _partner_backbone(registry, task)
    encoder, info, examples = backbone.load(), dataset.info(), _examples(dataset)
    cast(nn.Module, encoder).eval()
    first, second = (task.prepare(examples[0], encoder.processor) for _ in range(2))
    if any((first.inputs[name] != second.inputs[name]).any() for name in first.inputs):
        yield "prepare gives different arrays for the same example"
    batch = _batch(task, encoder, examples)
    samples = [replace(task.prepare(e, encoder.processor), inputs={}) for e in examples]
    if task.collate(samples).targets.keys() != batch.targets.keys():
        yield "collate needs inputs to give targets"
    head, features = task.head(encoder, info), encoder(batch.inputs)
    loss = task.loss(head, features, batch.targets)
    if loss.ndim or not loss.isfinite() or not loss.requires_grad:
        yield f"its loss must be one finite number with a gradient, not {loss}"
    yield from _check_metrics(task, task.predict(head, features), batch, info)


def _check_metrics(task: Task, predictions: Any, batch: Batch, info: Any) -> Iterator[str]:
    if any(len(tensor) != batch.size for tensor in predictions.values() if isinstance(tensor, Tensor)):
        yield "its predictions lack the batch axis"
    metrics = task.metrics(info)
    scores = metrics.update(predictions, batch.targets)
    if len(scores) != batch.size:
        yield f"gives {len(scores)} scores for {batch.size} examples"
    if task.primary.metric not in metrics.compute():
        yield f"its primary metric '{task.primary.metric}' is not among {sorted(metrics.compute())}"


def _check_objective(objective: Objective, registry: Registry) -> Iterator[str]:
    record = _short_trial(
        registry, objective, [], Limits(steps=1, train_examples=16, val_examples=4, test_examples=4)
    )
    if record.status != "done":
        yield f"a short trial failed: {record.reason}"
    elif not any(record.quality.values()):
        yield "measure reports nothing"


def _check_meter(meter: Meter, registry: Registry) -> Iterator[str]:
    objective = _first(registry, "objective", lambda value: True)
    record = _short_trial(
        registry, objective, [meter], Limits(steps=2, train_examples=16, val_examples=4, test_examples=4)
    )
    yield from record.notes
    for column in record.resources.get(meter.table, {}):
        if column not in meter.columns:
            yield f"column '{column}' is not among those it declares"


def _check_observer(observer: Observer, registry: Registry) -> Iterator[str]:
    objective = _first(registry, "objective", lambda value: True)
    observer.finished(_short_trial(registry, objective, []).model_dump(mode="json"))
    yield from ()


LIVE: dict[str, Callable[[Any, Registry], Iterator[str]]] = {
    "backbone": _check_backbone,
    "dataset": _check_dataset,
    "task": _check_task,
    "objective": _check_objective,
    "meter": _check_meter,
    "observer": _check_observer,
}


def _short_trial(registry: Registry, objective: Objective, meters: Sequence[Meter]) -> Record:
    """Run an objective with the first partners it does not refuse."""
    reasons = []
    for dataset, backbone in product(_values(registry, "dataset"), _values(registry, "backbone")):
        task = task_of(dataset, registry)
        if task.modality not in backbone.modalities():
            continue
        if reason := objective.skip(backbone, task, dataset):
            reasons.append(reason)
            continue
        cell = Cell(
            backbone=backbone,
            objective=objective,
            dataset=dataset,
            task=task,
            seed=0,
            settings=Settings(batch_size=4),
            limits=SHORT,
            device="cpu",
            labels={"objective": objective.name},
            versions={},
        )
        with tempfile.TemporaryDirectory() as folder:
            job = Job(cell, "check", Path(folder), Path(folder) / ".cache", False, (), {})
            return run_trial(job, meters, lambda progress: None)
    raise BenchError(f"no partners for it are installed; reasons: {reasons}")


def _partner_data(registry: Registry, fits: Callable[[Task], bool]) -> tuple[Dataset, Task]:
    dataset = _first(registry, "dataset", lambda value: fits(task_of(value, registry)))
    return dataset, task_of(dataset, registry)


def _partner_backbone(registry: Registry, task: Task) -> Backbone:
    found: Backbone = _first(registry, "backbone", lambda value: task.modality in value.modalities())
    return found


def _first(registry: Registry, kind: str, fits: Callable[[Any], bool]) -> Any:
    for value in _values(registry, kind):
        if fits(value):
            return value
    raise BenchError(f"no {kind} to try it with is installed")


def _values(registry: Registry, kind: str) -> Iterator[Any]:
    for name in registry.names(kind):
        for example in registry.entries[kind][name].cls.examples:
            yield registry.create(kind, {"name": name, **example})


def _examples(dataset: Dataset) -> list[Example]:
    split = next(split for split in SPLITS if split in dataset.info().sizes)
    examples = dataset.load(split)
    return [examples[index] for index in range(min(FEW, len(examples)))]


def _batch(task: Task, encoder: Encoder, examples: Sequence[Example]) -> Batch:
    batch = task.collate([task.prepare(example, encoder.processor) for example in examples])
    return replace(batch, indices=range(len(examples)))
