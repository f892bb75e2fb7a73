"""EfficientNet-Lite0 of timm as rivals use it: its maps, and a feature pyramid over them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import interpolate

WIDTH = 64
MEAN, DEVIATION = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
IMAGENET = (torch.tensor(MEAN).view(3, 1, 1), torch.tensor(DEVIATION).view(3, 1, 1))
"""Mean and deviation, as timm has them for the weights of its `tf_efficientnet_lite0`."""


def lite(weights: Path, out_indices: Sequence[int]) -> Any:
    """Return the network, which gives maps; untrained if there is no such file."""
    network = timm.create_model("tf_efficientnet_lite0", features_only=True, out_indices=out_indices)
    if weights.is_file():
        network.load_state_dict(load_file(weights), strict=False)
    return network


class Pyramid(nn.Module):
    """Each map with what the deeper ones say, all of one width."""

    def __init__(self, channels: Sequence[int], width: int = WIDTH) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(count, width, 1) for count in channels)

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        joined = [self.lateral[-1](maps[-1])]
        for lateral, map_ in list(zip(self.lateral, maps, strict=True))[-2::-1]:
            own = lateral(map_)
            joined.insert(0, own + interpolate(joined[0], own.shape[2:]))
        return joined
