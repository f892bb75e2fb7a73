"""Backbone `timm/<any model>`: the models of PyTorch Image Models."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from bench import Backbone, Encoder, hookimpl
from bench.toolkit.weights import weights_path

from . import timm_names
from .pretrained import ImageBackbone, unknown

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

    @classmethod
    def choices(cls) -> list[str]:
        """Return the models, and these with the tags of their weights."""
        models = timm_names.models()
        return [*models, *(f"{model}.{tag}" for model, tags in models.items() for tag in sorted(tags))]

    def check(self) -> None:
        """Raise WeightsError for a model or tag that timm does not have, or for a faulty file of weights."""
        super().check()
        architecture, _, tag = self.model.partition(".")
        models = timm_names.models()
        if models and architecture not in models.keys() | timm_names.old_names() | added():
            raise unknown(self.spelled(), "model", architecture, list(models), "model")
        field = "model"
        if self.weights not in ("default", "none") and weights_path(self.weights) is None:
            tag, field = self.weights, "weights"
        tags = models.get(architecture)
        if tag and tags and tag not in tags:
            raise unknown(self.spelled(), "weights tag", tag, tags, field)

    def class_names(self) -> frozenset[str] | None:
        """Return the names of ImageNet's classes, whatever part of them the weights know."""
        return None if self.weights == "none" else timm_names.class_names() or None

    def load(self) -> Encoder:
        """Build the model, with its weights from timm's hub or a file."""
        from .timm_encoder import load

        return load(self.model, self.weights, self.image_size, self.fit, self.spelled())

    def make(self, encoder: ImageEncoder, folder: Path, classes: Sequence[str]) -> Made:
        """Return timm's model."""
        from .timm_encoder import full_name
        from .timm_export import make

        name = full_name(self.model, self.weights, self.spelled())
        return make(name, self.image_size, self.fit, self.spelled(), encoder, folder, classes)


def added() -> set[str]:
    """Return the models that there are beside timm's own, as other code has added them to timm."""
    timm = sys.modules.get("timm")
    return set(timm.list_models()) if timm is not None else set()


@hookimpl
def bench_backbones() -> Sequence[type[Backbone]]:
    """Return the backbone."""
    return [Timm]
