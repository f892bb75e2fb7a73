"""What kept features must equal: the same training with a frozen encoder that looks at each batch again."""

from __future__ import annotations

from typing import ClassVar

import bench
from bench_objectives.feature_extract import FeatureExtract


class Frozen(FeatureExtract):
    """Trains the head by gradient descent without keeping features; `normalise` has no effect."""

    name: ClassVar[str] = "frozen"

    def train(self, run: bench.Run) -> bench.Steps[None]:
        from bench.toolkit.training import freeze, sgd

        yield from sgd(run, freeze(run.encoder, keep=run.head), **self.recipe())

    def measure(self, run: bench.Run) -> bench.Steps[None]:
        for split in run.splits:
            yield from run.evaluate(split)
