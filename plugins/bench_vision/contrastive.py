"""Objective `contrastive`: the backbone learns to tell two views of one image from views of all others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from bench import Figure, Objective, Run, hookimpl
from bench.toolkit.self_supervised import SelfSupervised

if TYPE_CHECKING:
    from bench.toolkit.learner import Learner


class Contrastive(SelfSupervised):
    """Views of one image are drawn together, those of others apart (SimCLR, Chen et al. 2020).

    `contrastive_top1` is the share of views whose partner is the nearest of the other views in the batch:
    the larger `eval_batch_size`, the harder. Compare only cells in which it is the same.
    """

    name: ClassVar[str] = "contrastive"
    modality: ClassVar[str] = "image"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("contrastive_top1", doc="share of views whose partner is the nearest", better="higher"),
        Figure("contrastive_loss", "nats", "NT-Xent a view", "lower"),
        *SelfSupervised.figures,
    )

    temperature: float = Field(0.5, gt=0, description="divides similarities; low: only the nearest count")
    projection: int = Field(64, ge=1, description="width of the space in which views are compared")
    smallest_crop: float = Field(
        0.2, gt=0, le=1, description="least share of the image's area that a view shows"
    )
    mirrored: float = Field(0.5, ge=0, le=1, description="share of the views that are left-right reversed")
    jitter: float = Field(0.5, ge=0, le=1, description="strength of the random changes of colour")
    greyscale: float = Field(0.2, ge=0, le=1, description="share of the views without colour")

    def indivisible(self) -> str | None:
        """Return that a view is told from all others of its batch."""
        return f"objective '{self.name}' compares the images of a batch with each other"

    def learner(self, run: Run) -> Learner:
        """Return the projector, and how views are taken."""
        from bench.toolkit.views import random_view

        from .simclr import SimCLR

        view = partial(
            random_view,
            smallest=self.smallest_crop,
            mirrored=self.mirrored,
            jitter=self.jitter,
            greyscale=self.greyscale,
        )
        return SimCLR(run.encoder.spec.pooled, self.projection, self.temperature, view)


@hookimpl
def bench_objectives() -> Sequence[type[Objective]]:
    """Return the objective."""
    return [Contrastive]
