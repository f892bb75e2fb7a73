"""Random changes of batches of images, as the tasks of this package name them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import torch

from bench import Batch
from bench.toolkit.scenes import Scene, crop, flip, shift

AUGMENTATIONS: Mapping[str, Callable[[Scene, torch.Generator], Scene]] = {
    "flip": flip,
    "shift": shift,
    "crop": crop,
}


def augmented(batch: Batch, names: Sequence[str], generator: torch.Generator) -> Batch:
    """Return a batch whose pixels, `mask` and `boxes` are changed together in the ways named, in order."""
    scene = Scene(batch.inputs["pixels"], batch.targets.get("mask"), batch.targets.get("boxes"))
    for name in names:
        scene = AUGMENTATIONS[name](scene, generator)
    marks = {
        name: value for name, value in (("mask", scene.mask), ("boxes", scene.boxes)) if value is not None
    }
    return replace(
        batch,
        inputs={**batch.inputs, "pixels": scene.pixels},
        targets={**batch.targets, **marks} if marks else batch.targets,
    )
