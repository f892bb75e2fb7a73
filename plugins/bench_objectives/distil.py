"""Objective `distil`: a backbone learns to see what another one sees (Hinton et al. 2015)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic import Field

from bench import Figure, Objective, Run, Split, Steps, hookimpl
from bench.toolkit.recipe import Recipe
from bench.toolkit.self_supervised import Unsupervised

if TYPE_CHECKING:
    from .imitation import Imitation

PARTNER: Mapping[str, Any] = {"name": "cifar", "model": "resnet20", "weights": "none"}


class Distil(Recipe, Unsupervised):
    """The backbone learns the pooled vectors of a teacher: a frozen backbone that reads the same inputs.

    A linear map, thrown away afterwards, takes its vectors to the teacher's; its squared error is the loss.
    The teacher reads each example once, by its own processor and never augmented, and its vectors are kept.
    """

    name: ClassVar[str] = "distil"
    backbones: ClassVar[tuple[str, ...]] = ("teacher",)
    budget: ClassVar[str | None] = "epochs"
    partner: ClassVar[Mapping[str, Any] | None] = PARTNER
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({"teacher": PARTNER, "epochs": 1},)
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "unexplained_variance",
            doc="squared distance to the teacher's vectors, as a share of their variance: 1 for their mean",
            better="lower",
        ),
        Figure("teacher_cosine", doc="mean cosine of mapped vectors and the teacher's", better="higher"),
        *Recipe.figures,
    )

    teacher: str | dict[str, Any] = Field(
        description="a backbone as suites name it; of a finished cell with its encoder's file as `weights`"
    )
    epochs: int = Field(10, ge=0, description="passes over the training examples; 0 measures the untrained")

    def __hash__(self) -> int:
        """Hash by content: a teacher's settings are a mapping, which has no hash of its own."""
        return hash(self.model_dump_json())

    def train(self, run: Run) -> Steps[None]:
        """Let the teacher read the examples, then train encoder and map."""
        from bench.toolkit.training import sgd, unfreeze

        from .imitation import Imitation

        taught = yield from run.encode("train", of="teacher")
        imitation = run.add("imitation", Imitation.of(run.encoder, taught))
        yield from sgd(
            run,
            [*unfreeze(run.encoder), *unfreeze(imitation)],
            loss=lambda batch: imitation.loss(run.forward(batch), taught.take(batch.indices)),
            validate=lambda: self._compare(run, "val"),
            **self.recipe(),
        )

    def measure(self, run: Run) -> Steps[None]:
        """Report how near it has come to the teacher on the held-out splits."""
        for split in run.splits:
            run.report(split, (yield from self._compare(run, split)))

    def _compare(self, run: Run, split: Split) -> Steps[Mapping[str, float]]:
        from .imitation import compare

        taught = yield from run.encode(split, of="teacher")
        return (yield from compare(run, split, cast("Imitation", run.added["imitation"]), taught))


@hookimpl
def bench_objectives() -> list[type[Objective]]:
    """Return the objective."""
    return [Distil]
