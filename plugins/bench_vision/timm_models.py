"""Backbone `timm/<any model>`: the models of PyTorch Image Models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from bench import Backbone, Encoder, hookimpl

from .pretrained import ImageBackbone


class Timm(ImageBackbone):
    """Any model of timm, its pretrained tags included (Wightman 2019, PyTorch Image Models)."""

    name: ClassVar[str] = "timm"
    requires: ClassVar[tuple[str, ...]] = ("timm",)
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"model": "resnet10t", "weights": "none", "image_size": 32},
        {"model": "test_vit", "weights": "none", "image_size": 64},
    )

    def load(self) -> Encoder:
        """Build the model, with its weights from timm's hub or a file."""
        from .timm_encoder import load

        return load(self)


@hookimpl
def bench_backbones() -> Sequence[type[Backbone]]:
    """Return the backbone."""
    return [Timm]
