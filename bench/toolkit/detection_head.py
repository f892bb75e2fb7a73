"""A head that finds objects in one stage (Tian et al. 2019, FCOS). It sees `Features` and nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, softplus

from ..api import Features, FeatureSpec, Predictions
from ..errors import UnsuitableError
from .moving import moved
from .pyramid import FeaturePyramid

PRIOR = 0.01
"""The probability of each class that an untrained head gives."""

REACH = 8
"""Edges of a level's objects are at most this many of its strides from a point; the next has larger ones."""

CANDIDATES = 1000
"""Of each image so many of the best boxes are compared with each other."""

LOWEST = 0.05
"""The score that a box must have at least."""

OVERLAP = 0.6
"""The intersection over union from which on two boxes of a class are of one object."""

MOST = 100
"""Boxes that are predicted of an image."""


@dataclass(frozen=True)
class Dense:
    """What is predicted at each of P points, over all levels.

    logits: of each class, `[N, P, C]`. distances: of left, top, right and bottom edge in pixels,
    `[N, P, 4]`. centre: the logit of being in the middle of a box, `[N, P]`. points: across and down in
    pixels, `[P, 2]`. strides: of each point's level, `[P]`. reach: how far the edges of objects of the
    level may be, at least and at most, `[P, 2]`. Floats are float32. size: height and width of the images.
    """

    logits: Tensor
    distances: Tensor
    centre: Tensor
    points: Tensor
    strides: Tensor
    reach: Tensor
    size: tuple[int, int]


class FcosHead(nn.Module):
    """A feature pyramid, and two towers of convolutions that all its levels share."""

    def __init__(
        self, spec: FeatureSpec, levels: Sequence[int], classes: int, width: int, depth: int
    ) -> None:
        super().__init__()
        self.levels = tuple(levels)
        self.strides = tuple(spec.strides[level] for level in levels)
        self.pyramid = FeaturePyramid([spec.channels[level] for level in levels], width)
        self.smooth = nn.ModuleList(nn.Conv2d(width, width, kernel_size=3, padding=1) for _ in levels)
        self.classes, self.boxes = _tower(width, depth), _tower(width, depth)
        self.logits = nn.Conv2d(width, classes, kernel_size=3, padding=1)
        self.distances = nn.Conv2d(width, 4, kernel_size=3, padding=1)
        self.centre = nn.Conv2d(width, 1, kernel_size=3, padding=1)
        self.scales = nn.Parameter(torch.ones(len(self.levels)))
        unsure = -math.log((1 - PRIOR) / PRIOR)
        for layer, bias in ((self.logits, unsure), (self.distances, 0.0), (self.centre, 0.0)):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.constant_(cast(Tensor, layer.bias), bias)
        self.to(memory_format=torch.channels_last)  # as the maps of encoders are

    def forward(self, features: Features) -> Dense:
        """Return what is predicted at all points.

        Raises UnsuitableError if features lack the size of images.
        """
        if features.size is None:
            raise UnsuitableError("the backbone's features lack the size of the images; set `Features.size`")
        maps = self.pyramid([features.maps[level] for level in self.levels])
        levels = [self._level(at, map_) for at, map_ in enumerate(maps)]
        logits, distances, centre = (torch.cat(parts, dim=1) for parts in zip(*levels, strict=True))
        points, strides, reach = self._places(maps, features.size)
        return Dense(logits, distances, centre.squeeze(2), points, strides, reach, features.size)

    def detect(self, features: Features) -> Predictions:
        """Return the best boxes of each image, as `Detection` describes predictions."""
        return best_boxes(self(features))

    def _level(self, level: int, map_: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        seen = self.smooth[level](map_)
        of_class, of_box = self.classes(seen), self.boxes(seen)
        distances = softplus(_flat(self.distances(of_box)) * self.scales[level]) * self.strides[level]
        return _flat(self.logits(of_class)), distances, _flat(self.centre(of_box))

    def _places(self, maps: Sequence[Tensor], size: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor]:
        """Return where all points are, the strides of their levels, and how far edges may be."""
        points: list[Tensor] = []
        strides: list[Tensor] = []
        reach: list[Tensor] = []
        least = 0.0
        for map_, stride in zip(maps, self.strides, strict=True):
            most = math.inf if stride == self.strides[-1] else float(REACH * stride)
            grid = _middles(map_, size)
            points.append(grid)
            strides.append(torch.full((len(grid),), float(stride)))
            reach.append(torch.tensor([[least, most]]).expand(len(grid), 2))
            least = most
        device = maps[0].device
        places, steps, bounds = (moved(torch.cat(parts), device) for parts in (points, strides, reach))
        return places, steps, bounds


def _tower(width: int, depth: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [
            nn.Conv2d(width, width, kernel_size=3, padding=1, bias=False),
            nn.GroupNorm(math.gcd(8, width), width),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers)


def _middles(map_: Tensor, size: tuple[int, int]) -> Tensor:
    """Return the middle of each place of a map in images of `size`, across and down, `[H * W, 2]`."""
    down, across = (
        (torch.arange(count) + 0.5) * (side / count) for count, side in zip(map_.shape[2:], size, strict=True)
    )
    return torch.cartesian_prod(down, across).flip(1)


def _flat(map_: Tensor) -> Tensor:
    """Return a map `[N, C, H, W]` point by point, row after row, `[N, H * W, C]`, in float32."""
    return map_.float().flatten(2).transpose(1, 2)


def best_boxes(dense: Dense) -> Predictions:
    """Return the best boxes of each image, as `Detection` describes predictions."""
    scores = (dense.logits.sigmoid() * dense.centre.sigmoid().unsqueeze(2)).sqrt()
    height, width = dense.size
    farthest = scores.new_tensor([width, height, width, height])
    edges = torch.cat(
        [dense.points - dense.distances[..., :2], dense.points + dense.distances[..., 2:]], dim=2
    ).clamp(min=torch.zeros_like(farthest), max=farthest)
    found = [_best(*pair) for pair in zip(edges, scores, strict=True)]
    boxes, best, labels = (torch.stack(parts) for parts in zip(*found, strict=True))
    return {
        "boxes": boxes,
        "scores": best,
        "labels": labels,
        "confidence": scores.flatten(1).amax(dim=1),
    }


def _best(edges: Tensor, scores: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return an image's boxes `[MOST, 4]`, scores and labels, of edges `[P, 4]` and scores `[P, C]`."""
    from torchvision.ops import batched_nms

    flat = scores.flatten()
    top, at = flat.topk(min(CANDIDATES, len(flat)))
    at, top = at[top > LOWEST], top[top > LOWEST]
    boxes, labels = edges[at // scores.shape[1]], at % scores.shape[1]
    kept = batched_nms(boxes, top, labels, OVERLAP)
    return padded(boxes[kept], top[kept], labels[kept])


def padded(boxes: Tensor, scores: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the first of an image's boxes `[K, 4]`, scores and labels `[K]`, filled up to `MOST` of each."""
    room = max(0, MOST - len(labels))
    return (
        pad(boxes[:MOST], (0, 0, 0, room)),
        pad(scores[:MOST], (0, room)),
        pad(labels[:MOST], (0, room), value=-1),
    )
