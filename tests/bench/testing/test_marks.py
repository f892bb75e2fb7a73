"""Checks see masks that do not go where their images go."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest
import torch

from bench import Batch, Example, Processor, Sample
from bench.testing.marks import check_marks
from bench_vision.cifar import Cifar
from bench_vision.semantic_segmentation import SemanticSegmentation


class Stray(SemanticSegmentation):
    """Flips the mask by another coin."""

    name: ClassVar[str] = "stray"

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        changed = super().augment(batch, generator)
        coin = torch.rand(batch.size, generator=generator) < 0.5
        mask = changed.targets["mask"]
        turned = torch.where(coin.view(-1, 1, 1), mask.flip(-1), mask)
        return replace(changed, targets={**changed.targets, "mask": turned})


class Mirrored(SemanticSegmentation):
    """Prepares the mask the wrong way round."""

    name: ClassVar[str] = "mirrored"

    def prepare(self, example: Example, processor: Processor) -> Sample:
        sample = super().prepare(example, processor)
        return Sample(sample.inputs, {"mask": sample.targets["mask"][:, ::-1].copy()})


@pytest.mark.parametrize(
    ("task", "faults"),
    [
        (SemanticSegmentation(), []),
        (SemanticSegmentation(augmentation=("flip", "shift", "crop")), []),
        (Stray(augmentation=("flip",)), ["augment changes images in another way than their mask"]),
        (Mirrored(), ["prepare puts the mask elsewhere than what is marked"]),
    ],
)
def test_masks_that_stray_are_seen(task: SemanticSegmentation, faults: list[str]) -> None:
    encoder = Cifar(model="resnet20", weights="none", image_size=(48, 64), fit="stretch").load()
    assert list(check_marks(task, encoder)) == faults
