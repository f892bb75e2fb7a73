"""Fine-tuning: encoder and head learn together."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bench import Objective, Run, Steps, hookimpl
from bench.toolkit.recipe import Recipe


class FineTune(Recipe, Objective):
    """All parameters learn, at one rate or slower with depth."""

    name: ClassVar[str] = "fine-tune"
    budget: ClassVar[str | None] = "epochs"

    layer_decay: float = Field(
        1.0, gt=0, le=1, description="a block learns at this times the rate of the one above it"
    )

    def train(self, run: Run) -> Steps[None]:
        """Train everything."""
        from bench.toolkit.training import layerwise, sgd, unfreeze

        for module in (run.encoder, run.head):
            unfreeze(module)
        yield from sgd(run, layerwise(run.encoder, run.head, self.layer_decay), **self.recipe())


@hookimpl
def bench_objectives() -> list[type[Objective]]:
    """Return the objective."""
    return [FineTune]
