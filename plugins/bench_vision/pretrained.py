"""What the image backbones of this package have in common as values."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from bench import Backbone, WeightsError
from bench.weights import weights_identity


class ImageBackbone(Backbone):
    """An image model by name, with weights from a library's hub or a file."""

    argument: ClassVar[str | None] = "model"

    model: str = Field(description="name of the model")
    weights: str = Field("default", description="default, none (untrained), a tag, or a file or folder")
    image_size: int | None = Field(
        None, ge=1, description="side of the image in pixels; by default the weights'"
    )

    def modalities(self) -> frozenset[str]:
        """Return that it reads images."""
        return frozenset({"image"})

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the digest of a weights file in place of its path."""
        return {**super().identity(), "weights": weights_identity(self.weights)}

    def unreachable(self, how: str = "") -> WeightsError:
        """Return the error for weights that cannot be downloaded; `how` tells where they are."""
        return WeightsError(
            f"{self.spelled()}: the weights '{self.weights}' are neither in the cache nor reachable "
            f"(offline?){how}; give a file with 'weights: FILE' or train from scratch with 'weights: none'"
        )
