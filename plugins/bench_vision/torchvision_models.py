"""Backbone `torchvision/<any classification model>`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from bench import Backbone, Encoder, hookimpl
from bench.toolkit.weights import weights_path

from . import torchvision_names
from .pretrained import ImageBackbone, unknown

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

    @classmethod
    def choices(cls) -> list[str]:
        """Return the models."""
        return list(torchvision_names.models())

    def check(self) -> None:
        """Raise WeightsError for a model or tag that there is not, or for a faulty file of weights."""
        super().check()
        models = torchvision_names.models()
        if models and self.model not in models:
            raise unknown(self.spelled(), "classification model", self.model, models, "model")
        tags = models.get(self.model)
        named = self.weights not in ("default", "none") and weights_path(self.weights) is None
        if named and tags and self.weights not in tags:
            raise unknown(self.spelled(), "weights tag", self.weights, tags, "weights")

    def class_names(self) -> frozenset[str] | None:
        """Return the names of ImageNet's classes."""
        return None if self.weights == "none" else torchvision_names.class_names() or None

    def load(self) -> Encoder:
        """Build the model, with its weights from torchvision's server or a file."""
        from .torchvision_encoder import load

        return load(self.model, self.weights, self.image_size, self.fit, self.spelled())

    def make(self, encoder: ImageEncoder, folder: Path, classes: Sequence[str]) -> Made:
        """Return torchvision's model."""
        from .torchvision_encoder import make

        return make(self.model, self.image_size, self.spelled(), encoder, folder, classes)


@hookimpl
def bench_backbones() -> Sequence[type[Backbone]]:
    """Return the backbone."""
    return [Torchvision]
