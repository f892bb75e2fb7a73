"""PSNR and SSIM against torchmetrics, and against the definition."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torchmetrics.functional.image import (
    peak_signal_noise_ratio,
    structural_similarity_index_measure,
)

from bench_vision.image_quality import decibels, mse, ssim


def pair(height: int, width: int, count: int = 5) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(0)
    images = torch.rand(count, 3, height, width, generator=random)
    noise = torch.randn(images.shape, generator=random) * torch.linspace(0, 0.4, count).view(-1, 1, 1, 1)
    return images, (images + noise).clamp(0, 1)


@pytest.mark.parametrize("size", [(11, 11), (12, 13), (24, 24), (32, 20)])
def test_ssim_is_that_of_torchmetrics(size: tuple[int, int]) -> None:
    images, others = pair(*size)
    _, everywhere = structural_similarity_index_measure(
        others, images, data_range=1.0, reduction="none", return_full_image=True
    )
    inside = everywhere[..., 5:-5, 5:-5]  # it also has windows that reach over the rim
    torch.testing.assert_close(ssim(images, others), inside.mean(dim=(1, 2, 3)), atol=1e-4, rtol=0)


@pytest.mark.parametrize("size", [(8, 8), (7, 30), (1, 1), (2, 3)])
def test_small_images_have_smaller_windows(size: tuple[int, int]) -> None:
    images, others = pair(*size)
    torch.testing.assert_close(ssim(images, images), torch.ones(5))
    values = ssim(images, others)
    assert values.isfinite().all()
    assert values[0] > values[-1]


def test_ssim_of_a_single_window_by_hand() -> None:
    images, others = (image.double() for image in pair(3, 3, count=2))
    weights = torch.tensor([[math.exp(-(x * x + y * y) / 4.5) for x in (-1, 0, 1)] for y in (-1, 0, 1)])
    weights = (weights / weights.sum()).double()

    def likeness(x: Tensor, y: Tensor) -> Tensor:
        mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
        var_x, var_y = (weights * (x - mean_x) ** 2).sum(), (weights * (y - mean_y) ** 2).sum()
        covariance = (weights * (x - mean_x) * (y - mean_y)).sum()
        return ((2 * mean_x * mean_y + 1e-4) * (2 * covariance + 9e-4)) / (
            (mean_x**2 + mean_y**2 + 1e-4) * (var_x + var_y + 9e-4)
        )

    by_hand = [
        torch.stack([likeness(x, y) for x, y in zip(image, other, strict=True)]).mean()
        for image, other in zip(images, others, strict=True)
    ]
    torch.testing.assert_close(ssim(images, others).double(), torch.stack(by_hand), atol=1e-5, rtol=0)


def test_ssim_is_not_halved_with_the_runs_precision() -> None:
    images, others = pair(24, 24)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        halved = ssim(images, others)
    torch.testing.assert_close(halved, ssim(images, others))


def test_decibels_are_the_psnr_of_each_image() -> None:
    images, others = pair(16, 16)
    images, others = images[1:], others[1:]
    expected = peak_signal_noise_ratio(
        others, images, data_range=1.0, reduction="none", dim=(1, 2, 3), base=10
    )
    torch.testing.assert_close(decibels(mse(images, others)), expected)


def test_equal_images_have_100_decibels() -> None:
    images, _ = pair(8, 8)
    assert decibels(mse(images, images)).tolist() == [100.0] * 5
