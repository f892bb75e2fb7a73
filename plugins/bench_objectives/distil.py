"""Objective `distil`: a backbone learns to see what another sees (Hinton et al. 2015; Jiao et al. 2020)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from pydantic import Field

from bench import Figure, Objective, Run, Split, Steps, Task, hookimpl
from bench.toolkit.recipe import Recipe
from bench.toolkit.self_supervised import Unsupervised

if TYPE_CHECKING:
    from .imitation import Imitation
    from .matching import Part

PARTNER: Mapping[str, Any] = {"name": "cifar", "model": "resnet20", "weights": "none"}


class Distil(Recipe, Unsupervised):
    """The backbone learns the vectors of a teacher: a frozen backbone that reads the same inputs.

    A linear map, thrown away afterwards, takes its vectors to the teacher's; its squared error, as a share of
    their variance, is the loss. These are the pooled vectors, or with `match` the last hidden states of all
    tokens, or both: then each has a map of its own and the loss is the sum. States of tokens can be matched
    where both read a text as the same tokens; otherwise, and with images, that is refused.
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
        Figure(
            "unexplained_token_variance",
            doc="the same of the states of all tokens; with `match: tokens` or `both`",
            better="lower",
        ),
        Figure(
            "teacher_token_cosine",
            doc="mean cosine of mapped states of tokens and the teacher's; with `match: tokens` or `both`",
            better="higher",
        ),
        *Recipe.figures,
    )

    teacher: str | dict[str, Any] = Field(
        description="a backbone as suites name it; of a finished cell with its encoder's file as `weights`"
    )
    match: Literal["pooled", "tokens", "both"] = Field(
        "pooled",
        description="pooled vectors, or the states of tokens, which take much more room, or both",
    )
    epochs: int = Field(10, ge=0, description="passes over the training examples; 0 measures the untrained")

    def __hash__(self) -> int:
        """Hash by content: a teacher's settings are a mapping, which has no hash of its own."""
        return hash(self.model_dump_json())

    def reads(self) -> frozenset[str]:
        """Return `pooled`, and where tokens are matched `maps`, whose last are their states."""
        return frozenset({"pooled"} if self.match == "pooled" else {"pooled", "maps"})

    def ranks_by(self, task: Task) -> Figure:
        """Return the unexplained variance, of tokens where these alone are matched."""
        return self.figures[2 if self.match == "tokens" else 0]

    def train(self, run: Run) -> Steps[None]:
        """Let the teacher read the examples, then train encoder and maps."""
        from bench.toolkit.training import sgd, unfreeze

        from .imitation import Imitation, total_loss
        from .matching import demand_same_tokens

        if "tokens" in self._parts:
            demand_same_tokens(run)
        taught = yield from run.encode("train", of="teacher")
        imitations = [run.add(part, Imitation.of(run.encoder, taught, part)) for part in self._parts]
        yield from sgd(
            run,
            [
                *unfreeze(run.encoder),
                *(parameter for imitation in imitations for parameter in unfreeze(imitation)),
            ],
            loss=lambda batch: total_loss(imitations, run.forward(batch), taught.take(batch.indices)),
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
        imitations = [cast("Imitation", run.added[part]) for part in self._parts]
        return (yield from compare(run, split, imitations, taught))

    @property
    def _parts(self) -> tuple[Part, ...]:
        return ("pooled", "tokens") if self.match == "both" else (self.match,)


@hookimpl
def bench_objectives() -> list[type[Objective]]:
    """Return the objective."""
    return [Distil]
