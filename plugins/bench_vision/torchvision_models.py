"""Backbone `torchvision/<any classification model>`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from bench import Backbone, Encoder, hookimpl

from .pretrained import ImageBackbone

if TYPE_CHECKING:
    from pathlib import Path

    from bench.toolkit.images import ImageEncoder

    from .export import Made


class Torchvision(ImageBackbone):
    """Any classification model of torchvision; a tag is the name of its weights: `IMAGENET1K_V2`."""

    name: ClassVar[str] = "torchvision"
    requires: ClassVar[tuple[str, ...]] = ("torchvision",)
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"model": "mobilenet_v3_small", "weights": "none", "image_size": 32},
        {"model": "squeezenet1_1", "weights": "none", "image_size": 32},
    )

    def load(self) -> Encoder:
        """Build the model, with its weights from torchvision's server or a file."""
        from .torchvision_encoder import load

        return load(self.model, self.weights, self.image_size, self.spelled())

    def make(self, encoder: ImageEncoder, folder: Path, classes: Sequence[str]) -> Made:
        """Return torchvision's model."""
        from .torchvision_encoder import make

        return make(self.model, self.image_size, self.spelled(), encoder, folder, classes)


@hookimpl
def bench_backbones() -> Sequence[type[Backbone]]:
    """Return the backbone."""
    return [Torchvision]
