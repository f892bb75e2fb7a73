"""Feature extraction: the encoder is frozen, so it looks at each example once; only the head learns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from bench import Data, Figure, Objective, Run, Steps, UnsuitableError, hookimpl
from bench.toolkit.recipe import Recipe


class FeatureExtract(Recipe, Objective):
    """Train the head on features that are computed once and kept.

    Linear heads see features normalised, as `normalise` says. With `head: logistic-regression` a linear head
    over pooled features or tokens is not trained step by step but solved for: the optimum is the same for any
    seed, and has no learning rate. Its penalty `l2` is chosen by the loss on val, from 1e6 to 1e-6 in steps
    of half a decade; the head is then solved for again on train and val together, unless a limit says how
    much of train there is to be. Figures on val are of the head before that. With a fixed `l2` nothing is
    chosen on val, so no part of train becomes val.
    """

    name: ClassVar[str] = "feature-extract"
    budget: ClassVar[str | None] = "epochs"
    figures: ClassVar[tuple[Figure, ...]] = (
        *Recipe.figures,
        Figure("chosen_l2", doc="the penalty that was chosen by val; with `l2: auto`"),
    )

    lr: float = Field(1e-2, gt=0, description="highest learning rate")
    epochs: int = Field(20, ge=1, description="passes over the features of the training examples")
    head: Literal["gradient-descent", "logistic-regression"] = Field(
        "gradient-descent", description="how the head learns"
    )
    normalise: Literal["none", "standardise", "l2"] = Field(
        "standardise",
        description="what a head sees: features as they are, each with mean 0 and deviation 1, or each "
        "example's of norm 1",
    )
    l2: Annotated[float, Field(ge=0)] | Literal["auto"] = Field(
        "auto",
        description="penalty of logistic-regression, 1/C of scikit-learn; auto is the best on val",
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

    def holds_out(self) -> bool:
        """Return that val is not needed by a head that is solved for under a fixed penalty."""
        return self.head == "gradient-descent" or self.l2 == "auto"

    def train(self, run: Run) -> Steps[None]:
        """Encode, then train the head."""
        from bench.toolkit.normalising import calibrate
        from bench.toolkit.training import freeze, sgd

        encoded = yield from run.encode("train")
        live = freeze(run.encoder, keep=run.head)
        if not calibrate(run, self.normalise, encoded) and self.normalise != "standardise":
            raise UnsuitableError(f"the head of task '{run.task.name}' normalises nothing; remove normalise")
        if self.head == "gradient-descent":
            yield from sgd(run, live, data=encoded, validate=lambda: self._validate(run), **self.recipe())
        else:
            yield from self._solve(run, encoded)

    def rebuild(self, run: Run) -> None:
        """Give the run the task's head, with parameters of its own alone."""
        from bench.toolkit.training import untie

        super().rebuild(run)
        untie(run.head, run.encoder)

    def _solve(self, run: Run, encoded: Data) -> Steps[None]:
        from bench.toolkit.convex import minimise
        from bench.toolkit.penalties import minimise_by_val

        if self.l2 != "auto":
            yield from minimise(run, encoded, self.l2)
        elif "val" not in run.splits:
            raise UnsuitableError("l2 is chosen on val, and there are no val examples; set l2, as in l2: 1")
        else:
            val = yield from run.encode("val")
            whole = not run.limits.cuts_train
            yield from minimise_by_val(run, encoded, val, self.normalise, refit=whole)

    def _validate(self, run: Run) -> Steps[Mapping[str, float]]:
        encoded = yield from run.encode("val")
        return (yield from run.metrics("val", encoded))

    def measure(self, run: Run) -> Steps[None]:
        """Report the task's metrics, from features that are computed once as well."""
        from bench.toolkit.penalties import BEFORE_VAL, judged_by

        for split in run.splits:
            encoded = yield from run.encode(split)
            with judged_by(run, split):
                yield from run.evaluate(split, encoded)
        run.discard(BEFORE_VAL)


@hookimpl
def bench_objectives() -> list[type[Objective]]:
    """Return the objective."""
    return [FeatureExtract]
