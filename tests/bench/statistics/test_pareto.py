"""The Pareto front against its definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.statistics.pareto import front

COORDINATE = st.integers(0, 5).map(float) | st.floats(allow_nan=False)


@st.composite
def clouds(draw):
    """Points of one to four coordinates, many of them equal, and which way each is better."""
    size = draw(st.integers(1, 4))
    points = draw(st.lists(st.lists(COORDINATE, min_size=size, max_size=size), max_size=40))
    return points, draw(st.lists(st.sampled_from(["higher", "lower"]), min_size=size, max_size=size))


def beaten(point, other, better) -> bool:
    """Whether the other is nowhere worse and somewhere better."""
    gains = [(b - a if way == "higher" else a - b) for a, b, way in zip(point, other, better, strict=True)]
    return min(gains) >= 0 and max(gains) > 0


@given(clouds())
def test_the_front_is_what_no_other_point_beats(cloud):
    points, better = cloud
    # Differences of infinities are nan, so what is compared is where values stand among all.
    order = {value: at for at, value in enumerate(sorted({value for point in points for value in point}))}
    places = [[order[value] for value in point] for point in points]
    expected = [at for at, p in enumerate(places) if not any(beaten(p, other, better) for other in places)]
    assert front(points, better) == expected


def test_equal_points_are_on_the_front_together():
    assert front([(0.9, 2.0), (0.9, 2.0), (0.8, 2.0), (0.8, 1.0)], ["higher", "lower"]) == [0, 1, 3]


def test_no_points_have_no_front():
    assert front([], ["higher"]) == []


def test_each_coordinate_needs_a_direction():
    with pytest.raises(ValueError, match="argument"):
        front([(1.0, 2.0)], ["higher"])
