"""How long is said to be left of cells and of a run, with a clock that is told the time."""

from __future__ import annotations

from pathlib import Path

import pytest

import fakes
import trials
from bench import Limits, Progress, Settings
from bench.planning.cell import Cell
from bench.records.record import Record
from bench.running.forecast import Forecast, Left

HERE = "a machine"


class World:
    """A forecast, and cells that take so many seconds."""

    def __init__(self, folder: Path) -> None:
        self.now = 50.0
        self.folder = folder
        self.forecast = Forecast(HERE, lambda: self.now)

    def record(self, cell: Cell, seconds: float, status: str = "done", machine: str = HERE) -> Record:
        changes = {"seconds": seconds, "status": status, "machine": {"id": machine}}
        return trials.trial(cell, self.folder).model_copy(update=changes)

    def take(self, cell: Cell, seconds: float, status: str = "done") -> None:
        self.forecast.started(cell)
        self.now += seconds
        self.forecast.finished(cell, self.record(cell, seconds, status))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def cell(seed: int = 0, **changes: object) -> Cell:
    return fakes.cell(trials.Idle(), seed=seed, **changes)


OTHER = {"dataset": fakes.Points(size=30)}


def test_nothing_is_said_where_nothing_is_known(world: World) -> None:
    world.forecast.queued([cell(0), cell(1, **OTHER)], [])
    assert world.forecast.suite() is None
    world.forecast.started(cell(0))
    assert world.forecast.cell(cell(0).id) is None
    assert world.forecast.suite() is None


@pytest.mark.parametrize("alike", [{}, {"settings": Settings(batch_size=4)}], ids=["seed", "settings"])
def test_a_cell_takes_as_long_as_its_like(world: World, alike: dict[str, object]) -> None:
    cells = [cell(0, **alike), *(cell(seed) for seed in (1, 2, 3))]
    world.forecast.queued(cells, [])
    world.take(cells[0], 10)
    assert world.forecast.suite() == Left(30)
    world.forecast.started(cells[1])
    world.now += 4
    assert world.forecast.cell(cells[1].id) == Left(6)
    assert world.forecast.suite() == Left(26)
    world.now += 60
    assert world.forecast.cell(cells[1].id) is None  # it takes longer, nobody knows how much
    assert world.forecast.suite() == Left(20, partly=True)


@pytest.mark.parametrize("other", [OTHER, {"backbone": fakes.Layers(width="3")}, {"limits": Limits(steps=1)}])
def test_of_cells_unlike_the_known_ones_nothing_is_known(world: World, other: dict[str, object]) -> None:
    world.forecast.queued([cell(0), cell(1), cell(0, **other)], [])
    world.take(cell(0), 10)
    assert world.forecast.suite() == Left(10, partly=True)


def test_the_row_counts_more_than_the_recipe_and_the_last_time_more_than_earlier_ones(world: World) -> None:
    small = {"settings": Settings(batch_size=4)}
    world.forecast.queued([cell(0), cell(1), cell(2), cell(0, **small)], [])
    world.take(cell(0), 10)
    world.take(cell(1), 8)
    world.take(cell(0, **small), 90)
    assert world.forecast.suite() == Left(8)


def test_a_cell_that_failed_says_nothing_of_others(world: World) -> None:
    world.forecast.queued([cell(0), cell(1)], [])
    world.take(cell(0), 10, "failed")
    assert world.forecast.suite() is None


@pytest.mark.parametrize(("machine", "left"), [(HERE, Left(7)), ("another", None)])
def test_earlier_records_count_if_they_are_of_this_machine(
    world: World, machine: str, left: Left | None
) -> None:
    world.forecast.queued([cell(1)], [world.record(cell(0), 7, machine=machine)])
    assert world.forecast.suite() == left


def test_the_training_says_what_is_left_of_it(world: World) -> None:
    world.forecast.queued([cell(0), cell(1)], [])
    world.forecast.started(cell(0))
    world.forecast.progressed(cell(0), Progress("train", 3, seconds_left=20.0))
    world.now += 5
    assert world.forecast.cell(cell(0).id) == Left(15, partly=True)
    assert world.forecast.suite() == Left(15, partly=True)


def test_a_training_that_is_slower_than_its_like_counts_more(world: World) -> None:
    world.forecast.queued([cell(0), cell(1)], [])
    world.take(cell(0), 10)
    world.forecast.started(cell(1))
    world.forecast.progressed(cell(1), Progress("train", 3, seconds_left=20.0))
    assert world.forecast.cell(cell(1).id) == Left(20)
    world.forecast.progressed(cell(1), Progress("evaluate", 3))
    assert world.forecast.cell(cell(1).id) == Left(10)


def test_cells_that_run_at_once_share_the_time(world: World) -> None:
    cells = [cell(seed) for seed in range(7)]
    world.forecast.queued(cells, [])
    world.take(cells[0], 10)
    for each in cells[1:4]:
        world.forecast.started(each)
    assert world.forecast.suite() == Left(20)
    for each in cells[4:]:
        world.forecast.started(each)
    assert world.forecast.suite() == Left(10)


def test_a_cell_that_runs_again_is_expected_once_for_each_time(world: World) -> None:
    world.forecast.queued([cell(0)], [])
    world.take(cell(0), 10)
    world.forecast.queued([cell(0), cell(0)], [])
    assert world.forecast.suite() == Left(20)
    world.take(cell(0), 10)
    assert world.forecast.suite() == Left(10)


def test_a_record_of_another_version_is_no_obstacle(world: World) -> None:
    bare = world.record(cell(0), 7).model_copy(update={"cell": {}})
    world.forecast.queued([cell(1)], [bare])
    assert world.forecast.suite() == Left(7)


def test_this_machine_is_the_one_that_its_records_name(tmp_path: Path) -> None:
    forecast = Forecast(clock=lambda: 0.0)
    forecast.queued([cell(1)], [trials.done(cell(0), tmp_path).model_copy(update={"seconds": 3.0})])
    assert forecast.suite() == Left(3)
