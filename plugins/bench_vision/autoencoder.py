"""Objective `autoencoder`: the backbone learns to keep what is needed to draw an image again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from bench import Backbone, Dataset, Figure, Objective, Run, Task, hookimpl
from bench.toolkit.self_supervised import SelfSupervised

if TYPE_CHECKING:
    from bench.toolkit.learner import Learner


class Autoencoder(SelfSupervised):
    """Encoder and decoder learn to give back the image (Hinton and Salakhutdinov 2006)."""

    name: ClassVar[str] = "autoencoder"
    modality: ClassVar[str] = "image"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("psnr", "dB", "peak signal-to-noise ratio of the images that come back", "higher"),
        Figure("ssim", doc="structural similarity of the images that come back", better="higher"),
        Figure("mse", doc="mean squared error of values in 0..1", better="lower"),
        *SelfSupervised.figures,
    )
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {},
        {"bottleneck": "map"},
        {"decoder": "linear"},
        {"decoder": "linear", "bottleneck": "map"},
    )

    bottleneck: Literal["pooled", "map"] = Field(
        "pooled", description="what the decoder reads: pooled, as heads do, or the deepest map"
    )
    decoder: Literal["convolutional", "linear"] = Field(
        "convolutional", description="convolutional, or linear: one layer"
    )

    def skip(self, backbone: Backbone, task: Task, dataset: Dataset) -> str | None:
        """Return also that there is no map to read, where that is known."""
        if self.bottleneck == "map" and backbone.strides() == ():
            return f"{backbone.spelled()} gives no maps of features, and 'bottleneck: map' reads one"
        return super().skip(backbone, task, dataset)

    def learner(self, run: Run) -> Learner:
        """Return the decoder. Raises UnsuitableError where it is to read a map and there is none."""
        from .reconstruction import Reconstruction, decoder_for

        return Reconstruction(decoder_for(run, self.decoder, self.bottleneck))


@hookimpl
def bench_objectives() -> Sequence[type[Objective]]:
    """Return the objective."""
    return [Autoencoder]
