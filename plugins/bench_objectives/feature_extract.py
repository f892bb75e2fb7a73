"""Feature extraction: the encoder is frozen, so it looks at each example once; only the head learns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from bench import Objective, Run, Steps, hookimpl
from bench.recipe import Recipe


class FeatureExtract(Recipe, Objective):
    """Train the head on features that are computed once and kept."""

    name: ClassVar[str] = "feature-extract"

    lr: float = Field(1e-2, gt=0, description="highest learning rate")
    epochs: int = Field(20, ge=1, description="passes over the features of the training examples")

    def train(self, run: Run) -> Steps[None]:
        """Encode, then train the head."""
        from bench.heads import calibrate
        from bench.training import freeze, sgd

        encoded = yield from run.encode("train")
        live = freeze(run.encoder, keep=run.head)
        calibrate(run.head, encoded)
        yield from sgd(run, live, data=encoded, validate=lambda: self._validate(run), **self.recipe())

    def _validate(self, run: Run) -> Steps[Mapping[str, float]]:
        encoded = yield from run.encode("val")
        return (yield from run.metrics("val", encoded))

    def measure(self, run: Run) -> Steps[None]:
        """Report the task's metrics, from features too."""
        for split in run.splits:
            encoded = yield from run.encode(split)
            yield from run.evaluate(split, encoded)


@hookimpl
def bench_objectives() -> list[type[Objective]]:
    """Return the objective."""
    return [FeatureExtract]
