"""How alike two images are. Images are floats `[N, 3, H, W]` in 0..1; there is one value for each."""

from __future__ import annotations

import torch
from torch import Tensor

WINDOW = 11
DEVIATION = 1.5
STABLE = (0.01**2, 0.03**2)
LEAST_ERROR = 1e-10


def mse(images: Tensor, others: Tensor) -> Tensor:
    """Return the mean squared errors `[N]`."""
    return (images - others).square().flatten(1).mean(dim=1)


def decibels(errors: Tensor) -> Tensor:
    """Return the peak signal-to-noise ratio of mean squared errors of values in 0..1; at most 100 dB."""
    return -10 * errors.clamp(min=LEAST_ERROR).log10()


def ssim(images: Tensor, others: Tensor) -> Tensor:
    """Return the structural similarities `[N]`: 1 for equal images (Wang et al. 2004).

    Windows are Gaussian, 11 x 11 pixels and wholly within the image; a smaller image has smaller ones.
    """
    # Variances are small differences of large numbers: not for half precision.
    with torch.autocast(images.device.type, enabled=False):
        x, y = images.float(), others.float()
        rows, columns = (_windows(length).to(x.device) for length in x.shape[2:])
        products = torch.stack([x, y, x * x, y * y, x * y])
        mean_x, mean_y, square_x, square_y, product = rows @ products @ columns.T
        spread = square_x - mean_x**2 + square_y - mean_y**2
        likeness = (2 * mean_x * mean_y + STABLE[0]) * (2 * (product - mean_x * mean_y) + STABLE[1])
        most = (mean_x**2 + mean_y**2 + STABLE[0]) * (spread + STABLE[1])
        values: Tensor = likeness / most
        return values.flatten(1).mean(dim=1)


def _windows(length: int) -> Tensor:
    """Return the weights of each window on an axis, `[windows, length]`."""
    width = min(WINDOW, length - 1 + length % 2)
    offsets = torch.arange(width) - width // 2
    weights = torch.exp(-0.5 * (offsets / DEVIATION) ** 2)
    starts = torch.arange(length - width + 1).unsqueeze(1)
    windows = torch.zeros(len(starts), length)
    return windows.scatter_(
        1, starts + torch.arange(width), (weights / weights.sum()).expand(len(starts), -1)
    )
