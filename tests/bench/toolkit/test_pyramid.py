from __future__ import annotations

import pytest
import torch

from bench import FeatureSpec, UnsuitableError
from bench.toolkit.pyramid import FeaturePyramid, levels_within


def test_each_map_hears_of_the_deeper_ones() -> None:
    maps = [torch.randn(2, 3, 9, 12), torch.randn(2, 4, 5, 6), torch.randn(2, 5, 3, 3)]
    pyramid = FeaturePyramid([3, 4, 5], 8).eval()
    before = pyramid(maps)
    assert [tuple(map_.shape) for map_ in before] == [(2, 8, 9, 12), (2, 8, 5, 6), (2, 8, 3, 3)]
    after = pyramid([maps[0], maps[1] + 1, maps[2]])
    assert [torch.equal(one, other) for one, other in zip(before, after, strict=True)] == [False, False, True]


@pytest.mark.parametrize(
    ("strides", "levels"),
    [((2, 4, 8, 16, 32), (1, 2, 3, 4)), ((16,), (0,)), ((1, 2), (1,)), ((64, 128), (0,))],
)
def test_levels_are_those_within_bounds_or_the_nearest(
    strides: tuple[int, ...], levels: tuple[int, ...]
) -> None:
    spec = FeatureSpec(8, tuple(range(len(strides))), strides)
    assert levels_within(spec, 4, 32) == levels


def test_there_must_be_maps() -> None:
    with pytest.raises(UnsuitableError, match="gives no maps of features"):
        levels_within(FeatureSpec(8), 4, 32)
