"""Objectives: ways to train."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from .backbone import Backbone
from .dataset import Dataset
from .figures import Figure
from .plugin import Plugin
from .run import Run, Steps
from .task import Batch, Predictions, Task


class Objective(Plugin):
    """A whole recipe: which parameters learn, from which loss, in which order."""

    supervised: ClassVar[bool] = True
    """Whether it learns from targets. If not, any data set that the backbone can read will do."""

    native: ClassVar[bool] = False
    """Whether it needs a head of the backbone's own. Cells are skipped whose classes that cannot know."""

    figures: ClassVar[tuple[Figure, ...]] = ()
    """The figures of quality that it reports beside the task's, or instead of them."""

    partner: ClassVar[Mapping[str, Any] | None] = None
    """The settings of a backbone for contract checks to try it with, where not every backbone will do."""

    backbones: ClassVar[tuple[str, ...]] = ()
    """The settings, each a `str | dict[str, Any]`, that name a further backbone as suites do (`teacher`).
    `run.encode(split, of="teacher")` gives what that makes of a split."""

    budget: ClassVar[str | None] = None
    """The setting, a whole number, that says for how long it trains and changes nothing else: `epochs`. A
    training can go on to a larger budget where it is a single loop that can be resumed and nothing learns
    after it, unless `final` says otherwise."""

    def skip(self, backbone: Backbone, task: Task, dataset: Dataset) -> str | None:
        """Return why this combination makes no sense, or None. Asked when planning; such cells never run."""
        return None

    def reads(self) -> frozenset[str]:
        """Return which parts of its further backbones' features it looks at: `pooled`, `maps`.

        Only these are kept, and maps are large.
        """
        return frozenset({"pooled"})

    def final(self) -> str | None:
        """Return why its training cannot go on to a larger budget, and what to change; None if it can.

        It cannot where the training depends on its end: a rate falls towards it, or weights are chosen there.
        """
        return None

    def holds_out(self) -> bool:
        """Return whether a part of `train` becomes `val` where a data set has none.

        It is what choices are made on: the objective's own, and those that reports make among settings.
        """
        return True

    def indivisible(self) -> str | None:
        """Return why batches cannot be taken in parts where memory is lacking; None if they can.

        Then its training takes each in `Run.micro_batches` parts whose gradients add up to the batch's, as
        `bench.toolkit.training.sgd` does, or it has no batches. By default its steps take whole batches.
        """
        return f"objective '{self.name}' trains on whole batches"

    def ranks_by(self, task: Task) -> Figure:
        """Return the figure to choose and rank by: the task's, unless the objective reports its own."""
        return task.primary

    def identity(self) -> dict[str, Any]:
        """Return the settings, without further backbones, which have identities of their own."""
        return {name: value for name, value in super().identity().items() if name not in self.backbones}

    @abstractmethod
    def train(self, run: Run) -> Steps[None]:
        """Train, yielding each step once it is done. It may be stopped (closed) after any step."""

    def rebuild(self, run: Run) -> None:
        """Give the run the modules that `predict` uses, of the kinds that `train` gave it.

        Their weights are put back afterwards, so that a model can be used long after its training. By default
        they are the encoder and the task's head.
        """
        run.head = run.task.head(run.encoder, run.info)

    def measure(self, run: Run) -> Steps[None]:
        """Report quality; by default the task's metrics on the splits to report on."""
        for split in run.splits:
            yield from run.evaluate(split)

    def predict(self, run: Run, batch: Batch) -> Predictions:
        """Return what the model makes of a batch, the same each time.

        This is what evaluation scores, whose latency is measured, and whose arithmetic is counted.
        """
        return run.task.predict(run.head, run.forward(batch))
