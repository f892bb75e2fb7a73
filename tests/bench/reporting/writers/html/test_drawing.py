"""Drawings: where lines lead, and where numbers stand."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.reporting.writers.html import drawing
from bench.reporting.writers.html.joined import join
from bench.reporting.writers.html.tradeoffs import tradeoffs
from pages import Shape, report

TENTHS = st.integers(0, 3600).map(lambda tenths: tenths / 10)
PLACES = st.tuples(TENTHS, TENTHS)


def followed(path: str) -> list[tuple[int, int]]:
    """The places that a path of one start and relative steps leads to."""
    numbers = list(map(int, re.findall(r"-?\d+", path)))
    places = [(numbers[0], numbers[1])]
    for right, down in zip(numbers[2::2], numbers[3::2], strict=True):
        places.append((places[-1][0] + right, places[-1][1] + down))
    return places


@given(st.lists(PLACES, min_size=1, max_size=30))
def test_a_line_leads_through_its_points(points):
    rounded = [(round(x), round(y)) for x, y in points]
    distinct = [place for at, place in enumerate(rounded) if at == 0 or place != rounded[at - 1]]
    found = followed(drawing.line(points))
    assert found == distinct or found == [*distinct, distinct[0]]
    assert re.fullmatch(r"M\d+ \d+l[\d -]+", drawing.line(points))


@pytest.mark.parametrize("rows", [6, 30])
def test_a_front_leads_through_its_points_by_right_angles(rows):
    found = report(Shape(rows=rows))
    for chart in tradeoffs(join(found)[0], found.verdicts[0]):
        for cloud in chart.clouds:
            places = followed(drawing.stairs(chart, cloud.front))
            for point in cloud.front:
                x, y = drawing.across(chart.x, point.cost), drawing.up(chart.y, point.quality)
                assert (round(x), round(y)) in places
            assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(places))


def test_numbers_stand_apart():
    found = report(Shape(rows=12))
    for chart in tradeoffs(join(found)[0], found.verdicts[0]):
        places = [place for cloud in drawing.numbers(chart) for place in cloud]
        assert all(abs(a[0] - b[0]) >= 9 or abs(a[1] - b[1]) >= 9 for a, b in combinations(places, 2))


def test_styles_and_scripts_are_whole():
    assert drawing.text("chart.css").count("{") == drawing.text("chart.css").count("}")
    assert "</" not in drawing.text("script.js")
    assert "<" not in drawing.text("style.css")
