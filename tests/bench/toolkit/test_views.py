"""Random views: against torchvision's functional operations, and what is promised of the draws."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as oracle

from bench.toolkit.views import (
    GREY,
    hue_turned,
    random_boxes,
    random_colours,
    random_view,
    recolour,
    resized_crop,
    saturated,
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(count: int = 4, height: int = 16, width: int = 16) -> Tensor:
    """Colours far enough from the ends that no change here meets a bound."""
    return 90 + 60 * torch.rand(count, 3, height, width, generator=generator(1))


def one(value: float) -> Tensor:
    return torch.tensor([value])


NOT_MIRRORED = torch.tensor([False])
UNCHANGED = torch.eye(3).expand(1, 3, 3)


def test_the_whole_box_is_the_image_itself() -> None:
    before = images(2)
    whole = torch.tensor([[0.0, 0.0, 1.0, 1.0]] * 2)
    after = resized_crop(before, whole, torch.tensor([False, True]))
    torch.testing.assert_close(after[0], before[0])
    torch.testing.assert_close(after[1], before[1].flip(-1))


def test_a_crop_is_torchvisions() -> None:
    before = images(1, 16, 24)
    box = torch.tensor([[6 / 24, 4 / 16, 12 / 24, 8 / 16]])
    after = resized_crop(before, box, NOT_MIRRORED)
    expected = oracle.resized_crop(before, 4, 6, 8, 12, [16, 24], antialias=False)
    # At its rim torchvision repeats the crop's last pixel, where here the image goes on.
    torch.testing.assert_close(after[..., 1:-1, 1:-1], expected[..., 1:-1, 1:-1])


def test_a_crop_never_darkens_the_rim() -> None:
    white = torch.full((64, 3, 16, 16), 255.0)
    boxes = random_boxes(64, 1.0, generator(), 0.2)
    after = resized_crop(white, boxes, torch.rand(64) < 0.5)
    torch.testing.assert_close(after, white)


@pytest.mark.parametrize("aspect", [1.0, 2.0, 0.5])
def test_boxes_are_within_the_image_and_as_large_and_square_as_promised(aspect: float) -> None:
    left, top, width, height = random_boxes(5000, aspect, generator(), 0.2).T
    assert min(left.min(), top.min()) >= 0
    assert (left + width).max() <= 1 + 1e-6
    assert (top + height).max() <= 1 + 1e-6
    oblong = width / height * aspect
    inside = (width < 1) & (height < 1)
    assert 3 / 4 - 1e-5 <= oblong[inside].min() < 0.77
    assert 1.3 < oblong[inside].max() <= 4 / 3 + 1e-5
    area = (width * height)[inside]
    assert area.min() >= 0.2 - 1e-6
    assert area.min() < 0.21


def test_brightness_and_contrast_are_torchvisions() -> None:
    before = images(1)
    # Brightness by 1.2 and then contrast by 0.7, as one product.
    after = recolour(before, 1.2 * 0.7 * UNCHANGED, one((1 - 0.7) * 1.2))
    expected = oracle.adjust_contrast(oracle.adjust_brightness(before / 255, 1.2), 0.7)
    torch.testing.assert_close(after / 255, expected, atol=1e-3, rtol=0)


@pytest.mark.parametrize("amount", [0.0, 0.6, 1.0, 1.4])
def test_saturation_is_torchvisions(amount: float) -> None:
    before = images(1)
    after = recolour(before, saturated(one(amount)), one(0))
    expected = oracle.adjust_saturation(before / 255, amount)
    torch.testing.assert_close(after / 255, expected, atol=1e-3, rtol=0)


def test_hues_turn_and_greys_stay() -> None:
    red = torch.tensor([1.0, 0, 0])
    for turns, colour in [(0.0, [1.0, 0, 0]), (1 / 3, [0.0, 1, 0]), (2 / 3, [0.0, 0, 1])]:
        torch.testing.assert_close(hue_turned(one(turns))[0] @ red, torch.tensor(colour))
    anyhow = hue_turned(one(0.17))[0]
    torch.testing.assert_close(anyhow @ torch.ones(3), torch.ones(3))
    torch.testing.assert_close(anyhow @ anyhow.T, torch.eye(3))


def test_colours_change_as_often_and_as_far_as_promised() -> None:
    colours, lift = random_colours(4000, generator(), jitter=0.5, greyscale=0.2)
    unchanged = (colours - torch.eye(3)).abs().amax(dim=(1, 2)) < 1e-6
    grey = (colours[:, 0] - colours[:, 1]).abs().amax(dim=1) < 1e-6
    assert 0.13 < unchanged.float().mean() < 0.19  # 0.2 not jittered, 0.8 of them not grey
    assert 0.17 < grey.float().mean() < 0.23
    # A grey image gets no colour, its factor is brightness by contrast, and its mean only that of brightness.
    on_grey = colours.sum(dim=2)
    torch.testing.assert_close(on_grey, on_grey[:, :1].expand(-1, 3), atol=1e-5, rtol=0)
    brightness = on_grey[:, 0] + lift
    assert 0.5 <= brightness.min() < 0.51
    assert 1.49 < brightness.max() <= 1.5


def test_without_strength_a_view_is_the_image() -> None:
    before = images()
    after = random_view(before, generator(), smallest=1.0, mirrored=0, jitter=0, greyscale=0)
    # Proportions are drawn all the same: the whole area is the image only where they are bounded by it.
    assert after.shape == before.shape
    grey = random_view(before, generator(), smallest=1.0, mirrored=0, jitter=0, greyscale=1)
    expected = (after * torch.tensor(GREY).view(3, 1, 1)).sum(dim=1, keepdim=True).expand_as(after)
    torch.testing.assert_close(grey, expected)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
@pytest.mark.parametrize("size", [(16, 16), (8, 12), (1, 1)])
def test_a_view_is_an_image_of_the_same_size(dtype: torch.dtype, size: tuple[int, int]) -> None:
    before = (255 * torch.rand(5, 3, *size, generator=generator())).to(dtype)
    kept = before.clone()
    view = random_view(before, generator(), jitter=1.0)
    assert view.dtype == torch.float32
    assert view.shape == before.shape
    assert view.min() >= 0
    assert view.max() <= 255
    assert torch.equal(before, kept)


def test_views_are_by_the_generator_alone() -> None:
    before = images()
    torch.testing.assert_close(random_view(before, generator()), random_view(before, generator()))
    random = generator()
    first, second = random_view(before, random), random_view(before, random)
    assert (first - second).abs().amax(dim=(1, 2, 3)).min() > 1


def test_each_image_is_changed_in_its_own_way() -> None:
    same = images(1).expand(8, -1, -1, -1)
    views = random_view(same, generator())
    differences = torch.cdist(views.flatten(1), views.flatten(1)) + 1e9 * torch.eye(8)
    assert differences.min() > 1


def test_gradients_flow_to_the_pixels() -> None:
    pixels = images(2).requires_grad_()
    random_view(pixels, generator()).sum().backward()
    assert math.isfinite(pixels.grad.sum())
    assert pixels.grad.abs().sum() > 0


def test_half_precision_of_the_run_leaves_views_whole() -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        halved = random_view(images(), generator())
    torch.testing.assert_close(halved, random_view(images(), generator()))
