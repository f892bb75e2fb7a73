"""Backbone `cifar/resnet20`, `32`, `44`, `56`, `110`: the residual networks for CIFAR-10."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from bench import Backbone, Encoder, hookimpl

from .pretrained import ImageBackbone


class Cifar(ImageBackbone):
    """A residual network for images of 32 pixels (He et al. 2015, section 4.2)."""

    name: ClassVar[str] = "cifar"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ({"model": "resnet20"},)

    model: Literal["resnet20", "resnet32", "resnet44", "resnet56", "resnet110"] = Field(
        description="name of the model: resnet and its depth"
    )
    weights: str = Field("none", description="none (untrained), or a file or folder")
    image_size: int | None = Field(None, ge=1, description="side of the image in pixels; by default 32")

    def load(self) -> Encoder:
        """Build the network, and read its weights where a file is given."""
        from .resnet_cifar import load

        return load(self)


@hookimpl
def bench_backbones() -> Sequence[type[Backbone]]:
    """Return the backbone."""
    return [Cifar]
