"""How real generated images are, by the features that a judge gives them and real ones."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from .frechet import frechet_distance
from .generated import NEIGHBOURS

FEWEST = 2
"""A spread is of at least so many images."""

AT_ONCE = 1000
"""Points whose distances to all others are held at a time."""


def realness(real: Tensor, generated: Tensor) -> Mapping[str, float]:
    """Return the figures `GENERATED` of features `[N, D]` and `[M, D]`.

    A half has half as many images, which makes its distance larger than it would be of as many. Distances
    are left out of which a side has one image, as that has no spread.
    """
    sides = {"frechet_cifar_resnet20": (real, generated), "frechet_of_halves": (real[::2], real[1::2])}
    return {
        **{name: frechet_distance(*pair) for name, pair in sides.items() if min(map(len, pair)) >= FEWEST},
        "precision": share_within(generated, real),
        "recall": share_within(real, generated),
    }


def share_within(points: Tensor, others: Tensor) -> float:
    """Return the share of points `[N, D]` that are as near to one of `others` as its third neighbour there.

    Of generated images within real ones that is precision, of real within generated ones recall
    (Kynkaanniemi et al. 2019).
    """
    points, others = points.double(), others.double()
    radii = torch.cat([_reach(part, others) for part in torch.split(others, AT_ONCE)])
    within = [(_distances(part, others) <= radii).any(dim=1) for part in torch.split(points, AT_ONCE)]
    return float(torch.cat(within).double().mean())


def _reach(points: Tensor, others: Tensor) -> Tensor:
    """Return how far the third neighbour of each point is among others, of which it is one itself."""
    return _distances(points, others).kthvalue(min(NEIGHBOURS + 1, len(others)), dim=1).values


def _distances(points: Tensor, others: Tensor) -> Tensor:
    # By differences: of features that are far from zero, products would lose what tells them apart.
    return torch.cdist(points, others, compute_mode="donot_use_mm_for_euclid_dist")
