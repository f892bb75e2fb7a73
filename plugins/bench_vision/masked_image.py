"""Objective `masked-image`: patches of the image are hidden, and the backbone learns to fill them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from bench import Figure, Objective, Run, hookimpl
from bench.toolkit.self_supervised import SelfSupervised

if TYPE_CHECKING:
    from bench.toolkit.learner import Learner


class MaskedImage(SelfSupervised):
    """Hidden pixels are predicted from those around them (SimMIM, Xie et al. 2022)."""

    name: ClassVar[str] = "masked-image"
    modality: ClassVar[str] = "image"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("masked_l1", doc="mean absolute error over the hidden pixels", better="lower"),
        Figure("masked_psnr", "dB", "peak signal-to-noise ratio over the hidden pixels", "higher"),
        *SelfSupervised.figures,
    )
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({}, {"patch": 3, "ratio": 0.5})

    patch: int = Field(4, ge=1, description="side of a hidden patch in pixels; 32 suits images of 192 or 224")
    ratio: float = Field(0.6, gt=0, lt=1, description="share of the patches that are hidden")

    def learner(self, run: Run) -> Learner:
        """Return what hides and what fills in: one layer on the deepest map, or on pooled without one."""
        from .image_decoder import LinearDecoder, image_size
        from .masked_pixels import MaskedPixels

        spec = run.encoder.spec
        decoder = LinearDecoder("map" if spec.channels else "pooled", spec, image_size(run))
        return MaskedPixels(decoder, self.patch, self.ratio)


@hookimpl
def bench_objectives() -> Sequence[type[Objective]]:
    """Return the objective."""
    return [MaskedImage]
