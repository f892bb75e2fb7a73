"""Figures of generated images against torchmetrics and scikit-learn."""

from __future__ import annotations

import pytest
import torch
from sklearn.neighbors import NearestNeighbors
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance

from bench_vision.realness import realness, share_within

WIDTH = 6


class Flat(nn.Module):
    """Gives pixels as features."""

    num_features = WIDTH

    def forward(self, pixels: Tensor) -> Tensor:
        return pixels.flatten(1)


def points(count: int, seed: int, shift: float = 0.0) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    mixed = torch.randn(count, WIDTH, generator=random) @ torch.randn(WIDTH, WIDTH, generator=random)
    return mixed + shift


def test_the_distance_is_that_of_torchmetrics() -> None:
    real, generated = points(60, 0), points(50, 1, 0.5)
    theirs = FrechetInceptionDistance(feature=Flat(), normalize=False)
    theirs.used_custom_model = True
    theirs.update(real.view(-1, 3, 1, 2), real=True)
    theirs.update(generated.view(-1, 3, 1, 2), real=False)
    figures = realness(real, generated)
    assert figures["frechet_cifar_resnet20"] == pytest.approx(float(theirs.compute()), rel=1e-3)


@pytest.mark.parametrize("shift", [0.0, 1.0, 4.0])
def test_shares_are_those_of_neighbours_found_otherwise(shift: float) -> None:
    inner, outer = points(80, 2), points(70, 3, shift)
    reach = NearestNeighbors(n_neighbors=3).fit(outer).kneighbors()[0][:, -1]
    near, at = NearestNeighbors(n_neighbors=len(outer)).fit(outer).kneighbors(inner)
    expected = (near <= reach[at]).any(axis=1).mean()
    assert share_within(inner, outer) == pytest.approx(expected)


def test_images_that_are_alike_have_no_variety() -> None:
    real = points(100, 4)
    figures = realness(real, real[:1] + 1e-3 * points(100, 5))
    assert figures["precision"] == 1
    assert figures["recall"] < 0.1
    assert figures["frechet_of_halves"] < figures["frechet_cifar_resnet20"]
    assert realness(real, real)["precision"] == realness(real, real)["recall"] == 1


def test_few_images_have_fewer_neighbours() -> None:
    assert share_within(points(2, 6), points(2, 6)) == 1
    assert "frechet_of_halves" not in realness(points(3, 7), points(3, 8))
    assert "frechet_of_halves" in realness(points(4, 7), points(4, 8))


def test_one_image_has_no_spread() -> None:
    assert realness(points(1, 7), points(1, 8)).keys() == {"precision", "recall"}
