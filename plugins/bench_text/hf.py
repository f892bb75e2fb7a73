"""Backbones `hf/...`: encoders of texts and images by Hugging Face transformers, from the hub or a folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

import bench
from bench.toolkit.files import file_digest
from bench.toolkit.weights import tagless, weights_identity, weights_path

if TYPE_CHECKING:
    from .checkpoint import Checkpoint

IMAGE_MODELS = frozenset(
    {
        "beit",
        "bit",
        "clip",
        "convnext",
        "convnextv2",
        "cvt",
        "deit",
        "dinov2",
        "dinov2_with_registers",
        "efficientnet",
        "focalnet",
        "hiera",
        "ijepa",
        "levit",
        "mobilenet_v1",
        "mobilenet_v2",
        "poolformer",
        "pvt",
        "pvt_v2",
        "regnet",
        "resnet",
        "segformer",
        "siglip",
        "swin",
        "swinv2",
        "vit",
        "vit_msn",
    }
)
"""The model types that are used as image classifiers; all others are taken for encoders of text."""

READ = (".json", ".safetensors", ".bin", ".txt", ".model")
"""Endings of the files in a model's folder that decide what it computes."""


class HuggingFace(bench.Backbone):
    """A model of transformers: BERT, RoBERTa, DistilBERT, GPT-2 and kin, or ViT, ConvNeXt, ResNet and kin.

    `hf/google-bert/bert-base-uncased` is a model on the hub, `hf/./my-model` or `hf//data/my-model` a
    folder. With `config` it is a type of model, untrained and of the shape that the config gives:
    `{name: hf/bert, config: {hidden_size: 128}}`. Such a text model reads bytes, unless `tokenizer` names
    one. Code that comes with a model is never run.
    """

    name: ClassVar[str] = "hf"
    argument: ClassVar[str] = "model"
    requires: ClassVar[tuple[str, ...]] = ("transformers", "transformers.modeling_utils")
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
    )

    model: str = Field(min_length=1, description="hub id, folder (./my-model), or with config a type (bert)")
    weights: Annotated[str, AfterValidator(tagless)] = Field(
        "default", description="default, none (untrained), or a file or folder"
    )
    config: dict[str, Any] | None = Field(
        None, description="shape of an untrained model, as transformers' config"
    )
    tokenizer: str | None = Field(None, description="hub id or folder; the model's own, or bytes with config")
    pooling: Literal["mean", "first", "last"] = Field("mean", description="how tokens become one vector")
    max_length: int = Field(
        128, ge=8, description="tokens of a text, at most what the model has positions for"
    )
    image_size: int | None = Field(
        None, ge=8, description="pixels; what the model was trained with by default"
    )
    classes: tuple[str, ...] | None = Field(
        None,
        min_length=2,
        description="what its own classifier tells apart, in order, if the model does not say (LABEL_0, ...)",
    )
    revision: str | None = Field(None, description="branch, tag or commit on the hub")

    def modalities(self) -> frozenset[str]:
        """Return `text` or `image`; both where the model is on the hub and was never downloaded."""
        config = self._config()
        if config is None:
            return frozenset({"text", "image"})
        return frozenset({"image" if reads_images(config) else "text"})

    def load(self) -> bench.Encoder:
        """Return the encoder; raises WeightsError where something of it is missing or does not fit."""
        checkpoint = self._checkpoint()
        if reads_images(checkpoint.config().to_dict()):
            from .image_encoder import load_image_encoder

            return load_image_encoder(checkpoint, self.image_size)
        from .text_encoder import load_text_encoder

        return load_text_encoder(checkpoint, self.pooling, self.max_length, self._tokenizer_source())

    def export(self, encoder: bench.Encoder, folder: Path, classifier: bench.Classifier | None = None) -> str:
        """Write what `from_pretrained` and `hf/./FOLDER` read; return Python that loads it."""
        from .export import export_image_encoder, export_text_encoder

        checkpoint = self._checkpoint()
        if reads_images(checkpoint.config().to_dict()):
            return export_image_encoder(encoder, checkpoint, folder, classifier)
        return export_text_encoder(encoder, checkpoint, folder, self._tokenizer_source(), classifier)

    def load_exported(self, folder: Path) -> bench.Encoder:
        """Return the encoder that `export` wrote into a folder."""
        own = dict.fromkeys(("config", "tokenizer", "revision", "classes"))
        return self.model_copy(update={**own, "model": str(folder.resolve()), "weights": "default"}).load()

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the digest of the content in place of a folder or file."""
        own = {} if self.config is not None else {"model": content(self.model)}
        weights = weights_path(self.weights)
        return {
            **super().identity(),
            **own,
            "weights": content(self.weights) if weights else self.weights,
            "tokenizer": content(self.tokenizer) if self.tokenizer else None,
        }

    def _checkpoint(self) -> Checkpoint:
        from .checkpoint import Checkpoint

        return Checkpoint(
            title=self.spelled(),
            source=source_of(self.model),
            revision=self.revision,
            shape=self.config,
            weights=self.weights,
            classes=self.classes,
        )

    def _tokenizer_source(self) -> str | None:
        return source_of(self.tokenizer) if self.tokenizer else None

    def _config(self) -> Mapping[str, Any] | None:
        """Return the model's config as far as it is known on this machine."""
        if self.config is not None:
            return {"model_type": self.model, **self.config}
        folder = folder_of(self.model) or cached_folder(self.model, self.revision or "main")
        if folder is None or not (folder / "config.json").is_file():
            return None
        try:
            config = json.loads((folder / "config.json").read_bytes())
        except ValueError:  # `load` tells what is wrong with it
            return None
        return config if isinstance(config, dict) else None


def reads_images(config: Mapping[str, Any]) -> bool:
    """Tell by its config whether a model reads images."""
    return config.get("model_type") in IMAGE_MODELS


def folder_of(model: str) -> Path | None:
    """Return the folder that a name means, or None if it is a hub id."""
    path = Path(model).expanduser()
    return path if model.startswith((".", "/", "~")) or path.is_dir() else None


def source_of(model: str) -> str:
    """Return what transformers reads a model or tokenizer from: a hub id or a folder's path."""
    return str(folder_of(model) or model)


def cached_folder(model: str, revision: str) -> Path | None:
    """Return where the hub's cache keeps a model's files, None if it does not have them."""
    home = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    hub = os.environ.get("HF_HOME", f"{home}/huggingface")
    cache = Path(os.environ.get("HF_HUB_CACHE", f"{hub}/hub")).expanduser()
    entry = cache / f"models--{model.replace('/', '--')}"
    branch = entry / "refs" / revision
    folder = entry / "snapshots" / (branch.read_text().strip() if branch.is_file() else revision)
    return folder if folder.is_dir() else None


def content(where: str) -> str:
    """Return a digest of the files a folder or file holds; anything else stands for itself."""
    folder = Path(where).expanduser()
    if not folder.is_dir():
        return weights_identity(where)
    files = [file for file in sorted(folder.iterdir()) if file.suffix in READ and file.is_file()]
    listing = json.dumps([[file.name, file_digest(file)] for file in files])
    return f"sha256:{hashlib.sha256(listing.encode()).hexdigest()}"


@bench.hookimpl
def bench_backbones() -> list[type[bench.Backbone]]:
    """Return the backbone."""
    return [HuggingFace]
