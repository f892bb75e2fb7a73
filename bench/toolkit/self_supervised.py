"""What authors of objectives without labels reuse: settings, training and held-out measuring."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, cast

from pydantic import Field

from ..api import Backbone, Batch, Dataset, Figure, Objective, Predictions, Run, Split, Steps, Task
from .recipe import Recipe

if TYPE_CHECKING:
    from .learner import Learner


class Unsupervised(Objective):
    """An objective that learns from inputs alone; labels, if there are any, are ignored.

    A subclass sets `figures`, of which the first ranks, and `modality` if there is only one.
    """

    supervised: ClassVar[bool] = False
    modality: ClassVar[str | None] = None
    """What it learns from, `image`, `text`, ...; None if that is whatever its backbones read."""

    def skip(self, backbone: Backbone, task: Task, dataset: Dataset) -> str | None:
        """Return that data of another modality cannot be learned from."""
        if self.modality not in (None, task.modality):
            return f"{self.name} learns from {self.modality}, {dataset.spelled()} holds {task.modality}"
        return None

    def ranks_by(self, task: Task) -> Figure:
        """Return the first of the objective's own figures."""
        return self.figures[0]

    def predict(self, run: Run, batch: Batch) -> Predictions:
        """Return the features: what the encoder costs in use, without what is thrown away after training."""
        return {"pooled": run.encoder(batch.inputs).pooled}


class SelfSupervised(Recipe, Unsupervised):
    """Trains encoder and learner together by gradient descent; a subclass implements `learner` too."""

    budget: ClassVar[str | None] = "epochs"

    epochs: int = Field(10, ge=0, description="passes over the training examples; 0 measures the untrained")

    @abstractmethod
    def learner(self, run: Run) -> Learner:
        """Return what stands on the run's encoder while it learns, untrained."""

    def train(self, run: Run) -> Steps[None]:
        """Train encoder and learner together."""
        from .training import sgd, unfreeze

        learner = run.add("learner", self.learner(run))
        encoder = run.encoder
        yield from sgd(
            run,
            [*unfreeze(encoder), *unfreeze(learner)],
            loss=lambda batch: learner.loss(encoder, batch, run.generator),
            validate=lambda: self.judge(run, "val"),
            **self.recipe(),
        )

    def measure(self, run: Run) -> Steps[None]:
        """Report the figures on the held-out splits."""
        for split in run.splits:
            metrics = yield from self.judge(run, split)
            run.report(split, metrics)

    def judge(self, run: Run, split: Split) -> Steps[Mapping[str, float]]:
        """Return figures over a split, by default the learner's."""
        from .learner import held_out

        return held_out(run, split, cast("Learner", run.added["learner"]))
