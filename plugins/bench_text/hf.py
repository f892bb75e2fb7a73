"""Backbones `hf/...`: encoders of texts and images by Hugging Face transformers, from the hub or a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

import bench
from bench.toolkit.hf_files import cached_models, check_source, files_digest, source_of
from bench.toolkit.hub_backbone import HubBackbone
from bench.toolkit.image_size import Fit, ImageSize, fit_identity
from bench.toolkit.pooling import Pooling

from .hf_config import (
    BOTH_WAYS,
    labels_of,
    reads_images,
    reads_images_and_texts,
    roles_of,
    scene_role,
)

if TYPE_CHECKING:
    from bench.toolkit.checkpoint import Checkpoint


class HuggingFace(HubBackbone):
    """A model of transformers: BERT, RoBERTa, DistilBERT, GPT-2 and kin, or ViT, ConvNeXt, ResNet and kin.

    DETR and SegFormer have their own heads for `evaluate`, and give maps to those of other objectives.
    CLIP, SigLIP and kin read images and texts: they tell classes of images apart by their names (`evaluate`),
    and their vectors of images are features for all other objectives.

    `hf/google-bert/bert-base-uncased` is a model on the hub, `hf/./my-model` or `hf//data/my-model` a
    folder. With `config` it is a type of model, untrained and of the shape that the config gives:
    `{name: hf/bert, config: {hidden_size: 128}}`. Such a text model reads bytes, unless `tokenizer` names
    one. Code that comes with a model is never run.
    """

    name: ClassVar[str] = "hf"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "model": "bert",
            "config": {
                "hidden_size": 32,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "intermediate_size": 64,
            },
        },
        {
            "model": "vit",
            "config": {
                "hidden_size": 32,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "intermediate_size": 64,
                "image_size": 32,
                "patch_size": 8,
            },
        },
        {"model": "gpt2", "config": {"n_embd": 32, "n_layer": 2, "n_head": 2}},
        {
            "model": "clip",
            "config": {
                "projection_dim": 24,
                "text_config": {
                    "hidden_size": 32,
                    "num_hidden_layers": 2,
                    "num_attention_heads": 2,
                    "intermediate_size": 64,
                },
                "vision_config": {
                    "hidden_size": 32,
                    "num_hidden_layers": 2,
                    "num_attention_heads": 2,
                    "intermediate_size": 64,
                    "image_size": 32,
                    "patch_size": 8,
                },
            },
        },
    )

    model: str = Field(min_length=1, description="hub id, folder (./my-model), or with config a type (bert)")
    tokenizer: str | None = Field(None, description="hub id or folder; the model's own, or bytes with config")
    pooling: Pooling | None = Field(
        None, description="how tokens become one vector; as a sentence encoder's folder says, or the mean"
    )
    max_length: int | None = Field(
        None,
        ge=8,
        description="tokens of a text, at most what the model takes; as its folder says, or 128",
    )
    image_size: ImageSize | None = Field(
        None, description="pixels, or [height, width]; what the model was trained with by default"
    )
    fit: Fit | None = Field(
        None,
        description="how whole images come to that size: stretch, contain (with a border) or cover; "
        "by default as its image processor does",
    )
    classes: tuple[str, ...] | None = Field(
        None,
        min_length=2,
        description="what its own classifier tells apart, in order, if the model does not say (LABEL_0, ...)",
    )

    def modalities(self) -> frozenset[str]:
        """Return `text` or `image`; CLIP and kin read an `image`, and an `image-text` pair.

        All of these where the model is on the hub and was never downloaded.
        """
        config = self.known_config()
        if config is None:
            return frozenset({"text", "image", "image-text"})
        if reads_images_and_texts(config):
            return frozenset({"image", "image-text"})
        return frozenset({"image" if reads_images(config) else "text"})

    @classmethod
    def choices(cls) -> list[str]:
        """Return the models in the hub's cache."""
        return cached_models()

    def check(self) -> None:
        """Raise WeightsError for what can be wrong with any model, and for a tokenizer that cannot be."""
        super().check()
        if self.tokenizer is not None:
            check_source(self.tokenizer, self.spelled(), "tokenizer")

    def class_names(self) -> frozenset[str] | None:
        """Return the names that the model's config, or the user, gives to the classes of its classifier."""
        if self.weights == "none" or self.config is not None:
            return None
        config = self.known_config() or {}
        if reads_images_and_texts(config):
            return None  # it knows any class by its name
        names = self.classes or labels_of(config)
        return (
            None if names is None else frozenset(part for name in names for part in (name, *name.split(", ")))
        )

    def strides(self) -> tuple[int, ...] | None:
        """Return that two towers give no maps; of others only loading can tell."""
        config = self.known_config()
        return () if config is not None and reads_images_and_texts(config) else None

    def native_roles(self) -> frozenset[str] | None:
        """Return what its config says of heads; None of most types of model, and one never downloaded."""
        if self.config is not None:
            return frozenset() if self.model in BOTH_WAYS else None
        config = self.known_config()
        return None if config is None or reads_images_and_texts(config) else roles_of(config)

    def load(self) -> bench.Encoder:
        """Return the encoder; raises WeightsError where something of it is missing or does not fit."""
        checkpoint = self.checkpoint()
        config = checkpoint.config().to_dict()
        if role := scene_role(config):
            from .scene_encoder import load_scene_encoder

            return load_scene_encoder(checkpoint, role, self.image_size, self.fit)
        if reads_images_and_texts(config):
            from .image_text_encoder import load_image_text_encoder

            return load_image_text_encoder(
                checkpoint, self.image_size, self.fit, self.max_length, self._tokenizer_source()
            )
        if reads_images(config):
            from .image_encoder import load_image_encoder

            return load_image_encoder(checkpoint, self.image_size, self.fit)
        from .text_encoder import load_text_encoder

        return load_text_encoder(checkpoint, self.pooling, self.max_length, self._tokenizer_source())

    def export(self, encoder: bench.Encoder, folder: Path, classifier: bench.Classifier | None = None) -> str:
        """Write what `from_pretrained` and `hf/./FOLDER` read; return Python that loads it."""
        from .export import export_image_encoder, export_text_encoder

        checkpoint = self.checkpoint()
        config = checkpoint.config().to_dict()
        if scene_role(config):
            raise bench.UnsuitableError(f"{self.spelled()}: detectors and segmenters cannot be exported")
        if reads_images_and_texts(config):
            from .image_text_export import export_image_text_encoder

            return export_image_text_encoder(
                encoder, checkpoint, folder, self._tokenizer_source(), classifier
            )
        if reads_images(config):
            return export_image_encoder(encoder, checkpoint, folder, classifier)
        return export_text_encoder(encoder, checkpoint, folder, self._tokenizer_source(), classifier)

    def load_exported(self, folder: Path) -> bench.Encoder:
        """Return the encoder that `export` wrote into a folder."""
        own = dict.fromkeys(("config", "tokenizer", "revision", "classes"))
        return self.model_copy(update={**own, "model": str(folder.resolve()), "weights": "default"}).load()

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the digest of the content in place of a folder or file."""
        settings = {name: value for name, value in super().identity().items() if name != "fit"}
        tokenizer = files_digest(self.tokenizer) if self.tokenizer else None
        return {**settings, **fit_identity(self.fit), "tokenizer": tokenizer}

    def checkpoint(self) -> Checkpoint:
        """Return where the live model comes from, and what its classes are called."""
        return replace(super().checkpoint(), classes=self.classes)

    def _tokenizer_source(self) -> str | None:
        return source_of(self.tokenizer) if self.tokenizer else None


@bench.hookimpl
def bench_backbones() -> list[type[bench.Backbone]]:
    """Return the backbone."""
    return [HuggingFace]
