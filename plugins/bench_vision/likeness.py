"""Figures of how alike predicted images are to those asked for."""

from __future__ import annotations

from collections.abc import Mapping
from math import log10
from typing import Any

from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from bench import Predictions, Targets
from bench.toolkit.additive import Additive

from .image_quality import LEAST_ERROR, WINDOW, mse, ssim


class Likeness(Additive):
    """Figures of predicted `pixels` and the target `image`, both uint8 `[N, 3, H, W]`, over all channels.

    Both are as torchmetrics has them: PSNR is of the mean squared error of all images, though at most 100 dB;
    windows of SSIM may reach over the rim, where images are continued as in a mirror.
    """

    def statistics(self, predictions: Predictions, targets: Targets) -> Mapping[str, Tensor]:
        """Return mean squared error, of values in 0..1, and structural similarity of each image."""
        images, wanted = predictions["pixels"] / 255, targets["image"].to(predictions["pixels"].device) / 255
        return {"squared_error": mse(images, wanted), "ssim": ssim(_continued(images), _continued(wanted))}

    def of_sums(self, sums: Mapping[str, NDArray[Any]], count: float) -> dict[str, float]:
        """Return both figures; none of no images."""
        if not count:
            return {}
        error = max(float(sums["squared_error"]) / count, LEAST_ERROR)
        return {"psnr": -10 * log10(error), "ssim": float(sums["ssim"]) / count}


def _continued(images: Tensor) -> Tensor:
    """Return images with a mirrored rim of half a window, or as wide as they allow."""
    reach = min(WINDOW // 2, images.shape[2] - 1, images.shape[3] - 1)
    return pad(images, (reach,) * 4, mode="reflect")
