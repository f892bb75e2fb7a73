from __future__ import annotations

import re
from typing import ClassVar

import numpy as np
import pytest
import torch
from PIL import Image
from timm.data import create_transform
from torch import nn
from torchvision.models import ResNet50_Weights

import bench
from bench import DatasetInfo, Features, FeatureSpec
from bench.toolkit.classification import Classification
from bench.toolkit.images import ImageEncoder, ImageProcessor

RAW = {"normalize": False}


class Pool(ImageEncoder):
    """The mean colour, through a linear layer."""

    def encode(self, images):
        return Features(self.trunk(images.mean(dim=(2, 3))))


class Task(Classification):
    """Inherits all that is asked about here."""

    name: ClassVar[str] = "task"

    def prepare(self, example, processor):
        raise NotImplementedError

    def collate(self, samples):
        raise NotImplementedError


@pytest.fixture
def photo():
    """An image with smooth parts and edges, wider than high."""
    y, x = np.mgrid[:90, :131]
    channels = [127 + 120 * np.sin(x / 9), 127 + 120 * np.cos(y / 7), 255 * ((x // 20 + y // 15) % 2)]
    return Image.fromarray(np.stack(channels, -1).astype(np.uint8))


def encoder(classes=(), outputs=3):
    processor = ImageProcessor(size=(4, 4), resize=(4, 4), mean=(0.5, 0.4, 0.3), std=(0.1, 0.2, 0.4))
    return Pool(nn.Linear(3, 2), processor, FeatureSpec(2), nn.Linear(2, outputs), classes)


def info(*classes):
    return DatasetInfo({}, classes)


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize(("size", "crop_pct"), [(64, 0.875), (56, 0.9), (77, 1.0)])
def test_pixels_are_those_of_timm_in_evaluation(photo, flip, interpolation, size, crop_pct):
    image = photo.transpose(Image.Transpose.TRANSPOSE) if flip else photo
    scaled = int(size / crop_pct)
    processor = ImageProcessor((size, size), (scaled, scaled), interpolation=interpolation)
    theirs = create_transform(
        (3, size, size), crop_pct=crop_pct, interpolation=interpolation, normalize=False
    )
    assert (torch.from_numpy(processor(image)["pixels"]) == theirs(image)).all()


def test_without_the_ratio_the_whole_image_is_squeezed_as_timm_does(photo):
    processor = ImageProcessor((48, 48), (48, 48), fit="stretch", interpolation="bicubic")
    theirs = create_transform(
        (3, 48, 48), crop_pct=1.0, crop_mode="squash", interpolation="bicubic", normalize=False
    )
    assert (torch.from_numpy(processor(photo)["pixels"]) == theirs(photo)).all()


def test_pixels_normalised_by_the_encoder_are_those_of_torchvision(photo):
    theirs = ResNet50_Weights.IMAGENET1K_V2.transforms()(photo)
    processor = ImageProcessor((224, 224), (232, 232))
    seen = []
    ours = Pool(nn.Linear(3, 2), processor, FeatureSpec(2))
    ours.encode = lambda images: seen.append(images) or Features(images)
    ours({"pixels": torch.from_numpy(processor(photo)["pixels"])[None]})
    assert torch.allclose(seen[0][0], theirs, atol=1e-5)


def test_an_image_of_the_right_size_is_not_touched(photo):
    image = photo.crop((0, 0, 32, 32))
    pixels = ImageProcessor((32, 32), (32, 32), interpolation="bicubic")(image)["pixels"]
    assert (pixels == np.asarray(image).transpose(2, 0, 1)).all()


def test_other_shapes_than_squares(photo):
    assert ImageProcessor((40, 20), (44, 22))(photo)["pixels"].shape == (3, 40, 20)


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "RGBA", "CMYK", "YCbCr", "I;16", "F"])
def test_images_of_any_mode_become_rgb_bytes(photo, mode):
    grey = photo.convert("L")
    deep = {
        "I;16": lambda: Image.fromarray(np.asarray(grey).astype(np.uint16) * 257),
        "F": lambda: Image.fromarray((np.asarray(grey) / 255).astype(np.float32)),
    }
    image = deep[mode]() if mode in deep else grey.convert(mode)
    pixels = ImageProcessor((32, 32), (36, 36))(image)["pixels"]
    assert pixels.dtype == np.uint8
    assert pixels.shape == (3, 32, 32)
    if mode != "1":  # which dithers
        expected = ImageProcessor((32, 32), (36, 36))(grey)["pixels"]
        assert np.abs(pixels.astype(int) - expected).max() <= 3


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (np.full((4, 4), 70000, np.int32), "its integers have 32 bits, of which nothing says the range"),
        (np.full((4, 4), 200, np.int32), "its integers have 32 bits, of which nothing says the range"),
        (np.full((4, 4), 2.5, np.float32), "its values are 2.5 to 2.5; scale floats to 0 to 1"),
        (np.full((4, 4), -0.1, np.float32), "its values are -0.1 to -0.1; scale floats to 0 to 1"),
        (np.full((4, 4), np.nan, np.float32), "its values are nan to nan; scale floats to 0 to 1"),
    ],
)
def test_values_of_no_known_range_are_refused(values, told):
    with pytest.raises(bench.DataError, match=re.escape(told)):
        ImageProcessor((4, 4), (4, 4))(Image.fromarray(values))


