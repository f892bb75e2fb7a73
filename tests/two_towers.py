"""Shapes of tiny models of images and texts, by their type, and their inputs as transformers wants them."""

from __future__ import annotations

from typing import Any

import torch

from tiny_models import TINY

TEXT: dict[str, Any] = TINY | {"initializer_range": 0.3}
VISION: dict[str, Any] = TEXT | {"image_size": 32, "patch_size": 8}
BOTH: dict[str, Any] = {"projection_dim": 24, "text_config": TEXT, "vision_config": VISION}

TWO_TOWERS: dict[str, dict[str, Any]] = {
    "align": {
        "projection_dim": 32,
        "text_config": TEXT,
        "vision_config": {
            "image_size": 32,
            "width_coefficient": 0.1,
            "depth_coefficient": 0.1,
            "hidden_dim": 24,
            "initializer_range": 0.5,
        },
    },
    "altclip": BOTH | {"text_config": TEXT | {"project_dim": 24}},
    "blip": BOTH,
    "chinese_clip": BOTH,
    "clip": BOTH,
    "clipseg": BOTH,
    "groupvit": BOTH
    | {
        "vision_config": VISION
        | {"depths": [1, 1, 1], "num_group_tokens": [8, 4, 0], "num_output_groups": [8, 4, 4]}
    },
    "metaclip_2": BOTH,
    "owlv2": BOTH,
    "owlvit": BOTH,
    "siglip": {"text_config": TEXT, "vision_config": VISION},
    "vision-text-dual-encoder": BOTH
    | {"text_config": {"model_type": "bert"} | TEXT, "vision_config": {"model_type": "vit"} | VISION},
}


def logits_per_image(encoder: Any, pixels: torch.Tensor, ids: list[list[int]]) -> torch.Tensor:
    """What the whole model of transformers gives for bytes `[N, 3, H, W]` and tokens, `[N, T]`."""
    return whole(encoder, pixels, ids).logits_per_image


def whole(encoder: Any, pixels: torch.Tensor, ids: list[list[int]], **options: Any) -> Any:
    """The output of the whole model; texts are padded as its own processor does."""
    model, config = encoder.trunk, encoder.trunk.config.text_config
    mean, std = (
        torch.tensor(values).view(3, 1, 1) for values in (encoder.processor.mean, encoder.processor.std)
    )
    siglip = encoder.trunk.config.model_type == "siglip"
    longest = config.max_position_embeddings if siglip else max(map(len, ids))
    padded = [row + [config.pad_token_id] * (longest - len(row)) for row in ids]
    mask = [[1] * len(row) + [0] * (longest - len(row)) for row in ids]
    with torch.no_grad():
        return model(
            input_ids=torch.tensor(padded),
            attention_mask=None if siglip else torch.tensor(mask),
            pixel_values=(pixels / 255 - mean) / std,
            **options,
        )
