"""Feature extraction: the encoder is frozen, so it looks at each example once; only the head learns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from bench import Objective, Run, Steps, UnsuitableError, hookimpl
from bench.toolkit.recipe import Recipe


class FeatureExtract(Recipe, Objective):
    """Train the head on features that are computed once and kept.

    With `head: logistic-regression` the linear head is not trained step by step but solved for: the optimum
    is the same for any seed, and has no learning rate.
    """

    name: ClassVar[str] = "feature-extract"
    budget: ClassVar[str | None] = "epochs"

    lr: float = Field(1e-2, gt=0, description="highest learning rate")
    epochs: int = Field(20, ge=1, description="passes over the features of the training examples")
    head: Literal["gradient-descent", "logistic-regression"] = Field(
        "gradient-descent", description="how the head learns"
    )
    l2: float = Field(
        1.0, ge=0, description="penalty of logistic-regression, the inverse of scikit-learn's C"
    )

    @model_validator(mode="after")
    def _no_setting_without_effect(self) -> Self:
        idle = ("l2",) if self.head == "gradient-descent" else tuple(Recipe.model_fields)
        fields = type(self).model_fields
        given = [name for name in idle if getattr(self, name) != fields[name].default]
        if given:
            raise ValueError(f"{', '.join(given)}: without effect on head {self.head}; remove it")
        return self

    def final(self) -> str | None:
        """Return that a head that is solved for is final; otherwise what makes a gradient descent so."""
        return "its head is solved for" if self.head == "logistic-regression" else super().final()

    def train(self, run: Run) -> Steps[None]:
        """Encode, then train the head."""
        from bench.toolkit.convex import minimise
        from bench.toolkit.heads import LinearHead, calibrate
        from bench.toolkit.training import freeze, sgd

        encoded = yield from run.encode("train")
        live = freeze(run.encoder, keep=run.head)
        calibrate(run, encoded)
        if self.head == "gradient-descent":
            yield from sgd(run, live, data=encoded, validate=lambda: self._validate(run), **self.recipe())
        elif isinstance(run.head, LinearHead):
            yield from minimise(run, live, encoded, self.l2)
        else:
            raise UnsuitableError(
                f"task '{run.task.name}' has no linear head over pooled features; use head gradient-descent"
            )

    def _validate(self, run: Run) -> Steps[Mapping[str, float]]:
        encoded = yield from run.encode("val")
        return (yield from run.metrics("val", encoded))

    def measure(self, run: Run) -> Steps[None]:
        """Report the task's metrics, from features that are computed once as well."""
        for split in run.splits:
            encoded = yield from run.encode(split)
            yield from run.evaluate(split, encoded)


@hookimpl
def bench_objectives() -> list[type[Objective]]:
    """Return the objective."""
    return [FeatureExtract]
