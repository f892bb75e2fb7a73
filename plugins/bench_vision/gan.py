"""Objective `gan`: the backbone learns to tell real images from those of a generator that learns with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from bench import Figure, Objective, Run, Steps, UnsuitableError, hookimpl
from bench.toolkit.self_supervised import Unsupervised
from bench.toolkit.weights import tagless

from .cifar import Cifar
from .generated import GENERATED


class Gan(Unsupervised):
    """A generative adversarial network (Goodfellow et al. 2014); its discriminator is the backbone.

    The losses are the non-saturating ones, the discriminator's gradient is penalised at real images (R1,
    Mescheder et al. 2018), and images are drawn from an average of the generator's weights over time. The
    encoder normalises by the statistics it began with, so that an image is judged by itself.
    """

    name: ClassVar[str] = "gan"
    modality: ClassVar[str] = "image"
    budget: ClassVar[str | None] = "epochs"
    figures: ClassVar[tuple[Figure, ...]] = (
        *GENERATED,
        Figure("real_taken_as_real", doc="mean probability of being real that is given to real images"),
        Figure(
            "generated_taken_as_real", doc="mean probability of being real that is given to generated ones"
        ),
    )
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"judge_weights": "none", "width": 4},
        {"judge_weights": "none", "width": 4, "r1": 0, "epochs": 0},
    )

    epochs: int = Field(20, ge=0, description="passes over the training examples; 0 measures the untrained")
    generator_lr: float = Field(4e-4, gt=0, description="learning rate of the generator, constant")
    discriminator_lr: float = Field(4e-4, gt=0, description="learning rate of the discriminator, constant")
    beta1: float = Field(0.0, ge=0, lt=1, description="Adam's decay of the mean gradient, for both")
    beta2: float = Field(0.99, ge=0, lt=1, description="Adam's decay of the mean squared gradient, for both")
    r1: float = Field(0.02, ge=0, description="weight of the R1 penalty, of images in -1..1; 0 for none")
    r1_every: int = Field(8, ge=1, description="steps from one R1 penalty to the next, so much stronger each")
    latent: int = Field(128, ge=1, description="width of the generator's input")
    width: int = Field(
        32, ge=1, description="channels of the generator's last map; at most 8 x as many before"
    )
    average: float = Field(0.999, ge=0, lt=1, description="share of the generator's average kept by a step")
    judge_weights: Annotated[str, AfterValidator(tagless)] = Field(
        "default", description="weights of cifar/resnet20 for the Frechet distance: default, none, or a file"
    )

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the digest of the judge's weights in place of their path."""
        judge = Cifar(model="resnet20", weights=self.judge_weights)
        return {**super().identity(), "judge_weights": judge.identity()["weights"]}

    def train(self, run: Run) -> Steps[None]:
        """Train generator and discriminator, a step of both for each batch."""
        from .gan_training import train

        if run.precision == "fp16":
            raise UnsuitableError(
                "gan: its losses cannot be scaled for fp16; set 'precision' to bf16 or fp32"
            )
        yield from train(
            run,
            epochs=self.epochs,
            rates=(self.generator_lr, self.discriminator_lr),
            betas=(self.beta1, self.beta2),
            penalty=self.r1,
            penalty_interval=self.r1_every,
            latent=self.latent,
            width=self.width,
            average_decay=self.average,
            judge_weights=self.judge_weights,
        )

    def measure(self, run: Run) -> Steps[None]:
        """Report on the held-out splits how real the generated images are, and keep some to look at."""
        from .gan_quality import compare, sample_sheet

        for split in run.splits:
            metrics = yield from compare(run, split, self.judge_weights)
            run.report(split, metrics)
        run.attach("samples.png", sample_sheet(run))


@hookimpl
def bench_objectives() -> Sequence[type[Objective]]:
    """Return the objective."""
    return [Gan]
