"""What is marked in images takes part in their random changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from bench.toolkit.geometry import IGNORED
from bench.toolkit.scenes import Scene, crop, flip, shift


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pixels(count: int = 64, side: int = 16) -> Tensor:
    return torch.randint(1, 256, (count, 3, side, side), dtype=torch.uint8, generator=generator(1))


def moved(image: Tensor, down: int, right: int) -> Tensor:
    """Move an image by hand, pixel by pixel."""
    result = torch.zeros_like(image)
    side = image.shape[1]
    for y in range(side):
        for x in range(side):
            if 0 <= y - down < side and 0 <= x - right < side:
                result[:, y, x] = image[:, y - down, x - right]
    return result


def test_flip_mirrors_about_half_of_the_images() -> None:
    before = pixels(400, side=8)
    after = flip(Scene(before), generator()).pixels
    mirrored = [torch.equal(a, b.flip(-1)) for a, b in zip(after, before, strict=True)]
    unchanged = [torch.equal(a, b) for a, b in zip(after, before, strict=True)]
    assert all(a != b for a, b in zip(mirrored, unchanged, strict=True))
    assert 160 < sum(mirrored) < 240


def test_shift_moves_each_image_by_up_to_an_eighth() -> None:
    before = pixels(30)
    after = shift(Scene(before), generator()).pixels
    seen = set()
    for a, b in zip(after, before, strict=True):
        ways = [(y, x) for y in range(-2, 3) for x in range(-2, 3) if torch.equal(a, moved(b, y, x))]
        assert len(ways) == 1
        seen.update(ways)
    assert len(seen) > 12  # of 25


def test_shift_of_images_that_are_not_square() -> None:
    before = torch.full((20, 3, 8, 24), 9, dtype=torch.uint8)
    after = shift(Scene(before), generator()).pixels
    assert after.shape == before.shape
    assert after.is_contiguous()
    black_rows = (after[:, 0] == 0).all(dim=2).sum(dim=1)
    black_columns = (after[:, 0] == 0).all(dim=1).sum(dim=1)
    assert black_rows.max() == 1
    assert black_columns.max() == 3


def rectangles(count: int, height: int = 48, width: int = 64) -> Scene:
    """White rectangles on black, somewhere, with their masks and boxes, and one box that is padding."""
    random = generator(2)
    starts = torch.rand(count, 2, generator=random) * torch.tensor([width / 2, height / 2])
    extents = 10 + torch.rand(count, 2, generator=random) * torch.tensor([width / 4, height / 4])
    boxes = torch.cat([starts, starts + extents], dim=1).round()
    y, x = torch.arange(height).view(1, -1, 1), torch.arange(width).view(1, 1, -1)
    left, top, right, bottom = (edge.view(-1, 1, 1) for edge in boxes.T)
    mask = ((x >= left) & (x < right) & (y >= top) & (y < bottom)).to(torch.uint8)
    images = (255 * mask).unsqueeze(1).expand(-1, 3, -1, -1)
    return Scene(images, mask, torch.stack([boxes, torch.zeros_like(boxes)], dim=1))


def drawn(boxes: Tensor, height: int, width: int) -> Tensor:
    """What is in the boxes `[N, 4]`, bool `[N, height, width]`."""
    y, x = torch.arange(height).view(1, -1, 1) + 0.5, torch.arange(width).view(1, 1, -1) + 0.5
    left, top, right, bottom = (edge.view(-1, 1, 1) for edge in boxes.T)
    return (x > left) & (x < right) & (y > top) & (y < bottom)


@pytest.mark.parametrize("change", [flip, shift, crop])
def test_masks_and_boxes_move_with_the_pixels(change: Callable[[Scene, torch.Generator], Scene]) -> None:
    before = rectangles(50)
    after = change(before, generator())
    assert after.mask is not None
    assert after.boxes is not None
    assert after.mask.dtype == torch.uint8
    white = after.pixels[:, 0] > 127
    known = after.mask != IGNORED
    assert ((after.mask == 1) == white)[known].float().mean() > 0.99
    assert (drawn(after.boxes[:, 0], 48, 64) == white).float().mean() > 0.99
    padding = after.boxes[:, 1]
    assert not ((padding[:, 2] - padding[:, 0]) * (padding[:, 3] - padding[:, 1])).any()
    assert (after.boxes >= 0).all()
    assert (after.boxes <= torch.tensor([64, 48, 64, 48])).all()
    assert (after.pixels != before.pixels).any()


def test_what_comes_in_is_of_no_class() -> None:
    after = shift(rectangles(50), generator())
    assert after.mask is not None
    assert (after.mask == IGNORED).any()
    assert not after.pixels[:, 0][after.mask == IGNORED].any()


def test_pixels_are_the_same_with_and_without_marks() -> None:
    for change in (flip, shift, crop):
        scene = rectangles(5)
        alone = change(Scene(scene.pixels), generator())
        assert torch.equal(alone.pixels, change(scene, generator()).pixels)
        assert (alone.mask, alone.boxes) == (None, None)
