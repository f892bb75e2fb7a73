"""The settings of a gradient-descent recipe, shared by objectives; the loop is `training.sgd`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field

from ..api import Figure

OPEN_ENDED: Mapping[str, Any] = {"schedule": "constant", "warmup": 0.0, "keep": "last", "patience": None}
"""The settings with which a training does not depend on its end."""


class Recipe(BaseModel):
    """Optimiser and schedule. An objective that trains by `sgd` inherits these as its YAML keys."""

    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("chosen_epoch", doc="the epoch whose weights were kept, by val; with `keep: best`"),
    )

    lr: float = Field(1e-3, gt=0, description="highest learning rate")
    epochs: int = Field(3, ge=1, description="passes over the training examples")
    optimizer: Literal["adamw", "sgd"] = Field("adamw", description="adamw, or sgd with Nesterov momentum")
    momentum: float = Field(0.9, ge=0, lt=1, description="momentum of sgd")
    weight_decay: float = Field(0.01, ge=0, description="decay of weights, not of biases and norms")
    schedule: Literal["cosine", "linear", "constant"] = Field(
        "cosine", description="course of the rate after warm-up: cosine or linear to zero, or constant"
    )
    warmup: float = Field(0.1, ge=0, lt=1, description="share of the steps in which the rate rises")
    clip: float | None = Field(1.0, gt=0, description="bound on the norm of the gradient")
    keep: Literal["last", "best"] = Field(
        "last", description="weights of the last epoch, or of the best on val"
    )
    patience: int | None = Field(
        None, ge=1, description="epochs in a row without a better result on val, after which training stops"
    )

    def final(self) -> str | None:
        """Return which settings make a training depend on its end, so that it cannot go on from there."""
        changes = [
            f"{name}: {'null' if value is None else value}"
            for name, value in OPEN_ENDED.items()
            if getattr(self, name) != value
        ]
        return f"it depends on its end; set {', '.join(changes)}" if changes else None

    def indivisible(self) -> str | None:
        """Return None: `sgd` takes batches in parts."""
        return None

    def recipe(self) -> dict[str, Any]:
        """Return the settings as keyword arguments of `bench.toolkit.training.sgd`."""
        return {name: getattr(self, name) for name in Recipe.model_fields}
