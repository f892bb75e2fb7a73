"""Does a task change what is marked in images (masks, boxes) together with the images?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..api import Batch, Box, Encoder, Example, Task
from .partners import batch_of

HEIGHT, WIDTH = 96, 128
LEFT, TOP, RIGHT, BOTTOM = 68, 20, 100, 44
"""A bright object, up and to the right of the middle, which every flip moves elsewhere."""

COUNT = 32
"""Images of a batch: a mask that goes its own way in half of the cases surely does so in one of them."""


def check_marks(task: Task, encoder: Encoder) -> Iterator[str]:
    """Give where masks or boxes are elsewhere than what they mark, before and after a random change.

    They are looked for where tasks of the toolkit have them: pixels in inputs, `mask` and `boxes` in targets.
    """
    if task.target not in ("mask", "boxes"):
        return
    batch = batch_of(task, encoder, [_example(task.target)] * COUNT)
    if _strays(batch):
        yield f"prepare puts the {task.target} elsewhere than what is marked"
    elif _strays(task.augment(batch, torch.Generator().manual_seed(0))):
        yield f"augment changes images in another way than their {task.target}"


def _example(kind: str) -> Example:
    marked = np.zeros((HEIGHT, WIDTH), np.uint8)
    marked[TOP:BOTTOM, LEFT:RIGHT] = 1
    target: Any = (Box(0, LEFT, TOP, RIGHT, BOTTOM),) if kind == "boxes" else Image.fromarray(marked)
    return Example(Image.fromarray(200 * marked + 20).convert("RGB"), target)


def _strays(batch: Batch) -> bool:
    """Tell whether of any image what is marked is no brighter than the rest."""
    pixels, mask, boxes = batch.inputs.get("pixels"), batch.targets.get("mask"), batch.targets.get("boxes")
    if pixels is None or pixels.ndim != 4:
        return False
    brightness = pixels.float().mean(dim=1)
    if mask is not None and mask.shape == brightness.shape:
        return any(map(_darker, brightness, mask == 1, mask == 0))
    if boxes is not None and boxes.ndim == 3 and boxes.shape[1:] == (1, 4):
        inside = [_inside(box, brightness.shape[1], brightness.shape[2]) for box in boxes[:, 0].tolist()]
        return any(_darker(image, part, ~part) for image, part in zip(brightness, inside, strict=True))
    return False


def _inside(box: list[float], height: int, width: int) -> Tensor:
    left, top, right, bottom = (round(edge) for edge in box)
    inside = torch.zeros(height, width, dtype=torch.bool)
    inside[top:bottom, left:right] = True
    return inside


def _darker(brightness: Tensor, marked: Tensor, others: Tensor) -> bool:
    return bool(marked.any() and others.any() and brightness[marked].mean() <= brightness[others].mean())
