"""Backbone `timm/<any model>`: the models of PyTorch Image Models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from bench import Backbone, Encoder, hookimpl

from .pretrained import ImageBackbone

if TYPE_CHECKING:
    from torch import nn


class Timm(ImageBackbone):
    """Any model of timm, its pretrained tags included (Wightman 2019, PyTorch Image Models)."""

    name: ClassVar[str] = "timm"
    requires: ClassVar[tuple[str, ...]] = ("timm",)
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"model": "resnet10t", "weights": "none", "image_size": 32},
        {"model": "test_vit", "weights": "none", "image_size": 64},
    )

    def load(self) -> Encoder:
        """Build the model, with its weights from timm's hub or a file."""
        from .timm_encoder import load

        return load(self.model, self.weights, self.image_size, self.spelled())

    def loading(self, trunk: nn.Module, file: str) -> str:
        """Return Python that makes timm's model."""
        from .timm_encoder import loading

        return loading(self.model, self.weights, self.image_size, self.spelled(), trunk, file)


@hookimpl
def bench_backbones() -> Sequence[type[Backbone]]:
    """Return the backbone."""
    return [Timm]
