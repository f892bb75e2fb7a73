"""Backbone `resampling/bicubic`, `resampling/bilinear`: no network, as a row to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from bench import Backbone, Encoder, hookimpl
from bench.toolkit.image_size import Fit, ImageSize


class Resampling(Backbone):
    """Learns nothing: its only map is the image itself, and with `evaluate` it enlarges by a filter.

    Trained with a task's decoder it shows what that decoder does without a backbone.
    """

    name: ClassVar[str] = "resampling"
    argument: ClassVar[str | None] = "method"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({"method": "bicubic", "image_size": 32},)

    method: Literal["bicubic", "bilinear"] = Field(description="filter that enlarges images, as Pillow's")
    image_size: ImageSize = Field(description="side of the image in pixels, or [height, width]")
    fit: Fit = Field("cover", description="how images come to that size: cover, contain or stretch")

    def modalities(self) -> frozenset[str]:
        """Return that it reads images."""
        return frozenset({"image"})

    def class_names(self) -> frozenset[str]:
        """Return none, as it has no classifier."""
        return frozenset()

    def native_roles(self) -> frozenset[str]:
        """Return that it enlarges images."""
        return frozenset({"enlarger"})

    def strides(self) -> tuple[int, ...]:
        """Return that of the pixels."""
        return (1,)

    def load(self) -> Encoder:
        """Return what gives the pixels as they are."""
        from .pixels import Pixels

        return Pixels(self.method, self.image_size, self.fit)


@hookimpl
def bench_backbones() -> Sequence[type[Backbone]]:
    """Return the backbone."""
    return [Resampling]
