"""A photograph that its camera turned, with its mask and box, after preparation and each random change.

What is marked is drawn on what is seen. The pictures are in the folder that BENCH_PICTURES names, or else in
the temporary one of pytest, which keeps those of three runs; `pytest -rP` prints where.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from bench import Box, Example
from bench.toolkit.geometry import IGNORED
from bench.toolkit.image_size import Fit
from bench.toolkit.images import ImageProcessor, read_image
from bench_vision.object_detection import ObjectDetection
from bench_vision.semantic_segmentation import SemanticSegmentation

UPRIGHT = (240, 320)
"""Width and height as it is shown; the camera stored it lying on its side."""

TILE = (256, 192)
"""Width and height of a picture."""

OBJECT = (60, 40, 130, 200)
TURNED_RIGHT = 6
"""What EXIF says of an image that is to be turned by 90 degrees, clockwise."""


def photograph(folder: Path) -> Image.Image:
    """A yellow object before a ground whose colour changes, as a file that a camera wrote, read again."""
    y, x = np.mgrid[: UPRIGHT[1], : UPRIGHT[0]]
    ground = np.stack([20 + x / 8, 20 + y / 8, 60 + 0 * x], axis=-1).astype(np.uint8)
    left, top, right, bottom = OBJECT
    ground[top:bottom, left:right] = (250, 220, 30)
    stored = Image.fromarray(ground).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = TURNED_RIGHT
    stored.save(folder / "photo.jpg", exif=exif, quality=95)
    with Image.open(folder / "photo.jpg") as written:
        assert written.size == UPRIGHT[::-1]
    return read_image(folder / "photo.jpg", "photo.jpg")


def marked() -> Image.Image:
    mask = Image.new("L", UPRIGHT, 0)
    ImageDraw.Draw(mask).rectangle((OBJECT[0], OBJECT[1], OBJECT[2] - 1, OBJECT[3] - 1), fill=1)
    return mask


def drawn(pixels: torch.Tensor, mask: torch.Tensor, edges: list[float]) -> Image.Image:
    """What is marked, drawn on what is seen: the object red, what is of no class blue, its box white."""
    seen = pixels.permute(1, 2, 0).float().numpy()
    colour = np.zeros_like(seen)
    colour[(mask == 1).numpy()] = (255, 0, 0)
    colour[(mask == IGNORED).numpy()] = (0, 0, 255)
    picture = Image.fromarray((0.7 * seen + 0.3 * colour).astype(np.uint8)).resize(TILE)
    scale = [TILE[0] / pixels.shape[2], TILE[1] / pixels.shape[1]] * 2
    ImageDraw.Draw(picture).rectangle(
        [edge * by for edge, by in zip(edges, scale, strict=True)], outline="white"
    )
    return picture


def side_by_side(pictures: list[Image.Image], path: Path) -> None:
    sheet = Image.new("RGB", (TILE[0] * len(pictures), TILE[1]))
    for at, picture in enumerate(pictures):
        sheet.paste(picture, (TILE[0] * at, 0))
    sheet.save(path)


@pytest.mark.parametrize("fit", ["stretch", "contain", "cover"])
@pytest.mark.parametrize("change", [(), ("flip",), ("shift",), ("crop",), ("flip", "shift", "crop")])
def test_what_is_marked_is_what_is_seen(fit: Fit, change: Any, tmp_path: Path) -> None:
    photo = photograph(tmp_path)
    assert photo.size == UPRIGHT
    processor = ImageProcessor((96, 128), (96, 128), fit=fit)
    masks, boxes = SemanticSegmentation(augmentation=change), ObjectDetection(augmentation=change)
    random = [torch.Generator().manual_seed(3) for _ in range(2)]
    seen, target = (
        task.augment(task.collate([task.prepare(example, processor)] * 8), generator)
        for task, example, generator in (
            (masks, Example(photo, marked()), random[0]),
            (boxes, Example(photo, (Box(0, *OBJECT),)), random[1]),
        )
    )
    assert torch.equal(seen.inputs["pixels"], target.inputs["pixels"])
    scenes = [*zip(seen.inputs["pixels"], seen.targets["mask"], target.targets["boxes"][:, 0], strict=True)]
    path = Path(os.environ.get("BENCH_PICTURES", tmp_path)) / f"{fit} {' '.join(change) or 'as prepared'}.png"
    side_by_side([drawn(pixels, mask, edges.tolist()) for pixels, mask, edges in scenes], path)
    print(path)
    for pixels, mask, edges in scenes:
        yellow = (pixels[0] > 140) & (pixels[2] < 120)
        assert ((mask == 1) == yellow)[mask != IGNORED].float().mean() > 0.96
        left, top, right, bottom = (round(edge) for edge in edges.tolist())
        inside = torch.zeros_like(yellow)
        inside[top:bottom, left:right] = True
        assert (inside == yellow).float().mean() > 0.96
