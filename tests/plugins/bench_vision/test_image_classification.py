from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import ValidationError

from bench import Batch, Example, Sample
from bench.toolkit.images import ImageProcessor
from bench.toolkit.scenes import Scene, flip, shift
from bench_vision.image_classification import ImageClassification


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def pixels(count=64, side=16):
    return torch.randint(1, 256, (count, 3, side, side), dtype=torch.uint8, generator=generator(1))


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


def test_augment_does_what_is_asked_in_its_order():
    batch = Batch({"pixels": pixels()}, {"label": torch.zeros(64)}, range(64))
    assert torch.equal(ImageClassification().augment(batch, generator()).inputs["pixels"], pixels())
    both = ImageClassification(augmentation=("flip", "shift")).augment(batch, generator())
    random = generator()
    assert torch.equal(both.inputs["pixels"], shift(flip(Scene(pixels()), random), random).pixels)
    assert torch.equal(batch.inputs["pixels"], pixels())
    assert both.targets is batch.targets


def test_unknown_augmentation():
    with pytest.raises(ValidationError, match="flip"):
        ImageClassification(augmentation=["mixup"])
