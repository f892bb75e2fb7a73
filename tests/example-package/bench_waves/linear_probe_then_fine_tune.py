"""Objective `linear-probe-then-fine-tune` (Kumar et al. 2022): learn a head first, then all, from there.

Fine-tuning with an untrained head first bends good features towards a random head. A head that was
learnt on the frozen features leaves less to bend.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bench import Objective, Run, Steps, hookimpl
from bench.toolkit.recipe import Recipe


class LinearProbeThenFineTune(Recipe, Objective):
    """Train the head on frozen features, then head and encoder together."""

    name: ClassVar[str] = "linear-probe-then-fine-tune"

    lr: float = Field(3e-4, gt=0, description="highest learning rate of the fine-tuning")
    probe_lr: float = Field(1e-2, gt=0, description="highest learning rate of the probe")
    probe_epochs: int = Field(10, ge=1, description="passes over the features of the training examples")

    def train(self, run: Run) -> Steps[None]:
        """Probe, then fine-tune."""
        from bench.toolkit.training import freeze, sgd, unfreeze

        encoded = yield from run.encode("train")
        head = freeze(run.encoder, keep=run.head)
        probe = {**self.recipe(), "lr": self.probe_lr, "epochs": self.probe_epochs}
        yield from sgd(run, head, data=encoded, **probe)

        everything = [parameter for module in run.modules() for parameter in unfreeze(module)]
        yield from sgd(run, everything, **self.recipe())


@hookimpl
def bench_objectives() -> list[type[Objective]]:
    """Bring the objective."""
    return [LinearProbeThenFineTune]
