"""The templates, and the places of things on charts, in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

from ....toolkit.rendering import number
from . import scale, texts
from .curves import Curves, Line
from .ranks import ranked
from .scale import Scale
from .tradeoffs import Point, Tradeoff

if TYPE_CHECKING:
    from jinja2 import Environment

LEFT, RIGHT, TOP, BOTTOM = 48, 350, 26, 226
"""Where the plot of a chart is, on 360 by 264 pixels."""

Place = tuple[float, float]

WIDTH, HEIGHT = 9, 9
"""How far from a number's middle that of another thing must be."""

BESIDE = ((10, -9), (-10, -9), (10, 9), (-10, 9), (11, 0), (-11, 0), (0, -12), (0, 12), (14, -17), (-14, -17))
"""Where a point's number may stand, from the point, the best place first."""


@cache
def environment() -> Environment:
    """Return the templates, in which whatever comes from a report is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader(__package__ or ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "link": texts.link,
        "short": scale.short,
        "duration": texts.duration,
        "figure": number,
        "gap": texts.gap,
        "px": _px,
        "percent": _percent,
        "width": _width,
    }
    made.globals |= {
        "across": across,
        "axis": texts.axis,
        "course": course,
        "numbers": numbers,
        "ranked": ranked,
        "stairs": stairs,
        "up": up,
    }
    return made


@cache
def text(name: str) -> str:
    """Return a style sheet or script of the page, whose lines are not indented."""
    lines = files(__package__ or "").joinpath("templates", name).read_text().splitlines()
    return "\n".join(stripped for line in lines if (stripped := line.strip()))


def across(scale: Scale, value: float) -> float:
    """Return where a value is from the left."""
    return LEFT + (RIGHT - LEFT) * scale.at(value)


def up(scale: Scale, value: float) -> float:
    """Return where a value is from the top."""
    return BOTTOM - (BOTTOM - TOP) * scale.at(value)


def stairs(chart: Tradeoff, front: Sequence[Point]) -> str:
    """Return the drawing of a front: the edge of what is no better than its points."""
    places = [_place(chart, point) for point in front]
    corners = places[:1]
    for (x, y), (next_x, next_y) in pairwise(places):
        corners += [(next_x, y) if chart.cost.figure.better == "lower" else (x, next_y), (next_x, next_y)]
    return line(corners)


def numbers(chart: Tradeoff) -> list[list[Place]]:
    """Return where the numbers of the fronts' points have their middles: on no point and no other number."""
    dots = [] if chart.crowded else [_place(chart, point) for point in chart.points]
    found: list[list[Place]] = []
    for cloud in chart.clouds:
        found.append([])
        for x, y in (_place(chart, point) for point in cloud.front):
            beside = [(x + right, y + down) for right, down in BESIDE]
            taken = [*dots, *(place for places in found for place in places)]
            found[-1].append(next((place for place in beside if not _covers(place, taken)), beside[0]))
    return found


def _place(chart: Tradeoff, point: Point) -> Place:
    return across(chart.x, point.cost), up(chart.y, point.quality)


def _covers(place: Place, taken: Sequence[Place]) -> bool:
    return any(abs(place[0] - x) < WIDTH and abs(place[1] - y) < HEIGHT for x, y in taken)


def course(chart: Curves, points: Line) -> str:
    """Return the drawing of a training curve."""
    return line([(across(chart.x, step), up(chart.y, value)) for step, value in points])


def line(points: Sequence[Place]) -> str:
    """Return the drawing of a line through points in whole pixels, each but the first given by its step."""
    places = [(round(x), round(y)) for x, y in points]
    steps = [(x - a, y - b) for (a, b), (x, y) in pairwise(places)]
    numbers = [number for step in steps if step != (0, 0) for number in step]
    signed = "".join(f"{number}" if number < 0 else f" {number}" for number in numbers)
    return f"M{places[0][0]} {places[0][1]}l{signed.lstrip() or '0 0'}"


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _percent(share: float) -> str:
    """Return a share of a small chart's width, with room at both ends for a dot."""
    return f"{3 + 94 * share:.1f}%"


def _width(share: float) -> str:
    return f"{94 * share:.1f}%"
