"""Objective `denoising-autoencoder`: an autoencoder that sees corrupted images and must give clean ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from bench import Objective, Run, hookimpl

from .autoencoder import Autoencoder

if TYPE_CHECKING:
    from bench.toolkit.learner import Learner


class DenoisingAutoencoder(Autoencoder):
    """Encoder and decoder learn to take noise away (Vincent et al. 2008)."""

    name: ClassVar[str] = "denoising-autoencoder"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({}, {"noise": "masking"})

    noise: Literal["gaussian", "masking"] = Field(
        "gaussian", description="gaussian noise on each value, or masking: pixels turn black"
    )
    level: float = Field(
        0.25, gt=0, lt=1, description="deviation of the noise, of values in 0..1, or share of masked pixels"
    )

    def learner(self, run: Run) -> Learner:
        """Return noise and decoder. Raises UnsuitableError where a map is to be read and there is none."""
        from .reconstruction import NOISES, Reconstruction, decoder_for

        decoder = decoder_for(run, self.decoder, self.bottleneck)
        return Reconstruction(decoder, partial(NOISES[self.noise], level=self.level))


@hookimpl
def bench_objectives() -> Sequence[type[Objective]]:
    """Return the objective."""
    return [DenoisingAutoencoder]
