from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import ValidationError

from bench import Batch, Example, Sample
from bench.toolkit.images import ImageProcessor
from bench_vision.augmentation import flip, shift
from bench_vision.image_classification import ImageClassification


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def pixels(count=64, side=16):
    return torch.randint(1, 256, (count, 3, side, side), dtype=torch.uint8, generator=generator(1))


def moved(image, down, right):
    """Move an image by hand, pixel by pixel."""
    result = torch.zeros_like(image)
    side = image.shape[1]
    for y in range(side):
        for x in range(side):
            if 0 <= y - down < side and 0 <= x - right < side:
                result[:, y, x] = image[:, y - down, x - right]
    return result


def test_prepare_and_collate():
    task, processor = ImageClassification(), ImageProcessor((8, 8), (8, 8))
    images = [Image.new("L", (8, 8), value) for value in (10, 200)]
    samples = [task.prepare(Example(image, label), processor) for label, image in enumerate(images)]
    batch = task.collate(samples)
    assert batch.inputs["pixels"].shape == (2, 3, 8, 8)
    assert batch.inputs["pixels"].dtype == torch.uint8
    assert batch.inputs["pixels"][:, 0, 0, 0].tolist() == [10, 200]
    assert batch.targets["label"].dtype == torch.int64
    assert batch.targets["label"].tolist() == [0, 1]


def test_collate_without_inputs():
    batch = ImageClassification().collate([Sample({}, {"label": np.array(3)})] * 2)
    assert batch.inputs == {}
    assert batch.targets["label"].tolist() == [3, 3]


def test_flip_mirrors_about_half_of_the_images():
    before = pixels(400, side=8)
    after = flip(before, generator())
    mirrored = [torch.equal(a, b.flip(-1)) for a, b in zip(after, before, strict=True)]
    unchanged = [torch.equal(a, b) for a, b in zip(after, before, strict=True)]
    assert all(a != b for a, b in zip(mirrored, unchanged, strict=True))
    assert 160 < sum(mirrored) < 240


def test_shift_moves_each_image_by_up_to_an_eighth():
    before = pixels(30)
    after = shift(before, generator())
    seen = set()
    for a, b in zip(after, before, strict=True):
        ways = [(y, x) for y in range(-2, 3) for x in range(-2, 3) if torch.equal(a, moved(b, y, x))]
        assert len(ways) == 1
        seen.update(ways)
    assert len(seen) > 12  # of 25


def test_shift_of_images_that_are_not_square():
    before = torch.full((20, 3, 8, 24), 9, dtype=torch.uint8)
    after = shift(before, generator())
    assert after.shape == before.shape
    assert after.is_contiguous()
    black_rows = (after[:, 0] == 0).all(dim=2).sum(dim=1)
    black_columns = (after[:, 0] == 0).all(dim=1).sum(dim=1)
    assert black_rows.max() == 1
    assert black_columns.max() == 3


def test_augment_does_what_is_asked_in_its_order():
    batch = Batch({"pixels": pixels()}, {"label": torch.zeros(64)}, range(64))
    assert torch.equal(ImageClassification().augment(batch, generator()).inputs["pixels"], pixels())
    both = ImageClassification(augmentation=("flip", "shift")).augment(batch, generator())
    random = generator()
    assert torch.equal(both.inputs["pixels"], shift(flip(pixels(), random), random))
    assert torch.equal(batch.inputs["pixels"], pixels())
    assert both.targets is batch.targets


def test_unknown_augmentation():
    with pytest.raises(ValidationError, match="flip"):
        ImageClassification(augmentation=["mixup"])
