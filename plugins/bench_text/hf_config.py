"""What the config of a transformers model says about it, without importing transformers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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

ROLES = {
    "ForSequenceClassification": "classifier",
    "ForImageClassification": "classifier",
    "ForTokenClassification": "tagger",
    "ForQuestionAnswering": "spans",
    "ForCausalLM": "language-model",
    "LMHeadModel": "language-model",
    "ForObjectDetection": "detector",
    "ForSemanticSegmentation": "segmenter",
}
"""What heads models have, by the end of the names of their architectures."""

SCENES = {"DetrForObjectDetection": "detector", "SegformerForSemanticSegmentation": "segmenter"}
"""The architectures that say what is where in an image, and the roles of their heads."""

IMAGE_TEXT_MODELS = frozenset(
    {
        "align",
        "altclip",
        "blip",
        "chinese_clip",
        "clip",
        "clipseg",
        "groupvit",
        "metaclip_2",
        "owlv2",
        "owlvit",
        "siglip",
        "vision-text-dual-encoder",
    }
)
"""The model types that compare images with texts, if they are no image classifiers by their architecture."""

BOTH_WAYS = frozenset({"albert", "bert", "deberta-v2", "distilbert", "electra", "mpnet", "roberta"})
"""Types of models whose tokens see those that come later, so that untrained ones have no head at all."""


def reads_images(config: Mapping[str, Any]) -> bool:
    """Tell by its config whether a model reads images."""
    return config.get("model_type") in IMAGE_MODELS or scene_role(config) is not None


def scene_role(config: Mapping[str, Any]) -> str | None:
    """Return the role of the head, `detector` or `segmenter`, of a model that says what is where.

    None for any other. DETR is a detector even where its config names no architecture.
    """
    if config.get("model_type") == "detr":
        return "detector"
    names = config.get("architectures") or ()
    return next((SCENES[name] for name in names if name in SCENES), None)


def reads_images_and_texts(config: Mapping[str, Any]) -> bool:
    """Tell by its config whether a model has two towers, one for images and one for texts."""
    names = config.get("architectures") or ()
    classifies = any(str(name).endswith("ForImageClassification") for name in names)
    return config.get("model_type") in IMAGE_TEXT_MODELS and not classifies


def labels_of(config: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the names of classes that a config gives, none if it only counts them; None if it is silent."""
    given = config.get("id2label")
    if not isinstance(given, dict) or not given:
        return None
    counted = {str(number): f"LABEL_{number}" for number in range(len(given))}
    return () if given == counted else tuple(map(str, given.values()))


def roles_of(config: Mapping[str, Any]) -> frozenset[str]:
    """Return the roles of the heads that a config's architectures have."""
    names = config.get("architectures") or ()
    return frozenset(role for end, role in ROLES.items() for name in names if str(name).endswith(end))
