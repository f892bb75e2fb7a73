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
from transformers.models.auto.image_processing_auto import IMAGE_PROCESSOR_MAPPING

import bench
from bench.toolkit.classification import Classification
from bench_text.hf import HuggingFace
from bench_text.hf_config import IMAGE_MODELS
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
SEGMENTER = {
    "depths": [1] * 4,
    "hidden_sizes": [8] * 4,
    "architectures": ["SegformerForSemanticSegmentation"],
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


@pytest.mark.parametrize("kind", SHAPES)
def test_maps_are_the_last_states_of_each_stride(kind: str) -> None:
    encoder = loaded(kind, config=SHAPES[kind], image_size=(32, 64))
    images = torch.randn(2, 3, 32, 64)
    with torch.no_grad():
        alone = encoder.encode(images)
        encoder.levels = frozenset(range(len(encoder.spec.strides)))
        features = encoder.encode(images)
    assert torch.equal(alone.pooled, features.pooled)
    assert alone.maps
    assert torch.equal(alone.maps[-1], features.maps[-1])
    assert not any(map_.numel() for map_ in alone.maps[:-1])
    shapes = [tuple(map_.shape) for map_ in features.maps]
    levels = zip(encoder.spec.channels, encoder.spec.strides, strict=True)
    assert shapes == [(2, count, 32 // stride, 64 // stride) for count, stride in levels]


def test_the_map_of_a_transformer_is_its_grid_of_patches() -> None:
    encoder = loaded("vit", config=SHAPES["vit"], image_size=32)
    images = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        states = encoder.trunk(pixel_values=images, output_hidden_states=True).hidden_states
        (map_,) = encoder.encode(images).maps
    assert encoder.spec.strides == (SHAPES["vit"]["patch_size"],)
    side = map_.shape[2]
    torch.testing.assert_close(map_[0, :, 1, 2], states[-1][0, 1 + side + 2])


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


SMALL = {"height": 24, "width": 24}
PROCESSORS = {
    "vit": transformers.ViTImageProcessor(size=SMALL),
    "clip": transformers.CLIPImageProcessor(size={"shortest_edge": 28}, crop_size=SMALL),
    "convnext": transformers.ConvNextImageProcessor(size={"shortest_edge": 28}, crop_pct=0.875),
    "large convnext": transformers.ConvNextImageProcessor(size={"shortest_edge": 384}),
    "crop of a larger square": transformers.DeiTImageProcessor(
        size={"height": 31, "width": 31}, crop_size=SMALL
    ),
    "crop of what is smaller": transformers.CLIPImageProcessor(
        size={"shortest_edge": 19}, crop_size={"height": 24, "width": 25}
    ),
    "poolformer, by height and width": transformers.PoolFormerImageProcessor(
        size=SMALL, crop_size=SMALL, crop_pct=0.8
    ),
    "levit": transformers.LevitImageProcessor(size={"shortest_edge": 24}, crop_size=SMALL),
    "levit, by height and width": transformers.LevitImageProcessor(size=SMALL, crop_size=SMALL),
    "efficientnet": transformers.EfficientNetImageProcessor(size=SMALL),
    "efficientnet, without its top": transformers.EfficientNetImageProcessor(size=SMALL, include_top=False),
    "efficientnet, with an offset": transformers.EfficientNetImageProcessor(
        size=SMALL, rescale_factor=1 / 127.5, rescale_offset=True, do_normalize=False
    ),
    "not normalised": transformers.ViTImageProcessor(size=SMALL, do_normalize=False),
    "not scaled": transformers.ViTImageProcessor(
        size=SMALL, do_rescale=False, image_mean=[127.0] * 3, image_std=[60.0] * 3
    ),
    "to -1..1": transformers.ViTImageProcessor(
        size=SMALL, rescale_factor=1 / 127.5, image_mean=[1.0] * 3, image_std=[1.0] * 3
    ),
}


def of_type(kind: str) -> Any:
    """The image processor that transformers has for a type of model, with its own settings."""
    config = transformers.AutoConfig.for_model(kind)
    names = {"dinov2_with_registers": "BitImageProcessor"}  # its checkpoints say so; the library has none
    if kind in names:
        return getattr(transformers, names[kind])()
    return IMAGE_PROCESSOR_MAPPING[type(config)]["torchvision"]()


def prepared(theirs: Any, image: Image.Image) -> tuple[torch.Tensor, torch.Tensor]:
    """What ours and theirs make of an image, both in values of 0 to 255."""
    ours = image_processor(theirs.to_dict())
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (ours.mean, ours.std))
    expected = theirs(image, return_tensors="pt")["pixel_values"][0]
    return torch.from_numpy(ours(image)["pixels"]).float(), (expected * std + mean) * 255


@pytest.mark.parametrize("name", PROCESSORS)
@pytest.mark.parametrize("size", [(48, 40), (33, 57), (25, 25)])
def test_images_are_prepared_as_transformers_does(name: str, size: tuple[int, int]) -> None:
    ours, theirs = prepared(PROCESSORS[name], picture(size=size))
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() < 3


@pytest.mark.parametrize("kind", sorted(IMAGE_MODELS))
@pytest.mark.parametrize("size", [(640, 427), (231, 231)])
def test_each_listed_type_prepares_images_as_transformers_does(kind: str, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (size[1] // 9, size[0] // 9, 3), dtype=np.uint8)
    ours, theirs = prepared(of_type(kind), Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC))
    assert ours.shape == theirs.shape
    # The two libraries round differently within a pixel's value, and nowhere else.
    assert (ours - theirs).abs().mean() < 0.6
    assert (ours - theirs).abs().max() < 3


def test_a_processor_that_does_something_else_is_refused(save: Callable[..., Path]) -> None:
    cropless = transformers.CLIPImageProcessor(size={"shortest_edge": 28}, do_center_crop=False)
    folder = checkpoint("vit", save, cropless)
    with pytest.raises(bench.WeightsError, match="CLIPImageProcessor with these settings, prepares"):
        HuggingFace(model=str(folder)).load()


def test_a_processor_that_leaves_sizes_as_they_are_is_refused() -> None:
    with pytest.raises(bench.UnsuitableError, match="leaves images in their own sizes"):
        image_processor(transformers.ViTImageProcessor(do_resize=False).to_dict())


def test_a_processor_that_bounds_the_longest_side_is_refused() -> None:
    with pytest.raises(
        bench.UnsuitableError, match=r"scales images to \{'longest_edge': 32\}, which bench cannot"
    ):
        image_processor({"size": {"longest_edge": 32}})


@pytest.mark.parametrize(("number", "name"), [(None, "bilinear"), (0, "nearest"), (3, "bicubic")])
def test_filters_have_numbers(number: int | None, name: str) -> None:
    size = {"height": 32, "width": 32}
    assert image_processor({"size": size, "resample": number}).interpolation == name


@pytest.mark.parametrize("kind", ["vit", "convnext", "segformer"])
def test_a_size_that_is_too_small_is_one_line(kind: str) -> None:
    message = rf"^hf/{kind}: cannot take images of 4 x 4 pixels \(.*\); set another 'image_size'$"
    with pytest.raises(bench.UnsuitableError, match=message):
        HuggingFace(model=kind, config=SHAPES.get(kind, SEGMENTER), image_size=4).load()


def test_another_size_keeps_the_share_that_is_cropped() -> None:
    processor = image_processor(PROCESSORS["clip"].to_dict(), image_size=48)
    assert (processor.size, processor.resize) == ((48, 48), (56, 56))
