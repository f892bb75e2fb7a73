"""The network of the backbone `conv1d`, live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from bench import Encoder, Features, FeatureSpec


class SeriesProcessor:
    """Makes a series float32, without mean and with a mean square of one."""

    digest = "bench-waves series 1"

    def __call__(self, raw: Sequence[float]) -> Mapping[str, np.ndarray]:
        """Return `series`, `[L]`."""
        series = np.asarray(raw, dtype=np.float32)
        series = series - series.mean()
        return {"series": series / max(float(np.sqrt(np.mean(series**2))), 1e-6)}


class Conv1dEncoder(Encoder, nn.Module):
    """Convolution, group norm and ReLU, layer upon layer, each with half the positions of the one before."""

    def __init__(self, widths: Sequence[int], kernel: int) -> None:
        super().__init__()
        inputs = (1, *widths[:-1])
        self.layers = nn.Sequential(
            *(layer(wide, wider, kernel) for wide, wider in zip(inputs, widths, strict=True))
        )
        self.spec = FeatureSpec(pooled=widths[-1], channels=(widths[-1],), strides=(2 ** len(widths),))
        self.processor = SeriesProcessor()

    def forward(self, inputs: Mapping[str, Tensor]) -> Features:
        """Return the last layer's map `[N, L / stride, C]`, and its mean over time."""
        last: Tensor = self.layers(inputs["series"].unsqueeze(1)).transpose(1, 2)
        mask = torch.ones(last.shape[:2], dtype=torch.bool, device=last.device)
        return Features(last.mean(dim=1), (last,), mask)

    def blocks(self) -> Sequence[nn.Module]:
        """Return the layers."""
        return list(self.layers)


def layer(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    """Return a convolution that halves the positions, with norm and ReLU."""
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, kernel, stride=2, padding=kernel // 2, bias=False),
        nn.GroupNorm(4, outputs),
        nn.ReLU(),
    )
