"""Objective `byol`, a whole third-party plugin in one file (Grill et al. 2020, "Bootstrap your own latent").

Two networks see two views of an image: the online one learns to predict what the target one makes of the
other view, and the target follows the online one slowly. No image is compared with another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from bench import Batch, Encoder, Figure, Objective, Run, Steps, hookimpl
from bench.toolkit.self_supervised import SelfSupervised

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from bench.toolkit.learner import Learner


class Byol(SelfSupervised):
    """A network learns from a slowly moving average of itself (Grill et al. 2020)."""

    name: ClassVar[str] = "byol"
    modality: ClassVar[str] = "image"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("byol_loss", doc="distance between prediction and target of a view, 0..4", better="lower"),
        *SelfSupervised.figures,
    )

    momentum_of_target: float = Field(0.99, ge=0, lt=1, description="share of the target kept by a step")
    projection: int = Field(64, ge=1, description="width of the space in which predictions are made")

    def learner(self, run: Run) -> Learner:
        """Return projector and predictor; the target goes beside them, as it does not learn by gradient."""
        return make_learner(self, run)

    def train(self, run: Run) -> Steps[None]:
        """Train as usual, but let the target follow after each step."""
        for step in super().train(run):
            if step.loss is not None:  # a step of training, not of validation
                run.added["learner"].follow(run.encoder)
            yield step


def make_learner(objective: Byol, run: Run) -> Learner:
    import copy

    import torch
    from torch import nn
    from torch.nn.functional import cosine_similarity

    from bench.toolkit.learner import Learner
    from bench.toolkit.views import random_view

    def layers(inputs: int, outputs: int) -> nn.Module:
        return nn.Sequential(nn.Linear(inputs, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, outputs))

    class OnlineAndTarget(Learner):
        def __init__(self) -> None:
            super().__init__()
            self.projector = layers(run.encoder.spec.pooled, objective.projection)
            self.predictor = layers(objective.projection, objective.projection)
            average = nn.ModuleList([copy.deepcopy(run.encoder), copy.deepcopy(self.projector)])
            # In a tuple, so that it is no part of what learns; `run.add` has it kept in checkpoints.
            self._target = (run.add("target", average.requires_grad_(False).train()),)

        def loss(self, encoder: Encoder, batch: Batch, random: Generator) -> Tensor:
            return self.errors(encoder, batch, random).mean()

        def scores(self, encoder: Encoder, batch: Batch, random: Generator) -> dict[str, Tensor]:
            return {"byol_loss": self.errors(encoder, batch, random)}

        def errors(self, encoder: Encoder, batch: Batch, random: Generator) -> Tensor:
            """Return the distance between prediction and target of each view, `[2N]`, in 0..4."""
            pixels = batch.inputs["pixels"]
            first, second = random_view(pixels, random), random_view(pixels, random)
            online = self.projector(encoder({"pixels": torch.cat([first, second])}).pooled)
            (target,) = self._target
            with torch.no_grad():
                wanted = target[1](target[0]({"pixels": torch.cat([second, first])}).pooled)
            return 2 - 2 * cosine_similarity(self.predictor(online).float(), wanted.float(), dim=1)

        @torch.no_grad()
        def follow(self, encoder: nn.Module) -> None:
            """Move the target's weights towards the online ones."""
            (target,) = self._target
            online = [*encoder.parameters(), *self.projector.parameters()]
            torch._foreach_lerp_(list(target.parameters()), online, 1 - objective.momentum_of_target)

    return OnlineAndTarget()


@hookimpl
def bench_objectives() -> list[type[Objective]]:
    return [Byol]
