"""Which of the things that layers give are maps, and what their strides are."""

from __future__ import annotations

import pytest
import torch

from bench.toolkit.maps import Level, as_map, grid_of, pyramid, stride_of


@pytest.mark.parametrize(
    ("grid", "size", "stride"),
    [
        ((8, 8), (32, 32), 4),
        ((3, 4), (96, 128), 32),
        ((5, 6), (144, 192), 32),  # 4.5 rows, rounded up
        ((16, 16), (224, 224), 14),
        ((1, 1), (32, 32), 32),
        ((7, 7), (224, 224), 32),
        ((55, 55), (224, 224), 4),  # without places at the border
        ((17, 17), (299, 299), 16),
        ((13, 13), (100, 100), 8),
        ((8, 4), (32, 32), None),
        ((64, 64), (32, 32), None),
    ],
)
def test_strides_of_sides_that_layers_round(
    grid: tuple[int, int], size: tuple[int, int], stride: int | None
) -> None:
    assert stride_of(grid, size) == stride


@pytest.mark.parametrize(
    ("tokens", "size", "grid"),
    [
        (196, (224, 224), (14, 14)),
        (197, (224, 224), (14, 14)),
        (49 + 5, (224, 224), (7, 7)),
        (13, (96, 128), (3, 4)),
        (7, (224, 224), (2, 2)),
        (203, (224, 224), None),
    ],
)
def test_tokens_are_places_after_a_few_others(
    tokens: int, size: tuple[int, int], grid: tuple[int, int] | None
) -> None:
    assert grid_of(tokens, size) == grid


def test_a_map_is_found_however_it_lies() -> None:
    map_ = torch.arange(2 * 5 * 3 * 4.0).view(2, 5, 3, 4)
    size = (96, 128)
    tokens = map_.flatten(2).transpose(1, 2)
    with_class = torch.cat([torch.full((2, 1, 5), -1.0), tokens], dim=1)
    for output in (map_, map_.permute(0, 2, 3, 1), tokens, with_class):
        found = as_map(output, size)
        assert found is not None
        assert torch.equal(found, map_)
    for output in (torch.zeros(2, 7), torch.zeros(2, 5, 3, 9), torch.zeros(2, 20, 5), None, (map_,)):
        assert as_map(output, size) is None


def test_of_each_stride_the_last_map_counts() -> None:
    outputs = [
        torch.zeros(1, 8, 16, 16),
        torch.zeros(1, 9, 16, 16),
        torch.zeros(1, 6),
        torch.zeros(1, 32, 4, 4),
        torch.zeros(1, 16, 8, 8),
    ]
    assert pyramid(outputs, (32, 32)) == (Level(1, 9, 2), Level(4, 16, 4), Level(3, 32, 8))
    assert pyramid([], (32, 32)) == ()
