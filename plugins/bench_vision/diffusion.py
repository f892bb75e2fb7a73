"""Objective `diffusion`: the backbone learns to predict the noise in images, at all its levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, cast

from pydantic import AfterValidator, Field

from bench import Backbone, Dataset, Figure, Objective, Run, Split, Steps, Task, hookimpl
from bench.toolkit.self_supervised import SelfSupervised
from bench.toolkit.weights import tagless

from .cifar import Cifar
from .generated import GENERATED

if TYPE_CHECKING:
    from .diffusion_learner import Diffuser


class Diffusion(SelfSupervised):
    """A denoising diffusion model (Ho et al. 2020) whose network is the backbone with a decoder on its maps.

    Only the decoder knows the level of noise. Images are drawn without further noise, in few steps (DDIM,
    Song et al. 2021).
    """

    name: ClassVar[str] = "diffusion"
    modality: ClassVar[str] = "image"
    figures: ClassVar[tuple[Figure, ...]] = (
        *GENERATED,
        Figure("noise_mse", doc="mean squared error of the noise, which has variance 1", better="lower"),
        *SelfSupervised.figures,
    )
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"judge_weights": "none", "width": 4, "sampling_steps": 2},
    )

    width: int = Field(32, ge=1, description="channels of the decoder")
    sampling_steps: int = Field(50, ge=1, le=1000, description="levels of noise that drawing goes through")
    judge_weights: Annotated[str, AfterValidator(tagless)] = Field(
        "default", description="weights of cifar/resnet20 for the Frechet distance: default, none, or a file"
    )

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the digest of the judge's weights in place of their path."""
        judge = Cifar(model="resnet20", weights=self.judge_weights)
        return {**super().identity(), "judge_weights": judge.identity()["weights"]}

    def skip(self, backbone: Backbone, task: Task, dataset: Dataset) -> str | None:
        """Return also that there are no maps to read, where that is known."""
        if backbone.strides() == ():
            return f"{backbone.spelled()} gives no maps of features, and {self.name} reads them"
        return super().skip(backbone, task, dataset)

    def learner(self, run: Run) -> Diffuser:
        """Return the decoder. Raises UnsuitableError if there are no maps to read."""
        from .diffusion_learner import Diffuser
        from .frechet import Judge

        Judge(self.judge_weights)  # weights that are not there are a fault now, not after the training
        return Diffuser(run.encoder, self.width)

    def judge(self, run: Run, split: Split) -> Steps[Mapping[str, float]]:
        """Return how well noise is predicted on a split, and how real as many drawn images are."""
        from .diffusion_quality import compare

        noise = yield from super().judge(run, split)
        drawn = yield from compare(run, split, self._diffuser(run), self.sampling_steps, self.judge_weights)
        return {**drawn, **noise}

    def measure(self, run: Run) -> Steps[None]:
        """Report on the held-out splits, and keep some drawn images to look at."""
        from .diffusion_quality import sample_sheet

        yield from super().measure(run)
        run.attach("samples.png", sample_sheet(run, self._diffuser(run), self.sampling_steps))

    def _diffuser(self, run: Run) -> Diffuser:
        return cast("Diffuser", run.added["learner"])


@hookimpl
def bench_objectives() -> Sequence[type[Objective]]:
    """Return the objective."""
    return [Diffusion]
