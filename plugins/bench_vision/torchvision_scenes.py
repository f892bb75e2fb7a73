"""Backbones `torchvision-detection/<model>` and `torchvision-segmentation/<model>`, with their own heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from bench import Backbone, Encoder, hookimpl
from bench.toolkit.image_size import Fit, ImageSize
from bench.toolkit.weights import weights_identity
from bench.toolkit.weights_check import check_weights


class SceneBackbone(Backbone):
    """A model of torchvision that tells what is where in an image: its encoder, and its head as it is."""

    argument: ClassVar[str | None] = "model"
    requires: ClassVar[tuple[str, ...]] = ("torchvision",)

    model: str = Field(description="name of the model")
    weights: str = Field("default", description="default, none (untrained), a tag, or a file (FILE#PART)")
    image_size: ImageSize | None = Field(
        None, description="side of the image in pixels, or [height, width]; by default the weights'"
    )
    fit: Fit = Field("contain", description="how images come to that size: contain, stretch or cover")

    def modalities(self) -> frozenset[str]:
        """Return that it reads images."""
        return frozenset({"image"})

    def check(self) -> None:
        """Raise WeightsError for a file of weights that is missing or damaged."""
        check_weights(self.weights)

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the digest of a weights file in place of its path."""
        return {**super().identity(), "weights": weights_identity(self.weights)}


class TorchvisionDetection(SceneBackbone):
    """A detector of torchvision: Faster and Mask R-CNN, RetinaNet, FCOS, SSD. With `evaluate` it is as it is.

    As an encoder it gives the maps of its feature pyramid.
    """

    name: ClassVar[str] = "torchvision-detection"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"model": "fcos_resnet50_fpn", "weights": "none", "image_size": 64},
    )

    def load(self) -> Encoder:
        """Build the model, with its weights from torchvision's server or a file."""
        from .torchvision_scene_encoder import load_detector

        return load_detector(self.model, self.weights, self.image_size, self.fit, self.spelled())


class TorchvisionSegmentation(SceneBackbone):
    """A segmenter of torchvision: FCN, DeepLabV3, LR-ASPP. With `evaluate` it is as it is."""

    name: ClassVar[str] = "torchvision-segmentation"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"model": "lraspp_mobilenet_v3_large", "weights": "none", "image_size": 64},
    )

    def load(self) -> Encoder:
        """Build the model, with its weights from torchvision's server or a file."""
        from .torchvision_scene_encoder import load_segmenter

        return load_segmenter(self.model, self.weights, self.image_size, self.fit, self.spelled())


@hookimpl
def bench_backbones() -> Sequence[type[Backbone]]:
    """Return both."""
    return [TorchvisionDetection, TorchvisionSegmentation]
