"""Which cells go together, and for how long a job is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import pytest

import fakes
import trials
from bench import Bounds, Job
from bench_clusters.bundling import Bundles, wall_minutes

MOST = 300.0


@dataclass
class One:
    """Something that holds a job, told by its name."""

    name: str
    job: Job


def one(name: str, seconds: float | None, **changes: Any) -> One:
    return One(
        name, trials.job(fakes.cell(trials.Idle()), Path("nowhere"), expected_seconds=seconds, **changes)
    )


def put(most: int, *ones: One) -> Bundles[One]:
    bundles: Bundles[One] = Bundles(most, MOST)
    for each in ones:
        assert bundles.takes(each.job, [])
        bundles.put(each, [])
    return bundles


def filled(most: int, seconds: float, waiting: int, submitted: list[float]) -> list[int]:
    """How many of the cells that wait go into each bundle while so much is submitted."""
    bundles: Bundles[One] = Bundles(most, MOST)
    for left in range(waiting, 0, -1):
        following = one("a", seconds, waiting=left)
        if not bundles.takes(following.job, submitted):
            break
        bundles.put(following, submitted)
    return [len(bundle.held) for bundle in bundles.open]


def names(bundles: Bundles[One]) -> list[str]:
    return ["".join(held.name for held in bundle.held) for bundle in bundles.open]


def test_short_cells_go_together_until_they_are_worth_a_job() -> None:
    assert names(put(4, *(one(name, 25) for name in "abcdef"))) == ["abc", "def"]


def test_few_jobs_share_many_cells_evenly() -> None:
    assert names(put(2, *(one(name, 40) for name in "abcdefgh"))) == ["abeg", "cdfh"]


def test_a_bundle_takes_no_more_than_so_long() -> None:
    bundles = put(1, one("a", 200), one("b", 90))
    assert names(bundles) == ["ab"]
    assert not bundles.takes(one("c", 20).job, [])
    assert bundles.takes(one("c", 10).job, [])
    assert bundles.full() == []
    bundles.put(one("c", 10), [])
    assert [[held.name for held in bundle.held] for bundle in bundles.full()] == [["a", "b", "c"]]
    assert bundles.open == []


@pytest.mark.parametrize("seconds", [None, 2 * MOST], ids=["unknown", "long"])
def test_a_cell_that_is_long_or_unknown_goes_alone_and_at_once(seconds: float | None) -> None:
    bundles = put(3, one("a", 10), one("b", seconds))
    assert names(bundles) == ["a", "b"]
    assert [[held.name for held in bundle.held] for bundle in bundles.full()] == [["b"]]
    assert not bundles.takes(one("c", None).job, [inf, 4.0])


@pytest.mark.parametrize(
    ("waiting", "submitted", "bundles"),
    [
        (28, [], [14, 14]),
        (28, [0.0], [14]),  # it will be over in a moment, and takes the other half
        (14, [140.0], [14]),
        (28, [250.0], [27]),
        (28, [inf], [14]),  # began when no time was known: the same
        (3, [30.0], [3]),  # not worth two jobs
    ],
)
def test_a_bundle_leaves_other_jobs_their_share(
    waiting: int, submitted: list[float], bundles: list[int]
) -> None:
    assert filled(2, 10, waiting, submitted) == bundles


@pytest.mark.parametrize("changes", [{"shared": True}, {"bounds": Bounds(memory=100)}])
def test_cells_that_need_something_else_go_elsewhere(changes: dict[str, Any]) -> None:
    assert names(put(4, one("a", 10), one("b", 10, **changes), one("c", 10))) == ["ac", "b"]


@pytest.mark.parametrize(
    ("seconds", "bound", "minutes"),
    [
        ([60.0, 30.0], None, 5 + 3),
        ([60.0], 90.0, 5 + 2),
        ([None], 600.0, 5 + 10),
        ([None, 1.0], None, 45),
        ([3600.0], None, 45),
    ],
)
def test_twice_the_time_that_is_expected_is_asked_for(
    seconds: list[float | None], bound: float | None, minutes: int
) -> None:
    jobs = [one("a", each, bounds=Bounds(cell_seconds=bound)).job for each in seconds]
    assert wall_minutes(jobs, 45) == minutes
