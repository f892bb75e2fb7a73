"""Gradual unfreezing (Howard and Ruder 2018): the head learns first, then block after block joins it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bench import Objective, Run, Steps, hookimpl
from bench.toolkit.recipe import Recipe


class GradualUnfreeze(Recipe, Objective):
    """Each stage trains for some epochs, with a schedule of its own, and then unfreezes the next block."""

    name: ClassVar[str] = "gradual-unfreeze"

    epochs: int = Field(1, ge=1, description="passes over the training examples in each stage")
    stages: int | None = Field(
        None, ge=1, description="stages, the head's included; the last one unfreezes all blocks left"
    )

    def train(self, run: Run) -> Steps[None]:
        """Train the head, then head and top block, and so on down."""
        from bench.toolkit.training import freeze, sgd, unfreeze

        blocks = list(reversed(run.encoder.blocks()))
        stages = min(self.stages or len(blocks) + 1, len(blocks) + 1)
        live = freeze(run.encoder, keep=run.head)
        run.expect(stages * self.epochs * run.data("train").steps)
        for stage in range(stages):
            last = stage == stages - 1
            joining = [] if stage == 0 else blocks[stage - 1 :] if last else [blocks[stage - 1]]
            live += [parameter for block in joining for parameter in unfreeze(block)]
            yield from sgd(run, live, first_epoch=stage * self.epochs, **self.recipe())


@hookimpl
def bench_objectives() -> list[type[Objective]]:
    """Return the objective."""
    return [GradualUnfreeze]
