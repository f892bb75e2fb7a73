"""Predictions for new inputs: read, prepared and put into batches here, and answered by a kept model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from ..api import Example, NewInput, Sample
from ..errors import DataError, UnsuitableError
from ..feeding.data import to_device
from .live import LiveRun


@dataclass(frozen=True)
class Prediction:
    """What is predicted of an input, as its task shows it; or why there is nothing to predict of.

    `where` is the input, for people.
    """

    where: str
    values: Mapping[str, Any] = field(default_factory=dict)
    fault: str | None = None


def predictions(run: LiveRun, inputs: Iterable[NewInput | DataError]) -> Iterator[Prediction]:
    """Give what a model predicts of each input, in their order, a batch at a time.

    One that cannot be read costs no other its prediction. Raises UnsuitableError if the model has no head.
    """
    if not run.heads:
        raise UnsuitableError(
            f"{run.cell.title}: nothing that predicts was kept of it, as it learned without labels, or was "
            "run by an earlier version; in that case `bench forget` it, and run it again with --keep-encoders"
        )
    waiting = iter(inputs)
    while batch := list(islice(waiting, run.settings.eval_batch_size)):
        yield from _of_batch(run, batch)


def _of_batch(run: LiveRun, inputs: Sequence[NewInput | DataError]) -> Iterator[Prediction]:
    read = [_read(run, item) for item in inputs]
    answers = iter(_predicted(run, [item for item in read if not isinstance(item, Prediction)]))
    for item in read:
        yield item if isinstance(item, Prediction) else Prediction(item.where, next(answers))


@dataclass(frozen=True)
class _Ready:
    """An input, read and prepared."""

    where: str
    raw: Any
    sample: Sample


def _read(run: LiveRun, item: NewInput | DataError) -> _Ready | Prediction:
    if isinstance(item, DataError):
        return Prediction("", fault=str(item))
    try:
        raw = item.read()
        return _Ready(item.where, raw, run.task.prepare(Example(raw, None), run.encoder.processor))
    except DataError as error:
        return Prediction(item.where, fault=_without(item.where, str(error)))


def _without(where: str, fault: str) -> str:
    """Return a fault without the place that it begins with."""
    return fault.removeprefix(f"{where}: ")


def _predicted(run: LiveRun, ready: Sequence[_Ready]) -> Sequence[Mapping[str, Any]]:
    if not ready:
        return []
    batch = replace(run.task.collate([item.sample for item in ready]), indices=range(len(ready)))
    found = run.predict(to_device(batch, run.device))
    on_cpu = {name: value.cpu() if hasattr(value, "cpu") else value for name, value in found.items()}
    raw = [item.raw for item in ready]
    return run.task.postprocess(on_cpu, run.info, raw, run.encoder.processor)
