"""What authors of tasks on images reuse: a feature pyramid over the maps of any encoder (Lin et al. 2017)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import interpolate

from ..api import FeatureSpec
from ..errors import UnsuitableError


class FeaturePyramid(nn.Module):
    """Brings maps to one width, and adds to each what the deeper ones say: N maps in, N maps out.

    Maps as they come are normalised first, as those of frozen encoders may lie anywhere.
    """

    def __init__(self, channels: Sequence[int], width: int) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(
            nn.Sequential(nn.Conv2d(count, width, kernel_size=1, bias=False), nn.BatchNorm2d(width))
            for count in channels
        )

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Return maps `[N, width, H, W]` of the same sides, shallow to deep."""
        own = [lateral(map_) for lateral, map_ in zip(self.lateral, maps, strict=True)]
        joined = own[-1:]
        for map_ in own[-2::-1]:
            joined.append(map_ + interpolate(joined[-1], map_.shape[2:], mode="nearest"))
        return joined[::-1]


def levels_within(spec: FeatureSpec, shallowest: int, deepest: int) -> tuple[int, ...]:
    """Return the positions of the maps whose strides are within bounds; the nearest one if there is none.

    Raises UnsuitableError if there are no maps.
    """
    strides = spec.strides
    if not strides:
        raise UnsuitableError("the backbone gives no maps of features; choose one that does")
    within = tuple(at for at, stride in enumerate(strides) if shallowest <= stride <= deepest)
    return within or (min(range(len(strides)), key=lambda at: abs(strides[at] - shallowest)),)
