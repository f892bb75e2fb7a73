"""Backbone `cifar/resnet20`, `32`, `44`, `56`, `110`: the residual networks for CIFAR-10."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from bench import Backbone, Encoder, hookimpl
from bench.toolkit.image_size import ImageSize
from bench.toolkit.weights import tagless, weights_identity, weights_part, weights_path

from .cifar_classes import CLASSES
from .pretrained import ImageBackbone

if TYPE_CHECKING:
    from bench.toolkit.images import ImageEncoder

    from .export import Made

SHIPPED = {"resnet20": Path(__file__).parent / "cifar_weights" / "resnet20.safetensors"}
"""The weights that come with this package; beside them is how they were made."""


class Cifar(ImageBackbone):
    """A residual network for images of 32 pixels (He et al. 2015, section 4.2)."""

    name: ClassVar[str] = "cifar"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({"model": "resnet20", "weights": "none"},)

    model: Literal["resnet20", "resnet32", "resnet44", "resnet56", "resnet110"] = Field(
        description="name of the model: resnet and its depth"
    )
    weights: Annotated[str, AfterValidator(tagless)] = Field(
        "default",
        description="default (only resnet20 has any), none (untrained), or a file (FILE#PART) or folder",
    )
    image_size: ImageSize | None = Field(
        None, description="side of the image in pixels, or [height, width]; by default 32"
    )

    @model_validator(mode="after")
    def _shipped(self) -> Cifar:
        if self.weights == "default" and self.model not in SHIPPED:
            raise ValueError(
                f"no weights 'default' come with {self.spelled()}; "
                "give a file with 'weights: FILE' or train from scratch with 'weights: none'"
            )
        return self

    @property
    def depth(self) -> int:
        """The number of layers with weights."""
        return int(self.model.removeprefix("resnet"))

    def file(self) -> Path | None:
        """Return the file or folder that the weights are in; None if it is untrained."""
        return SHIPPED[self.model] if self.weights == "default" else weights_path(self.weights)

    def strides(self) -> tuple[int, ...]:
        """Return those of the three stages."""
        return (1, 2, 4)

    def class_names(self) -> frozenset[str] | None:
        """Return the classes of CIFAR-10."""
        return None if self.file() is None else frozenset(CLASSES)

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the digest of the weights: ours may change with a version."""
        weights = str(SHIPPED[self.model]) if self.weights == "default" else self.weights
        return {**super().identity(), "weights": weights_identity(weights)}

    def load(self) -> Encoder:
        """Build the network, and read its weights."""
        from .resnet_cifar import load

        encoder = load(self.depth, self.file(), self.image_size, self.spelled(), weights_part(self.weights))
        encoder.processor = encoder.processor.fitted(self.fit)
        return encoder

    def make(self, encoder: ImageEncoder, folder: Path, classes: Sequence[str]) -> Made:
        """Return our network; its source goes along, so that it can be made without us."""
        from .resnet_cifar import make

        return make(self.depth, encoder, folder, classes)


@hookimpl
def bench_backbones() -> Sequence[type[Backbone]]:
    """Return the backbone."""
    return [Cifar]
