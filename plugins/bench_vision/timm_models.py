"""Backbone `timm/<any model>`: the models of PyTorch Image Models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from bench import Backbone, Encoder, hookimpl

from .pretrained import ImageBackbone

if TYPE_CHECKING:
    from pathlib import Path

    from bench.toolkit.images import ImageEncoder

    from .export import Made


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

    def make(self, encoder: ImageEncoder, folder: Path, classes: Sequence[str]) -> Made:
        """Return timm's model."""
        from .timm_encoder import full_name
        from .timm_export import make

        name = full_name(self.model, self.weights, self.spelled())
        return make(name, self.image_size, self.spelled(), encoder, folder, classes)


@hookimpl
def bench_backbones() -> Sequence[type[Backbone]]:
    """Return the backbone."""
    return [Timm]
