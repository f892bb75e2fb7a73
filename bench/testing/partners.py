"""What a plugin is tried with: the first plugins of the registry that fit it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import ValidationError

from ..api import (
    SPLITS,
    Backbone,
    Batch,
    Dataset,
    Encoder,
    Example,
    Limits,
    Objective,
    Settings,
    Task,
)
from ..errors import BenchError
from ..planning.cell import Cell
from ..registry import Registry

FEW = 6
EXAMPLES = Limits(train_examples=16, val_examples=4, test_examples=4)
Partner = TypeVar("Partner")


def values(registry: Registry, kind: str) -> Iterator[Any]:
    """Give a value for each example of each plugin of a kind."""
    for name in registry.names(kind):
        for example in registry.entries[kind][name].cls.check_with:
            yield registry.create(kind, {"name": name, **example})


def first(found: Iterator[Partner], what: str) -> Partner:
    """Return the first of some partners. Raises BenchError if there is none."""
    for partner in found:
        return partner
    raise BenchError(f"no {what} to try it with is installed")


def task_of(dataset: Dataset, registry: Registry) -> Task:
    """Return the task that a data set is for.

    Raises BenchError if no such task is installed, ValidationError if its settings are wrong.
    """
    spec = {"name": dataset.task} if isinstance(dataset.task, str) else dict(dataset.task or {})
    if "name" not in spec:
        raise BenchError(f"data set '{dataset.name}' does not say which task it is for; set 'task'")
    task: Task = registry.create("task", spec)
    return task


def further(objective: Objective, registry: Registry) -> dict[str, Backbone]:
    """Return the backbones that an objective's settings name, by setting.

    Raises BenchError if one is not installed, ValidationError if its settings are wrong.
    """
    specs = {name: getattr(objective, name) for name in objective.backbones}
    return {
        name: registry.create("backbone", {"name": spec} if isinstance(spec, str) else spec)
        for name, spec in specs.items()
    }


def problems(registry: Registry) -> Iterator[tuple[Dataset, Task]]:
    """Give the data sets whose task is installed, as they serve it, with it."""
    for dataset in values(registry, "dataset"):
        try:
            task = task_of(dataset, registry)
            yield dataset.serving(task), task
        except (BenchError, ValidationError):
            continue


def partner_data(registry: Registry, fits: Callable[[Task], bool], what: str) -> tuple[Dataset, Task]:
    """Return a data set whose task fits, and that task. Raises BenchError if there is none."""
    return first((problem for problem in problems(registry) if fits(problem[1])), what)


def partner_backbone(registry: Registry, task: Task) -> Backbone:
    """Return a backbone that reads what a task is about, and suits it. Raises BenchError if there is none."""
    fitting = (
        value
        for value in values(registry, "backbone")
        if task.modality in value.modalities()
        and task.skip(value) is None
        and not ("maps" in task.reads and value.strides() == ())
    )
    found: Backbone = first(fitting, f"backbone for modality '{task.modality}'")
    return found


def few_examples(dataset: Dataset) -> list[Example]:
    """Return the first examples of a data set."""
    split = next(split for split in SPLITS if split in dataset.info().sizes)
    examples = dataset.load(split)
    return [examples[index] for index in range(min(FEW, len(examples)))]


def batch_of(task: Task, encoder: Encoder, examples: Sequence[Example]) -> Batch:
    """Return the task's batch of these examples."""
    batch = task.collate([task.prepare(example, encoder.processor) for example in examples])
    return replace(batch, indices=range(len(examples)))


def small_cell(
    objective: Objective, dataset: Dataset, task: Task, backbone: Backbone, steps: int | None = None
) -> Cell:
    """Return a cell of a few examples, with so many steps at most, in fp32 on the CPU."""
    return Cell(
        backbone=backbone,
        objective=objective,
        dataset=dataset,
        task=task,
        seed=0,
        settings=Settings(batch_size=4, precision="fp32"),
        limits=EXAMPLES.model_copy(update={"steps": steps}),
        device="cpu",
        labels={"objective": objective.name},
        versions={},
    )
