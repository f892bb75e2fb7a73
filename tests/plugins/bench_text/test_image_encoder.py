"""`hf` for images: encoders, processors and heads of vision checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

import bench
from bench.toolkit.classification import Classification
from bench_text.hf import HuggingFace
from bench_text.image_encoder import image_processor
from tiny_models import TINY

PATCHES = {"image_size": 32, "patch_size": 8}
SHAPES: dict[str, dict[str, Any]] = {
    "vit": TINY | PATCHES,
    "deit": TINY | PATCHES,
    "beit": TINY | PATCHES,
    "dinov2": PATCHES | {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2},
    "convnext": {"hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1], "image_size": 32},
    "resnet": {"embedding_size": 8, "hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1]},
    "swin": PATCHES
    | {"embed_dim": 8, "depths": [1, 1], "num_heads": [1, 2], "window_size": 4, "patch_size": 2},
}
WIDTHS = {"dinov2": 64, "swin": 16}
"""Where the classifier is given something else than 32 numbers: DINOv2's has class token and mean."""


class AnyImages(Classification):
    """Stands for any task of image classification."""

    name = "any-images"
    modality = "image"

    def prepare(self, example: bench.Example, processor: bench.Processor) -> bench.Sample:
        return bench.Sample(processor(example.input), {})

    def collate(self, samples: Any) -> bench.Batch:
        pixels = np.stack([sample.inputs["pixels"] for sample in samples])
        return bench.Batch({"pixels": torch.from_numpy(pixels)}, {}, range(len(samples)))


def picture(seed: int = 0, size: tuple[int, int] = (48, 40)) -> Image.Image:
    """A smooth picture, so that ways to scale differ little."""
    noise = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)


def loaded(model: str | Path, **settings: Any) -> Any:
    torch.manual_seed(0)
    return HuggingFace(model=str(model), **settings).load().eval()


def encode(encoder: Any, *images: Image.Image) -> torch.Tensor:
    task = AnyImages()
    batch = task.collate([task.prepare(bench.Example(image, 0), encoder.processor) for image in images])
    with torch.no_grad():
        return encoder(batch.inputs).pooled


@pytest.mark.parametrize("kind", SHAPES)
class TestUntrained:
    def test_features_and_blocks(self, kind: str) -> None:
        encoder = loaded(kind, config=SHAPES[kind], image_size=32)
        pooled = encode(encoder, picture(0), picture(1))
        assert pooled.shape == (2, encoder.spec.pooled) == (2, WIDTHS.get(kind, 32))
        torch.testing.assert_close(pooled[:1], encode(encoder, picture(0)), atol=1e-5, rtol=1e-5)
        held = [id(p) for block in encoder.blocks() for p in block.parameters()]
        assert sorted(held) == sorted(id(p) for p in encoder.parameters())

    def test_untrained_has_no_head(self, kind: str) -> None:
        encoder = loaded(kind, config=SHAPES[kind], image_size=32)
        assert AnyImages().native_head(encoder, bench.DatasetInfo({}, ("LABEL_0", "LABEL_1"))) is None


def checkpoint(kind: str, save: Callable[..., Path], processor: Any) -> Path:
    names = {0: "tench, Tinca tinca", 1: "goldfish, Carassius auratus", 2: "hen"}
    config = transformers.AutoConfig.for_model(kind, id2label=names, initializer_range=0.3, **SHAPES[kind])
    config.architectures = []
    return save(transformers.AutoModelForImageClassification.from_config(config), processor)


@pytest.mark.parametrize("kind", SHAPES)
def test_the_head_answers_as_the_whole_model_does(kind: str, save: Callable[..., Path]) -> None:
    processor = transformers.ViTImageProcessor(size={"height": 32, "width": 32})
    folder = checkpoint(kind, save, processor)
    whole = transformers.AutoModelForImageClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        expected = whole(**processor(picture(size=(32, 32)), return_tensors="pt")).logits
    encoder = loaded(folder)
    head = AnyImages().native_head(encoder, bench.DatasetInfo({}, ("hen", "Tench", "goldfish")))
    found = head(bench.Features(encode(encoder, picture(size=(32, 32)))))
    torch.testing.assert_close(found, expected[:, [2, 0, 1]], atol=1e-4, rtol=1e-4)
    assert expected.std() > 0.01


def test_a_checkpoint_without_head_has_none(save: Callable[..., Path]) -> None:
    config = transformers.ViTConfig(**SHAPES["vit"])
    folder = save(transformers.ViTModel(config, add_pooling_layer=False), transformers.ViTImageProcessor())
    encoder = loaded(folder, image_size=32)
    assert AnyImages().native_head(encoder, bench.DatasetInfo({}, ("LABEL_0", "LABEL_1"))) is None


def test_positions_are_stretched_to_another_image_size(save: Callable[..., Path]) -> None:
    folder = checkpoint("vit", save, transformers.ViTImageProcessor(size={"height": 32, "width": 32}))
    encoder = loaded(folder, image_size=48)
    assert encoder.processor(picture())["pixels"].shape == (3, 48, 48)
    assert encode(encoder, picture()).shape == (1, 32)


def test_a_checkpoint_without_processor_is_told(save: Callable[..., Path]) -> None:
    folder = save(transformers.ViTForImageClassification(transformers.ViTConfig(**SHAPES["vit"])))
    with pytest.raises(bench.WeightsError, match="image processor: Can't load") as caught:
        HuggingFace(model=str(folder)).load()
    assert "\n" not in str(caught.value)


PROCESSORS = {
    "vit": transformers.ViTImageProcessor(size={"height": 24, "width": 24}),
    "clip": transformers.CLIPImageProcessor(
        size={"shortest_edge": 28}, crop_size={"height": 24, "width": 24}
    ),
    "convnext": transformers.ConvNextImageProcessor(size={"shortest_edge": 28}, crop_pct=0.875),
    "large convnext": transformers.ConvNextImageProcessor(size={"shortest_edge": 384}),
    "not normalised": transformers.ViTImageProcessor(size={"height": 24, "width": 24}, do_normalize=False),
    "to -1..1": transformers.ViTImageProcessor(
        size={"height": 24, "width": 24}, rescale_factor=1 / 127.5, image_mean=[1.0] * 3, image_std=[1.0] * 3
    ),
}


@pytest.mark.parametrize("name", PROCESSORS)
def test_images_are_prepared_as_transformers_does(name: str) -> None:
    theirs = PROCESSORS[name](picture(), return_tensors="pt")["pixel_values"][0]
    ours = image_processor(PROCESSORS[name].to_dict())
    pixels = torch.from_numpy(ours(picture())["pixels"]) / 255
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (ours.mean, ours.std))
    found = (pixels - mean) / std
    assert found.shape == theirs.shape
    assert (found - theirs).abs().mean() < 0.02 * theirs.std()


def test_another_size_keeps_the_share_that_is_cropped() -> None:
    processor = image_processor(PROCESSORS["clip"].to_dict(), image_size=48)
    assert (processor.size, processor.resize) == ((48, 48), (56, 56))
