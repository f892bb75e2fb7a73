"""A cell, live: what `bench.Run` promises to objectives and meters."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn

from ..api import (
    Batch,
    Cost,
    Data,
    DatasetInfo,
    Encoder,
    Features,
    Figure,
    Limits,
    Metric,
    Position,
    Predictions,
    Settings,
    Split,
    Stateful,
    Step,
    Steps,
    Task,
)
from ..errors import UnsuitableError
from ..feeding import device as devices
from ..feeding.cache import Cache
from ..feeding.context import Context
from ..feeding.data import SplitData
from ..feeding.features import encode, look, with_asked
from ..feeding.seeding import generator, seeded
from ..feeding.splits import Subset
from ..feeding.supply import Supply
from ..measuring.stopwatch import Stopwatch
from ..planning.cell import Cell
from ..records.contributions import Array, Contributions
from ..records.files import plain_name
from ..toolkit.training import evaluating
from .artifacts import load_encoder
from .checkpoint import Loops
from .curve import Curve
from .divergence import ADVICE
from .evaluation import Evaluation, Evaluator, Scores
from .gauges import Gauges

Module = TypeVar("Module", bound=nn.Module)
T = TypeVar("T")


class LiveRun:
    """Loads what a cell needs when it is first asked for, and gathers what is reported.

    `origin` is the file of the encoder that it starts from, if it is another cell's. It goes on from the
    `checkpoint`, or from that of an `earlier`, smaller budget, if there are any. With `again` even what is in
    the cache is encoded (once), to measure its speed. `metrics` are installed; `curve` gets the course.
    """

    def __init__(
        self,
        cell: Cell,
        cache: Cache,
        origin: Path | None = None,
        checkpoint: Path | None = None,
        earlier: Path | None = None,
        *,
        again: bool = False,
        micro_batches: int = 1,
        metrics: Sequence[Metric] = (),
        curve: Curve | None = None,
    ) -> None:
        self.cell, self.micro_batches, self.origin = cell, micro_batches, origin
        self.seed = cell.seed
        self.task: Task = cell.task
        self.settings: Settings = cell.settings
        self.limits: Limits = cell.limits
        self.gauges = Gauges()
        self.stopwatch = Stopwatch(self.gauges)
        self.context = Context.of(cell, cache, self.stopwatch)
        self.device = self.context.device
        self.precision = self.context.precision
        self.generator = generator(cell.seed, "objective")
        self.quality: dict[Split, dict[str, float]] = {}
        self.contributions: dict[Split, Contributions] = {}
        self.passed_over: Counter[Split] = Counter()
        self._head: nn.Module | None = None
        self.added: dict[str, nn.Module] = {}
        self.attachments: dict[str, bytes] = {}
        self.supply = Supply(self.context, lambda: self.encoder, again=again)
        self._installed = metrics
        self.curve = curve or Curve()
        self.expected: int | None = None
        self.loops = Loops(self.context, self.modules, self.generator, self.curve, checkpoint, earlier)

    @property
    def primary(self) -> Figure:
        """The figure to choose by."""
        return self.cell.primary

    @cached_property
    def encoder(self) -> Encoder:
        """The backbone, in evaluation mode; with the parent's weights if the cell has a parent."""
        with self.phase("load"), seeded(self.seed, "encoder"):
            encoder = self.cell.backbone.load()
            if self.origin is not None:
                load_encoder(encoder, self.origin)
            look(encoder, self.task)
            encoder.to(self.device).eval()
            if self.settings.compile:
                encoder.compile()
            return encoder

    @property
    def head(self) -> nn.Module:
        """The task's head, untrained, unless the objective has set another."""
        if self._head is None:
            # It must be able to learn even if a prediction is the first to ask for it.
            with torch.inference_mode(mode=False), seeded(self.seed, "head"):
                self._head = self.task.head(self.encoder, self.info).to(self.device).eval()
        return self._head

    @head.setter
    def head(self, module: nn.Module) -> None:
        self._head = module.to(self.device).eval()

    @property
    def info(self) -> DatasetInfo:
        """What is known of the data set."""
        return self.supply.selection.info

    @cached_property
    def evaluator(self) -> Evaluator:
        """What the cell is scored by.

        Raises UnsuitableError if installed metrics contradict each other.
        """
        return Evaluator(self.task, self.info, self._installed)

    @property
    def subsets(self) -> dict[Split, Subset]:
        """The examples of each split."""
        return self.supply.selection.subsets

    @property
    def cached(self) -> Mapping[str, Cost]:
        """By phase, what was not computed but found on disk, and what it had cost."""
        return self.supply.cached

    @property
    def splits(self) -> tuple[Split, ...]:
        """The splits to report on; raises UnsuitableError if the data set has none."""
        present = tuple(split for split in ("val", "test") if split in self.subsets)
        if not present:
            raise UnsuitableError(f"data set '{self.cell.dataset.spelled()}' has nothing to evaluate on")
        return present

    def data(self, split: Split, of: str | None = None) -> SplitData:
        """Return a split, prepared; raises UnsuitableError if the data set does not have it."""
        return SplitData(self.context, self.supply.of(of).prepared(split))

    def encode(self, split: Split, of: str | None = None) -> Steps[Data]:
        """Run the encoder, or a further one, over a split, unless its features are on disk.

        Where they would be too large to be kept, the data have inputs.
        """
        return SplitData(self.context, (yield from self.supply.of(of).encoded(split)))

    def forward(self, batch: Batch) -> Features:
        """Return the batch's features: the ones it carries, or what the encoder makes of its inputs."""
        features = encode(self.encoder, batch) if batch.features is None else batch.features
        return with_asked(features, self.task, batch.targets)

    def loss(self, batch: Batch) -> Tensor:
        """Return the task's loss on a batch."""
        with self._arithmetic(batch):
            return self.task.loss(self.head, self.forward(batch), batch.targets)

    def predict(self, batch: Batch) -> Predictions:
        """Return what the objective predicts for a batch."""
        with evaluating(*self.modules()):
            return self._predict(batch)

    def _predict(self, batch: Batch) -> Predictions:
        with torch.inference_mode(), self.autocast(), self._arithmetic(batch):
            return self.cell.objective.predict(self, batch)

    def evaluate(self, split: Split, data: Data | None = None) -> Steps[None]:
        """Report all metrics on a split, and keep what each example contributes to them."""
        scores = yield from self._score(split, data, self.evaluator.full)
        scores.demand_finite(split)
        self.report(split, scores.figures)
        subset = self.subsets[split]
        self.contributions[split] = scores.kept(subset, self.supply.selection.groups(subset.source))

    def metrics(self, split: Split, data: Data | None = None) -> Steps[Mapping[str, float]]:
        """Return the task's metrics on a split; NaN where what is predicted of any example is not finite."""
        scores = yield from self._score(split, data, self.evaluator.own)
        self.passed_over[split] += scores.broken > 0
        return dict.fromkeys(scores.figures, math.nan) if scores.broken else scores.figures

    def _score(self, split: Split, data: Data | None, by: Callable[[Array], Evaluation]) -> Steps[Scores]:
        data, evaluation = data or self.data(split), by(self.supply.selection.counted(split))
        with self.stopwatch.phase("evaluate", len(data)), evaluating(*self.modules()):
            for batch in data.batches():
                evaluation.add(batch, self._predict(batch))
                yield Step(batch.size)
        return evaluation.scores()

    def report(self, split: Split, metrics: Mapping[str, float]) -> None:
        """Report figures of quality on a split.

        Raises UnsuitableError for one that is not finite: it could be neither ranked nor averaged.
        """
        for name, value in metrics.items():
            if not math.isfinite(value):
                raise UnsuitableError(f"{split} {name} is {value}; {ADVICE}")
        self.quality.setdefault(split, {}).update(metrics)

    def track(self, split: Split, metrics: Mapping[str, float]) -> None:
        """Let figures on a split join the course of the training."""
        for name, value in metrics.items():
            self.curve.track(f"{split} {name}", value)

    def modules(self) -> Iterator[nn.Module]:
        """Give encoder, head (if it was made), and what was added."""
        yield self.encoder
        yield from self.heads.values()

    @property
    def heads(self) -> dict[str, nn.Module]:
        """What stands on the encoder, by name: the head, if it was made, and what was added."""
        own = {} if self._head is None else {"head": self._head}
        return own | {f"added {name.replace('.', ' ')}": module for name, module in self.added.items()}

    def add(self, name: str, module: Module) -> Module:
        """Take in a module of the objective's own."""
        self.added[name] = module.to(self.device)
        return module

    def discard(self, name: str) -> None:
        """Let go of a module that was taken in, if it was."""
        self.added.pop(name, None)

    def resume(self, **parts: Stateful) -> Position:
        """Return where a training loop begins, with everything put back if it was cut off."""
        return self.loops.begin(parts)

    def expect(self, steps: int) -> None:
        """Note that the training will have so many more steps, unless more are expected already."""
        self.expected = max(self.expected or 0, self.curve.step + steps)

    def attach(self, name: str, content: bytes) -> None:
        """Keep a file beside the record.

        Raises UnsuitableError for a name that is more than a plain file name.
        """
        self.attachments[plain_name(name)] = content

    def remember(self, what: str, key: Mapping[str, Any], compute: Callable[[], T]) -> T:
        """Return what `compute` gives, or gave to an earlier cell.

        Raises UnsuitableError if `what` is more than a plain file name.
        """
        return cast(T, self.context.cache.remember(plain_name(what), key, compute))

    def autocast(self) -> AbstractContextManager[object]:
        """Return a context in which arithmetic runs in the run's precision."""
        return self.context.autocast()

    def _arithmetic(self, batch: Batch) -> AbstractContextManager[object]:
        """Return a context for a batch: a head on kept vectors is so small that rounding costs more time."""
        small = batch.features is not None and "maps" not in self.task.reads
        return torch.autocast(self.device.type, enabled=False) if small else nullcontext()

    def synchronize(self) -> None:
        """Wait until the device has done all that was asked of it."""
        devices.synchronize(self.device)

    def mark(self) -> Callable[[], None] | None:
        """Return what waits until the device has done all that it was asked for so far; None if it has."""
        return devices.mark(self.device)

    @property
    def waited(self) -> float:
        """Seconds so far that were spent waiting for batches to be put together."""
        return self.stopwatch.waited

    def phase(self, name: str) -> AbstractContextManager[None]:
        """Return a context whose time and memory are measured separately under this name."""
        return self.stopwatch.phase(name)