def test_a_frame_is_put_around_what_is_smaller():
    image = Image.new("RGB", (5, 2), (9, 9, 9))
    pixels = ImageProcessor((3, 3), (2, 2), fit="stretch", fill=(1, 2, 3))(image)["pixels"]
    assert pixels[:, :2, :2].tolist() == [[[9, 9], [9, 9]]] * 3
    assert pixels[:, 2].tolist() == [[1] * 3, [2] * 3, [3] * 3]
    assert pixels[:, :, 2].tolist() == [[1] * 3, [2] * 3, [3] * 3]


def test_a_palette_with_transparency(photo):
    image = photo.convert("P")
    image.info["transparency"] = bytes(range(256))
    assert (ImageProcessor((8, 8), (8, 8))(image)["pixels"] >= 0).all()


def test_the_digest_changes_with_what_changes_pixels_only():
    base = ImageProcessor((32, 32), (36, 36))
    assert base.digest == ImageProcessor((32, 32), (36, 36)).digest
    assert base.digest == ImageProcessor((32, 32), (36, 36), std=(1.0, 1.0, 1.0)).digest
    others = [
        ImageProcessor((32, 31), (36, 36)),
        ImageProcessor((32, 32), (36, 35)),
        ImageProcessor((32, 32), (36, 36), fit="stretch"),
        ImageProcessor((32, 32), (36, 36), interpolation="bicubic"),
        ImageProcessor((32, 32), (36, 36), fill=(1, 0, 0)),
        ImageProcessor((32, 32), (36, 36), rounding_length="nearest"),
        ImageProcessor((32, 32), (36, 36), rounding_middle="down"),
    ]
    assert len({base.digest, *(other.digest for other in others)}) == 8


def test_the_encoder_normalises_bytes():
    model = encoder()
    pixels = torch.tensor([0, 51, 255], dtype=torch.uint8).view(1, 3, 1, 1).expand(2, 3, 4, 4)
    normalised = torch.tensor([(0 - 0.5) / 0.1, (0.2 - 0.4) / 0.2, (1 - 0.3) / 0.4])
    assert torch.allclose(model({"pixels": pixels}).pooled, model.trunk(normalised).expand(2, 2))


def test_mean_and_std_are_saved_with_the_weights_and_the_classifier_is_not():
    assert set(encoder().state_dict()) == {"mean", "std", "trunk.weight", "trunk.bias"}
    assert sum(parameter.numel() for parameter in encoder().parameters()) == 3 * 2 + 2


def test_native_head_follows_the_names_of_classes():
    model = encoder([("airplane", "plane"), ("Motor_Car",), ("cat",)])
    head = Task().native_head(model, info("cat", "motor car", "Plane"))
    features = Features(torch.randn(5, 2))
    classifier = model.native[0].build()
    assert torch.equal(head(features), classifier(features)[:, [2, 1, 0]])
    assert Task().native_head(model, info("dog", "cat")) is None


def test_native_head_is_a_copy():
    model = encoder("abc")
    head = Task().native_head(model, info("a", "b", "c"))
    nn.init.zeros_(head.classifier.layer.weight)
    assert Task().native_head(model, info("a", "b", "c")).classifier.layer.weight.abs().sum() > 0


def test_a_native_head_without_names_fits_no_classes():
    assert Task().native_head(encoder(), info("x", "y", "z")) is None


def test_an_untrained_native_head_fits_any_as_many_classes():
    assert Task().native_head(encoder(None), info("x", "y", "z")).rows == [0, 1, 2]
    assert Task().native_head(encoder(None), info("x", "y")) is None
    assert Task().native_head(encoder(None), info()) is None


def test_no_native_head_for_what_is_no_classification():
    assert Task().native_head(encoder(), info()) is None
    assert bench.Task.native_head(Task(), encoder(), info("x", "y", "z")) is None


def test_native_parts_are_described_without_being_part_of_the_encoder():
    (part,) = encoder().native
    assert (part.role, part.outputs, part.classes) == ("classifier", 3, ())
    assert encoder([("a",), ("b",), ("c",)]).native[0].outputs == 3
    assert ImageEncoder.native == ()


def test_counting_outputs_leaves_a_classifier_as_it_was():
    classifier = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 7))
    before = {name: tensor.clone() for name, tensor in classifier.state_dict().items()}
    model = Pool(nn.Linear(3, 2), ImageProcessor((4, 4), (4, 4)), FeatureSpec(2), classifier)
    assert model.native[0].outputs == 7
    assert classifier.training
    assert all(torch.equal(before[name], tensor) for name, tensor in classifier.state_dict().items())
